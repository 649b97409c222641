import { parseJson } from '../../src/internal/base64Json.js'
import * as Ledger from '../../src/Ledger.js'
import * as Money from '../../src/Money.js'
import type { Store } from '../support/stores.js'

/**
 * Adds up what a ledger has given out, from its rows and its audit log with plain SQL. The columns
 * that the ledger itself counts by are only compared with that.
 */
export async function readBooks(store: Store, { cap }: { cap: bigint }) {
  const problems: string[] = []
  const jobs = await store.query('SELECT id, status, price, budget_day FROM job')
  const payments = await store.query('SELECT id, status, amount, budget_day FROM payment')
  const days = new Map(jobs.map((row) => [row['id'], row['budget_day'] ?? '']))
  const held = jobs.filter(({ status }) => status !== 'abandoned')
  const spent = sumBy(held, (row) => BigInt(row['price'] ?? 0))
  const paid = payments.filter(({ status }) => status !== 'failed_unpaid')

  const booked = await store.query('SELECT scope, slot, used, overrun FROM budget')
  for (const { overrun, scope, slot, used } of booked) {
    const isOfPayments = scope === 'topUpsPerDay' || scope === 'paid'
    const rows = isOfPayments ? paid : held
    const here = rows.filter((row) => slot === 'all' || row['budget_day'] === slot)
    const truth =
      scope === 'topUpsPerDay'
        ? BigInt(here.length)
        : sumBy(here, (row) => BigInt(row['amount'] ?? row['price'] ?? 0))
    const counted = BigInt(used ?? 0) + BigInt(overrun ?? 0)
    if (scope !== 'credit' && counted !== truth)
      problems.push(`budget ${scope} ${slot} says ${counted}, its rows say ${truth}`)
  }

  const history = await readHistory(store, days)
  const perDay = new Map<string, bigint>()
  for (const row of held) add(perDay, row['budget_day'] ?? '', BigInt(row['price'] ?? 0))
  const peak = most([...history.peaks.values(), ...perDay.values()])
  for (const [day, amount] of history.last)
    if (amount !== (perDay.get(day) ?? 0n))
      problems.push(`the audit log of ${day} adds up to ${amount}, the rows to ${perDay.get(day)}`)
  return {
    made: new Set([...jobs, ...payments].map(({ id }) => id ?? '')),
    openPayments: history.openPayments,
    over: peak > cap ? peak - cap : 0n,
    payments: payments.length,
    peak,
    problems,
    released: jobs.length - held.length,
    spent,
  }
}

/** Lives the audit log through again: the most that was set aside, and open, at any moment. */
async function readHistory(store: Store, days: ReadonlyMap<string | null | undefined, string>) {
  const events = await store.query('SELECT subject, type, data FROM event ORDER BY seq')
  const [last, peaks] = [new Map<string, bigint>(), new Map<string, bigint>()]
  const aside = new Map<string, bigint>()
  const open = new Set<string>()
  let openPayments = 0
  for (const { data, subject, type } of events) {
    const { price_usd: price, to } = parseJson(data ?? '') as { price_usd?: string; to: string }
    const id = subject ?? ''
    if (type === 'payment') {
      if (Ledger.isOpen(to as Ledger.PaymentStatus)) open.add(id)
      else open.delete(id)
      openPayments = Math.max(openPayments, open.size)
    } else if (type === 'job') {
      const amount = to === 'reserved' ? Money.parse(price ?? '0') : -(aside.get(id) ?? 0n)
      const day = days.get(id) ?? ''
      aside.set(id, amount)
      const now = add(last, day, amount)
      if (now > (peaks.get(day) ?? 0n)) peaks.set(day, now)
    }
  }
  return { last, openPayments, peaks }
}

function add(sums: Map<string, bigint>, key: string, amount: bigint): bigint {
  const sum = (sums.get(key) ?? 0n) + amount
  sums.set(key, sum)
  return sum
}

function sumBy<Row>(rows: readonly Row[], amountOf: (row: Row) => bigint): bigint {
  return rows.reduce((sum, row) => sum + amountOf(row), 0n)
}

function most(amounts: readonly bigint[]): bigint {
  return amounts.reduce((one, other) => (one > other ? one : other), 0n)
}
