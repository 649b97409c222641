import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import Database from 'libsql'

import { parseJson } from '../../src/internal/base64Json.js'
import { verifySqlite } from './verifySqlite.js'
import * as Job from '../../src/Job.js'
import * as Ledger from '../../src/Ledger.js'
import * as Money from '../../src/Money.js'
import { isKept } from '../support/isKept.js'

type Row = Record<string, bigint | string | null>

/** The truth about the one wallet, as the sandbox shows it. */
type State = {
  chain: { balances: Record<string, string> }
  charges: { amount_usd: string; row_id: string }[]
  jobs: { body_hash: string; media: string; price_usd: string; queue_id: string }[]
  refunds: { amount_usd: string; row_id: string }[]
  settlements: { amount_usd: string; credited: boolean; nonce: string }[]
  wallets: { address: string; credit_usd: string }[]
}

/**
 * Holds a ledger against the sandbox, to the last of eight decimals. The ledger is read with plain SQL; what
 * its budgets say is compared with its own rows, and these with the sandbox's.
 */
export async function compareSoak(options: compareSoak.Options) {
  const { address, controlUrl, funded, home } = options
  const state = (await (await fetch(`${controlUrl}/state?requests=0`)).json()) as State
  const database = new Database(join(home, 'ledger.sqlite'))
  database.defaultSafeIntegers(true)
  const all = (text: string) => database.prepare(text).all([]) as Row[]
  const problems: string[] = await verifySqlite(home)
  const same = (what: string, ours: unknown, theirs: unknown) => {
    const [one, other] = [textOf(ours), textOf(theirs)]
    if (one !== other)
      problems.push(
        `${what}: the ledger says ${one.slice(0, 300)}, the truth is ${other.slice(0, 300)}`,
      )
  }

  const payments = all('SELECT * FROM payment')
  const credited = payments.filter(({ status }) => status === 'credited')
  const paidOf = (nonce: unknown, amount: string) => `${String(nonce)} ${amount}`
  same(
    'payments',
    credited.map(({ amount, nonce }) => paidOf(nonce, Money.format(amount as bigint))).toSorted(),
    state.settlements.map(({ amount_usd, nonce }) => paidOf(nonce, amount_usd)).toSorted(),
  )
  same(
    'settlements without credit',
    [],
    state.settlements.filter(({ credited }) => !credited),
  )
  same(
    'open payments',
    payments.filter(({ status }) => isOpen(status)).map(({ id }) => id),
    [],
  )
  const settled = sumOf(state.settlements)
  const held = Money.parse(state.chain.balances[address.toLowerCase()] ?? '0')
  same('USDC left', Money.parse(funded) - sumBy(credited, 'amount'), held)
  same('USDC settled', Money.exact(sumBy(credited, 'amount')), settled)

  const rows = all(`SELECT provider_row.id, type, body, subject FROM provider_row
    LEFT JOIN provider_link ON provider_link.row_id = provider_row.id`).map((row) => ({
    ...row,
    amount: BigInt((parseJson(String(row['body'])) as { exact: string }).exact),
  })) as Row[]
  const truth = [...state.charges, ...state.refunds].map(({ row_id }) => row_id)
  const usage = rows.filter(({ type }) => type !== 'TOP_UP')
  same('rows', usage.map(({ id }) => id).toSorted(), truth.toSorted())
  const [charged, refunded] = [sumOf(state.charges), sumOf(state.refunds)]
  same(
    'charges',
    -sumBy(
      rows.filter(({ type }) => type === 'CHARGE'),
      'amount',
    ),
    charged,
  )
  same(
    'refunds',
    sumBy(
      rows.filter(({ type }) => type === 'REFUND'),
      'amount',
    ),
    refunded,
  )
  const [wallet] = state.wallets.filter(({ address: one }) => one === address.toLowerCase())
  const credit = Money.parseExact(wallet?.credit_usd ?? '0')
  same('credit', Money.exact(sumBy(credited, 'amount')) + sumBy(usage, 'amount'), credit)

  const jobs = all('SELECT * FROM job')
  const foreign = usage.filter(({ subject }) => subject === 'foreign')
  const untied = usage.filter(({ subject }) => subject === null)
  const ambiguous = jobs.filter(({ status }) => status === 'ambiguous')
  let [known, unknown] = [0n, 0n]
  for (const job of jobs) {
    const taken = -sumBy(
      usage.filter(({ subject }) => subject === job['id']),
      'amount',
    )
    // Nobody can tell whether it was charged, and unknown counts as spent.
    if (job['status'] === 'ambiguous' && taken === 0n) unknown += job['reserved'] as bigint
    else {
      known += Money.ceil(taken)
      same(
        `what ${String(job['id'])} (${String(job['status'])}) cost`,
        costOf(job),
        Money.ceil(taken),
      )
    }
  }
  if (untied.length > ambiguous.length)
    problems.push(`${untied.length} rows are nobody's, and ${ambiguous.length} jobs are ambiguous`)
  const tied = usage.filter(({ subject }) => jobs.some(({ id }) => id === subject))
  const others = sumBy(foreign, 'amount') + sumBy(untied, 'amount')
  same('spent', -sumBy(tied, 'amount'), charged - refunded + others)
  same('spent on jobs', costsOf(jobs) - unknown, known)
  for (const budget of all(`SELECT * FROM budget WHERE scope <> 'credit'`)) {
    const { overrun, scope, slot, used } = budget
    const here = (row: Row) => slot === 'all' || row['budget_day'] === slot
    const paid = payments.filter((row) => row['status'] !== 'failed_unpaid' && here(row))
    const theirs =
      scope === 'topUpsPerDay'
        ? paid.length
        : scope === 'paid'
          ? sumBy(paid, 'amount')
          : costsOf(jobs.filter(here))
    same(`budget ${String(scope)} ${String(slot)}`, (used as bigint) + (overrun as bigint), theirs)
  }

  const queued = jobs.flatMap(({ queue_id: id }) => id ?? [])
  const made = new Map(state.jobs.map((job) => [job.queue_id, job]))
  same('jobs at the provider, twice', [], doubled(state.jobs.map(({ body_hash }) => body_hash)))
  same('queue ids, twice', [], doubled(queued))
  same(
    'queue ids that nobody made',
    queued.filter((id) => !made.has(String(id))),
    [],
  )
  const orphans = state.jobs.filter(({ queue_id: id }) => !queued.includes(id))
  if (orphans.length > ambiguous.length)
    problems.push(
      `${orphans.length} paid videos have no job, and ${ambiguous.length} are ambiguous`,
    )

  const saved = jobs.filter(({ status }) => Job.isSaved(status as Job.Status))
  const ids = jobs.map(({ id }) => id)
  same(
    'files',
    filesOf(home).filter((name) => !isKept(name, ids)),
    saved.flatMap(({ id }) => [`${String(id)}.json`, `${String(id)}.mp4`]).toSorted(),
  )
  let kept = 0
  for (const { file, id, queue_id, status } of saved) {
    const { path, sha256 } = parseJson(String(file)) as { path: string; sha256: string }
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
    same(`the file of ${String(id)}`, sha256, createHash('sha256').update(bytes).digest('hex'))
    const { media } = made.get(String(queue_id)) ?? {}
    // A provider that will not delete is no reason to keep a job open.
    if (status === 'cleaned' && media === 'held') kept += 1
  }
  const lost = [...made.values()].filter(({ media, queue_id }) => {
    const job = jobs.find((job) => job['queue_id'] === queue_id)
    return media === 'deleted' && !Job.isSaved(job?.['status'] as Job.Status)
  })
  same(
    'deleted before they were saved',
    [],
    lost.map(({ queue_id }) => queue_id),
  )
  database.close()
  return {
    found: {
      payments: credited.length,
      settled_usd: Money.formatExact(settled),
      charged_usd: Money.formatExact(charged),
      refunded_usd: Money.formatExact(refunded),
      foreign_usd: Money.formatExact(-sumBy(foreign, 'amount')),
      credit_usd: Money.formatExact(credit),
      unknown_usd: Money.format(unknown),
      untied_rows: untied.length,
      files: saved.length,
      kept_at_provider: kept,
      differences: problems.length,
    },
    problems,
  }
}

