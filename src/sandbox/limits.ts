import * as Venice from '../Venice.js'
import { refuse } from './refuse.js'
import type { Trace, World } from './world.js'

/** Requests a minute, by route: per wallet, but per address of the caller for top-ups. */
export const perMinute = {
  balance: 30,
  complete: 120,
  queue: 40,
  retrieve: 120,
  topUp: 10,
  transactions: 20,
} as const

/** More than `most` failures within `window` lock a caller out of a model for `lock`. */
export const errorBudget = { lock: 30_000, most: 50, window: 30_000 }

/** Routes about the wallet itself: their 429 carries no header that says how long it lasts. */
const walletRoutes: readonly string[] = ['balance', 'topUp', 'transactions']

/** Counts a request against its rate, and refuses it with 429 when the minute is full. */
export function takeRate(world: World, trace: Trace, { route, who }: takeRate.Options): void {
  if (world.limits === 'none') return
  const now = world.now().getTime()
  const key = `${route}:${who}`
  const limit = perMinute[route]
  const rate = world.rates.get(key)
  const { count, resetAt } = rate && rate.resetAt > now ? rate : { count: 0, resetAt: now + 60_000 }
  world.rates.set(key, { count: count + 1, resetAt })
  if (world.rates.size > 1_000) prune(world, now)
  const isWallets = walletRoutes.includes(route)
  if (!isWallets) trace.rate = { remaining: Math.max(limit - count - 1, 0), resetAt }
  if (count < limit) return
  const verdict = `more than ${limit} ${route} requests in a minute`
  if (isWallets) refuse(429, { error: 'Rate limit exceeded. Please try again later.' }, verdict)
  refuse(429, { error: 'Rate limit exceeded' }, verdict, {
    'Retry-After': String(Math.ceil((resetAt - now) / 1_000)),
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': String(resetAt),
  })
}

export declare namespace takeRate {
  type Options = { route: keyof typeof perMinute; who: string }
}

/** Writes on an inference answer what is left of its minute, and when it ends: Unix milliseconds. */
export function stampRate({ behavior }: World, { rate }: Trace, headers: Headers): void {
  if (!rate || behavior === 'documented') return
  headers.set('X-Ratelimit-Remaining', String(rate.remaining))
  headers.set('X-Ratelimit-Resets', String(rate.resetAt))
}

/** Takes one of the wallet's five places, until the answer is out. */
export function takePlace(world: World, trace: Trace, account: string): void {
  if (world.limits === 'none') return
  const taken = world.inFlight.get(account) ?? 0
  if (taken >= Venice.maxConcurrent)
    refuse(
      429,
      { code: 'X402_CONCURRENCY_LIMIT', error: 'Too many concurrent requests' },
      `${Venice.maxConcurrent} requests of this wallet are still in flight`,
    )
  world.inFlight.set(account, taken + 1)
  trace.after.push(() => {
    const left = (world.inFlight.get(account) ?? 1) - 1
    if (left > 0) world.inFlight.set(account, left)
    else world.inFlight.delete(account)
  })
}

/** Refuses a caller that used up its error budget for a model. */
export function checkErrorBudget(world: World, trace: Trace): void {
  const now = world.now().getTime()
  const lockedUntil = world.failures.get(keyOf(trace))?.lockedUntil ?? 0
  if (lockedUntil <= now) return
  refuse(
    429,
    { error: 'Too many failed requests. Please slow down and check your requests.' },
    `more than ${errorBudget.most} failed requests in 30 s: locked out of the model for 30 s`,
    { 'Retry-After': String(Math.ceil((lockedUntil - now) / 1_000)) },
  )
}

/** Books a 4xx (429 aside) against the caller's error budget for the model. */
export function countFailure(world: World, trace: Trace): void {
  if (world.limits === 'none') return
  const now = world.now().getTime()
  const key = keyOf(trace)
  const known = world.failures.get(key)
  const times = [...(known?.times ?? []).filter((at) => now - at < errorBudget.window), now]
  const locked = times.length > errorBudget.most
  world.failures.delete(key)
  world.failures.set(key, {
    lockedUntil: locked ? now + errorBudget.lock : 0,
    times: locked ? [] : times,
  })
  const [oldest] = world.failures.keys()
  if (world.failures.size > 1_000 && oldest !== undefined) world.failures.delete(oldest)
}

function keyOf({ ip, model }: Trace): string {
  return `${ip} ${model?.slice(0, 200) ?? ''}`
}

function prune(world: World, now: number): void {
  for (const [key, { resetAt }] of world.rates) if (resetAt <= now) world.rates.delete(key)
}
