import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import * as Ledger from '../../src/Ledger.js'
import * as Money from '../../src/Money.js'
import { bundleWorker } from '../crash/bundleWorker.js'
import { startPostgres } from '../support/postgres.js'
import { account, postgresStores, sqliteStore, type Store } from '../support/stores.js'
import { diceOf } from './diceOf.js'
import { readBooks } from './readBooks.js'

/**
 * Lets many processes take from one daily cap, and compete for the one open payment, while some of
 * them are killed and replaced; then adds up from the rows and the audit log what was taken.
 */
export async function proveBudget(options: proveBudget.Options): Promise<proveBudget.ReturnType> {
  const { attempts, engine, processes, seed } = options
  await using server = engine === 'postgres' ? await startPostgres() : undefined
  await using store = server ? await postgresStores(server)() : await sqliteStore()
  // Less than all hold at once, so that there is a fight over the last cent from beginning to end.
  const cap = BigInt(processes) * 150_000n
  const plans = planOf({ attempts, cap, seed })
  // The tables are there before the crowd comes, and so are the quotes.
  const ledger = await store.open()
  await insertQuotes(store, plans)

  const watcher = watchPayments(store)
  const { answers, busy, killed, problems } = await run(store, { plans, processes, seed })
  const sampled = await watcher.stop()
  const books = await readBooks(store, { cap })

  const granted = answers.filter(({ outcome }) => outcome === 'granted').map(({ id }) => id)
  const missing = granted.filter((id) => !books.made.has(id))
  const unasked = [...books.made].filter((id) => !granted.includes(id))
  if (missing.length > 0) problems.push(`granted, and not on record: ${missing.join(', ')}`)
  if (unasked.length > 0) problems.push(`on record, and never granted: ${unasked.join(', ')}`)
  const odd = answers.filter(({ outcome }) => !outcomes.has(outcome))
  for (const { id, outcome } of odd) problems.push(`${id} was answered with ${outcome}`)
  if (answers.length !== attempts)
    problems.push(`${answers.length} answers to ${attempts} attempts`)
  problems.push(...books.problems)
  if (!(await ledger.verifyEvents()).ok) problems.push('the audit log is broken')
  const open = Math.max(sampled, books.openPayments)
  if (open !== 1) problems.push(`${open} payments were open at once`)
  if (books.over > 0n) problems.push(`the cap was exceeded by ${Money.display(books.over)}`)
  return {
    found: {
      attempts: answers.length,
      granted: granted.length,
      cap_usd: Money.format(cap),
      spent_usd: Money.format(books.spent),
      over_usd: Money.format(books.over),
      open_payments_max: open,
      killed_workers: killed,
      engine,
      processes,
      busy,
      released: books.released,
      payments: books.payments,
      peak_usd: Money.format(books.peak),
      asked_usd: Money.format(plans.reduce((sum, { price }) => sum + price, 0n)),
    },
    problems,
  }
}

export declare namespace proveBudget {
  type Options = {
    /** Of all processes together. */
    attempts: number
    engine: 'postgres' | 'sqlite'
    processes: number
    seed: number
  }
  type ReturnType = {
    found: Record<string, number | string>
    problems: string[]
  }
}

/** What an attempt may be answered with. */
const outcomes = new Set(['budget', 'granted', 'moved', 'open_payment'])

type Plan = {
  attempt: number
  caps: Ledger.Caps
  /** Whether an older reservation is given back afterwards. */
  frees: boolean
  holdMs: number
  kind: 'job' | 'payment'
  price: bigint
  settles: boolean
}

