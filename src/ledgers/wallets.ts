import type { Kysely } from 'kysely'
import type { Address } from 'viem'

import type * as Ledger from '../Ledger.js'
import { date, ms, Rollback, type Write } from './engine.js'
import * as events from './events.js'
import type { Schema } from './schema.js'

/** How far the clock may step back, in milliseconds, before spending stops. */
const tolerance = 60_000n

/** How much later the clock must read before that is written down, in milliseconds. */
const grain = 1_000n

/**
 * Makes the wallet known and meets its clock: returns the time of this write, which never lies
 * before an earlier one. A clock that went back further than clocks are corrected would open
 * budgets again and bring expired approvals to life, so it freezes the wallet.
 */
export async function meet(write: Write): Promise<Date> {
  const { account, at, db } = write
  const row = await db
    .selectFrom('wallet')
    .select('last_seen')
    .where('account', '=', account)
    .executeTakeFirst()
  if (!row) {
    await db.insertInto('wallet').values(fresh(account, at)).execute()
    return at
  }
  const back = row.last_seen - ms(at)
  if (back > tolerance) {
    const from = date(row.last_seen).toISOString()
    await freeze(write, `The clock went back from ${from} to ${at.toISOString()}.`)
    return at
  }
  if (back > 0n) return date(row.last_seen)
  if (-back >= grain)
    await db
      .updateTable('wallet')
      .set({ last_seen: ms(at) })
      .where('account', '=', account)
      .execute()
  return at
}

function fresh(account: string, at: Date) {
  return {
    account,
    events: 0n,
    frozen_at: null,
    frozen_reason: null,
    head: events.genesis,
    last_seen: ms(at),
    payee: null,
  }
}

/** Stops spending; an earlier reason stays. */
export async function freeze(write: Write, reason: string): Promise<void> {
  const { numUpdatedRows } = await write.db
    .updateTable('wallet')
    .set({ frozen_at: ms(write.at), frozen_reason: reason })
    .where('account', '=', write.account)
    .where('frozen_at', 'is', null)
    .executeTakeFirst()
  if (numUpdatedRows === 1n)
    await events.append(write, { data: { reason }, subject: write.account, type: 'frozen' })
}

/** Lets spending go on. The clock's high-water mark starts anew: the owner has seen it. */
export async function unfreeze(write: Write, note: string): Promise<void> {
  await write.db
    .updateTable('wallet')
    .set({ frozen_at: null, frozen_reason: null, last_seen: ms(write.at) })
    .where('account', '=', write.account)
    .execute()
  await events.append(write, { data: { note }, subject: write.account, type: 'unfrozen' })
}

/** Whether spending is stopped. */
export async function isFrozen(write: Write): Promise<boolean> {
  return (await state(write.db, write.account)).frozen !== undefined
}

/** Rolls the write back when the wallet is frozen. */
export async function refuseFrozen(write: Write): Promise<void> {
  const { frozen } = await state(write.db, write.account)
  if (frozen) throw new Rollback<Ledger.Refused>({ reason: frozen.reason, refused: 'frozen' })
}

/** Pins the payee if none is, and returns the pinned one. */
export async function pinPayee(write: Write, payee: Address): Promise<Address> {
  const { payee: pinned } = await state(write.db, write.account)
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
export async function state(db: Kysely<Schema>, account: string): Promise<Ledger.State> {
  const row = await db
    .selectFrom('wallet')
    .select(['frozen_at', 'frozen_reason', 'payee'])
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
        ? undefined
        : { at: date(row.frozen_at), reason: row.frozen_reason ?? '' },
    payee: (row?.payee ?? undefined) as Address | undefined,
    payments: Number(last?.seq ?? 0n),
  }
}
