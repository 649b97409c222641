import { createHash } from 'node:crypto'

import * as Money from '../Money.js'
import * as Siwx from '../Siwx.js'
import * as Venice from '../Venice.js'
import { discovery, insufficient } from './challenges.js'
import { accountOf, spendable } from './credit.js'
import { checkErrorBudget, takePlace, takeRate } from './limits.js'
import { refuse } from './refuse.js'
import { takeFault } from './takeFault.js'
import { verifySignIn } from './verifySignIn.js'
import type { Account, Trace, World } from './world.js'

/**
 * Lets a caller in to a paid route: by wallet, or by API key. Refuses with the discovery 402
 * without credentials, 401 with bad ones, 429 over the limits, and the insufficient-balance 402
 * below the floor. When both are sent the wallet counts.
 */
export async function admit(world: World, options: admit.Options): Promise<Account> {
  const { request, route, trace } = options
  const path = new URL(request.url).pathname
  checkErrorBudget(world, trace)
  const header = signInOf(request)
  const key = /^Bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (header === undefined && key !== undefined) return admitKey(world, trace, key)
  if (header === undefined) {
    trace.free = true
    const { body, headers } = discovery(world, trace, path)
    return refuse(402, body, 'no credentials: told how to sign in and pay', headers)
  }

  const signIn = await verifySignIn(world, { header, trace })
  if ('code' in signIn)
    return refuse(
      401,
      { code: `X402_SIGN_IN_${signIn.code}`, error: 'Invalid Sign-in-with-x authentication' },
      `sign-in refused: ${signIn.words}`,
    )
  const account = accountOf(world, signIn.address)
  trace.account = account
  takeRate(world, trace, { route, who: account.id })
  takePlace(world, trace, account.id)
  const endless = takeFault(world, trace, 'endless-402') !== undefined
  const lenient = route === 'retrieve' && world.observed?.facts.retrieve_below_floor === 'admitted'
  if ((spendable(account) < Venice.floor && !lenient) || endless) {
    if (account.diem !== undefined) refuseForFunds(account)
    const { body, headers } = insufficient(world, trace, path, account)
    return refuse(
      402,
      body,
      `credit ${Money.formatExact(account.credit)} is below the floor`,
      headers,
    )
  }
  return account
}

export declare namespace admit {
  type Options = {
    request: Request
    /** Whose rate limit counts. */
    route: 'complete' | 'queue' | 'retrieve'
    trace: Trace
  }
}

/** The sign-in header under either of its names. */
export function signInOf(request: Request): string | undefined {
  const { canonical, legacy } = Siwx.headers
  return request.headers.get(canonical) ?? request.headers.get(legacy) ?? undefined
}

/** The plain 402: no code, no header. Credit below the price, or DIEM spent, or an empty key. */
export function refuseForFunds(account: Account, price?: bigint): never {
  const what = account.diem === undefined ? 'credit' : 'DIEM'
  const have = `${what} ${Money.display(spendable(account))}`
  refuse(
    402,
    { error: 'Insufficient USD or Diem balance to complete request.' },
    price === undefined ? `${have} is not enough` : `${have} is below ${Money.display(price)}`,
  )
}

/** Keys exist from the moment credit is given to them through the control API. */
function admitKey(world: World, trace: Trace, key: string): Account {
  const id = keyId(key)
  trace.wallet = id
  const account = world.accounts.get(id)
  if (!account) return refuse(401, { error: 'Authentication failed' }, 'unknown API key')
  if (spendable(account) < Venice.floor) refuseForFunds(account)
  return account
}

/** How an API key is known inside: by its hash. */
export function keyId(key: string): string {
  return `key:${createHash('sha256').update(key).digest('hex').slice(0, 16)}`
}
