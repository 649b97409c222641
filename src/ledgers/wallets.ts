import type { Kysely, RawBuilder } from 'kysely'
import type { Address } from 'viem'

import * as Clock from '../Clock.js'
import type * as Ledger from '../Ledger.js'
import { date, ms, Rollback, type Write } from './engine.js'
import * as events from './events.js'
import { checkVersion, type Versions } from './migrations.js'

import type { Schema } from './schema.js'

/** How much later the clock must read before that is written down, in milliseconds. */
const grain = 1_000n

/**
 * Begins a write: reads the schema's version, the clock and the wallet, and makes the wallet known.
 *
 * The time of a write never lies before an earlier one: a clock that goes back would open budgets again
 * and bring expired approvals to life. While it lies more than a little behind what was seen, nothing is
 * spent; further behind than clocks are corrected, it freezes the wallet.
 */
export async function meet(
  db: Write['db'],
  options: {
    account: string
    clock: RawBuilder<bigint>
    now: (() => Date) | undefined
    versions: Versions
  },
): Promise<Write> {
  const { account, clock, now, versions } = options
  const found = await db
    .selectFrom('schema_version')
    .leftJoin('wallet', (join) => join.on('wallet.account', '=', account))
    .select(['version', 'events', 'frozen_reason', 'head', 'last_seen', clock.as('now')])
    .executeTakeFirst()
  checkVersion(Number(found?.version ?? 0n), versions)
  const at = now?.() ?? date(found?.now ?? 0n)
  if (found?.last_seen == null) return greet(db, account, at)

  const wallet = {
    events: found.events ?? 0n,
    frozen: found.frozen_reason ?? undefined,
    head: found.head ?? events.genesis,
  }
  const write = { account, at, clock: at, db, wallet }
  const back = found.last_seen - ms(at)
  const seen = date(found.last_seen)
  if (back > Clock.stepMost) {
    await freeze(write, wordsOfBack(seen, at))
    return write
  }
  if (back > 0n)
    return { ...write, at: seen, wallet: { ...wallet, waits: waitOf({ clock: at, seen }) } }
  if (-back >= grain)
    await db
      .updateTable('wallet')
      .set({ last_seen: ms(at) })
      .where('account', '=', account)
      .execute()
  return write
}

async function greet(db: Write['db'], account: string, at: Date): Promise<Write> {
  await db
    .insertInto('wallet')
    .values({
      account,
      events: 0n,
      frozen_at: null,
      frozen_reason: null,
      head: events.genesis,
      last_seen: ms(at),
      payee: null,
    })
    .execute()
  const wallet = { events: 0n, frozen: undefined, head: events.genesis }
  return { account, at, clock: at, db, wallet }
}

/** Stops spending; an earlier reason stays. */
export async function freeze(write: Write, reason: string): Promise<void> {
  const { account, at, db, wallet } = write
  if (wallet.frozen !== undefined) return
  await db
    .updateTable('wallet')
    .set({ frozen_at: ms(at), frozen_reason: reason })
    .where('account', '=', account)
    .execute()
  wallet.frozen = reason
  await events.append(write, { data: { reason }, subject: account, type: 'frozen' })
}

/** Lets spending go on. The clock's high-water mark starts anew: the owner has seen it. */
export async function unfreeze(write: Write, note: string): Promise<void> {
  const { account, clock, db, wallet } = write
  await db
    .updateTable('wallet')
    .set({ frozen_at: null, frozen_reason: null, last_seen: ms(clock) })
    .where('account', '=', account)
    .execute()
  wallet.frozen = undefined
  wallet.waits = undefined
  await events.append(
    { ...write, at: clock },
    { data: { note }, subject: account, type: 'unfrozen' },
  )
}

function wordsOfBack(seen: Date, clock: Date): string {
  return `The clock went back from ${seen.toISOString()} to ${clock.toISOString()}; if it is right now, run: zecchino unfreeze.`
}

/** Why nothing is spent while the clock lies behind what it showed before, and until when. */
function waitOf({ clock, seen }: { clock: Date; seen: Date }): Ledger.Stop | undefined {
  if (ms(seen) - ms(clock) <= Clock.stepBack) return undefined
  const reason = `The clock was put back: it has shown ${seen.toISOString()} before, and nothing is bought until it shows that again; if it is right now and nobody is to wait, run: zecchino unfreeze.`
  return { at: clock, reason, until: seen }
}

/** Whether nothing may be spent now, for whatever reason. */
export function isStopped({ wallet: { frozen, waits } }: Write): boolean {
  return frozen !== undefined || waits !== undefined
}

/** Rolls the write back when nothing may be spent. */
export function refuseFrozen({ wallet: { frozen, waits } }: Write): void {
  if (frozen !== undefined)
    throw new Rollback<Ledger.Refused>({ reason: frozen, refused: 'frozen' })
  if (waits)
    throw new Rollback<Ledger.Refused>({
      reason: waits.reason,
      refused: 'frozen',
      until: waits.until,
    })
}

/** Pins the payee if none is, and returns the pinned one. */
export async function pinPayee(write: Write, payee: Address): Promise<Address> {
  const { payee: pinned } = await state(write.db, write)
  if (pinned) return pinned
  await trustPayee(write, payee)
  return payee
}

/** Replaces the pinned payee. */
export async function trustPayee(write: Write, payee: Address): Promise<void> {
  await write.db.updateTable('wallet').set({ payee }).where('account', '=', write.account).execute()
  await events.append(write, { data: { payee }, subject: write.account, type: 'payee_pinned' })
}

/** State of the wallet as a whole. */
export async function state(
  db: Kysely<Schema>,
  { account, clock }: Pick<Write, 'account' | 'clock'>,
): Promise<Ledger.State> {
  const row = await db
    .selectFrom('wallet')
    .select(['frozen_at', 'frozen_reason', 'last_seen', 'payee'])
    .where('account', '=', account)
    .executeTakeFirst()
  const last = await db
    .selectFrom('payment')
    .select((expression) => expression.fn.max('seq').as('seq'))
    .where('account', '=', account)
    .executeTakeFirst()
  return {
    frozen:
      row?.frozen_at == null
        ? row?.last_seen == null
          ? undefined
          : waitOf({ clock, seen: date(row.last_seen) })
        : { at: date(row.frozen_at), reason: row.frozen_reason ?? '' },
    payee: (row?.payee ?? undefined) as Address | undefined,
    payments: Number(last?.seq ?? 0n),
  }
}