export declare namespace compareSoak {
  type Options = {
    address: string
    controlUrl: string
    /** USDC that the wallet was given, as decimal text. */
    funded: string
    home: string
  }
}

/** What a job has taken of its budgets: its price, if it was paid, without what was given back. */
function costOf({ refund, reserved }: Row): bigint {
  return BigInt(reserved ?? 0n) - BigInt(refund ?? 0n)
}

function costsOf(jobs: readonly Row[]): bigint {
  return jobs.reduce((sum, job) => sum + costOf(job), 0n)
}

function isOpen(status: unknown): boolean {
  return Ledger.isOpen(status as Ledger.PaymentStatus)
}

function filesOf(home: string): string[] {
  const folder = join(home, 'videos')
  return existsSync(folder) ? readdirSync(folder).toSorted() : []
}

function doubled<Value>(values: readonly Value[]): Value[] {
  return values.filter((value, index) => values.indexOf(value) !== index)
}

function sumBy(rows: readonly Row[], name: string): bigint {
  return rows.reduce((sum, row) => sum + BigInt(row[name] ?? 0n), 0n)
}

function sumOf(rows: readonly { amount_usd: string }[]): bigint {
  return rows.reduce((sum, { amount_usd: usd }) => sum + Money.parseExact(usd), 0n)
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}` : one)).replace(
    /^"(\d+)"$/,
    '$1',
  )
}