function planOf(options: { attempts: number; cap: bigint; seed: number }): Plan[] {
  const { attempts, cap, seed } = options
  const dice = diceOf(seed)
  const caps = {
    credit: 10_000_000n,
    paid: 10n ** 15n,
    perDay: cap,
    topUpsPerDay: 1_000_000n,
    total: cap * 1_000n,
  }
  return Array.from({ length: attempts }, (_, attempt) => {
    const kind = dice(attempt, 'kind') < 0.2 ? 'payment' : 'job'
    const micros = BigInt(10_000 + Math.floor(dice(attempt, 'price') * 330_000))
    return {
      attempt,
      caps,
      // Now and then one is kept for good.
      frees: dice(attempt, 'frees') < 31 / 32,
      holdMs: Math.floor(dice(attempt, 'hold') * 4),
      kind,
      price: kind === 'job' ? micros : 0n,
      settles: dice(attempt, 'settles') < 0.5,
    }
  })
}

async function insertQuotes(store: Store, plans: readonly Plan[]): Promise<void> {
  const values = plans
    .filter(({ kind }) => kind === 'job')
    .map(
      ({ attempt, price }) =>
        `('quote_${attempt}', '${account}', 'm', '{}', 'h', ${price}, 0, 1, 1)`,
    )
  for (let from = 0; from < values.length; from += 500)
    await store.query(`INSERT INTO quote (id, account, model, body, hash, price, estimate,
      created_at, expires_at) VALUES ${values.slice(from, from + 500).join(', ')}`)
}

/** Counts open payments over and over, past all code of the ledger. */
function watchPayments(store: Store) {
  const open = Ledger.openPaymentStatuses.map((status) => `'${status}'`).join(', ')
  const watching = { done: false, most: 0 }
  const ended = (async () => {
    while (!watching.done) {
      const [row] = await store.query(
        `SELECT count(*) AS open FROM payment WHERE status IN (${open})`,
      )
      watching.most = Math.max(watching.most, Number(row?.['open']))
      await sleep(25)
    }
  })()
  return {
    async stop(): Promise<number> {
      watching.done = true
      await ended
      return watching.most
    },
  }
}

/** What a process says: an answer, or that it is done, or cannot go on. */
type Told = { attempt?: number; busy?: number; error?: string; outcome?: string }

/** Has the attempts made; one of ten processes is killed on the way, and another takes its place. */
async function run(
  store: Store,
  options: { plans: readonly Plan[]; processes: number; seed: number },
) {
  const { plans, processes, seed } = options
  const worker = await bundleWorker('test/prove/workers/budget.mjs')
  const answers = new Map<number, { id: string; outcome: string }>()
  const problems: string[] = []
  const shares = Array.from({ length: processes }, (_, index) =>
    plans.filter(({ attempt }) => attempt % processes === index),
  )
  const victims = Math.ceil(processes / 10)
  const dice = diceOf(seed)
  let [busy, killed] = [0, 0]

  /** Kills when its time has come: spread over the run, whoever it is that still has work. */
  function strike(crowd: Map<number, ChildProcess>): void {
    if (killed >= victims || answers.size < ((killed + 1) * plans.length) / (victims + 1)) return
    const alive = [...crowd.keys()]
    const share = alive[Math.floor(dice('kill', killed) * alive.length)]
    if (share === undefined) return
    killed += 1
    crowd.get(share)?.kill('SIGKILL')
    crowd.delete(share)
  }

  const crowd = new Map<number, ChildProcess>()
  async function serve(share: number): Promise<void> {
    for (;;) {
      const attempts = (shares[share] ?? []).filter(({ attempt }) => !answers.has(attempt))
      const child = fork(worker, { execArgv: [], serialization: 'advanced' })
      crowd.set(share, child)
      child.on('message', (told: Told) => {
        const { attempt, error, outcome = '' } = told
        busy += told.busy ?? 0
        if (error) problems.push(`a process failed: ${error}`)
        if (error || attempt === undefined) {
          crowd.delete(share)
          child.disconnect()
          return
        }
        const kind = plans[attempt]?.kind ?? 'job'
        answers.set(attempt, { id: `${kind}_${attempt}`, outcome })
        strike(crowd)
      })
      const closed = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
      child.send({ account, attempts, ...store.address })
      const [, signal] = await closed
      if (signal !== 'SIGKILL') return
    }
  }
  await Promise.all(shares.map((_, share) => serve(share)))
  return { answers: [...answers.values()], busy, killed, problems }
}
