import { type Kysely, sql } from 'kysely'

import type * as Ledger from '../Ledger.js'
import { Rollback, type Write } from './engine.js'
import type { Schema } from './schema.js'

/** A budget's window: a UTC day, or the whole life of the wallet. */
export function slotOf(scope: keyof Ledger.Caps, at: Date): string {
  return scope === 'perDay' || scope === 'topUpsPerDay' ? at.toISOString().slice(0, 10) : 'all'
}

/**
 * Books an amount on a budget, if it fits, in one conditional statement. Rolls the write back with
 * a {@link Ledger.Refused} otherwise. The cap of the policy is kept with the row, and the table's
 * CHECK holds the amount to it. Returns the window that was booked.
 */
export async function book(write: Write, booking: book.Options): Promise<string> {
  const { account, at, db } = write
  const { amount, cap, from, scope } = booking
  const slot = slotOf(scope, at)
  const alone = (from ?? 0n) + amount
  const used = from === undefined ? sql<bigint>`budget.used + ${amount}` : sql<bigint>`${alone}`
  const { numInsertedOrUpdatedRows } =
    alone > cap
      ? { numInsertedOrUpdatedRows: 0n }
      : await db
          .insertInto('budget')
          .values({ account, cap, overrun: 0n, scope, slot, used: alone })
          .onConflict((conflict) =>
            conflict
              .columns(['account', 'scope', 'slot'])
              .doUpdateSet({ cap, used })
              .where(sql<boolean>`${used} + budget.overrun <= ${cap}`),
          )
          .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 1n) return slot
  throw new Rollback<Ledger.Refused>({
    asked: amount,
    cap,
    refused: 'budget',
    scope,
    used: from ?? (await read(db, { account, scope, slot })),
  })
}

export declare namespace book {
  type Options = {
    amount: bigint
    cap: bigint
    /** Books on top of this amount instead of what the row holds: it was observed from outside. */
    from?: bigint | undefined
    scope: keyof Ledger.Caps
  }
}

/** Gives an amount back to a budget's window, overruns first, never below zero. */
export async function release(write: Write, booking: release.Options): Promise<void> {
  const { amount, scope, slot } = booking
  await write.db
    .updateTable('budget')
    .set({
      overrun: sql<bigint>`CASE WHEN overrun > ${amount} THEN overrun - ${amount} ELSE 0 END`,
      used: sql<bigint>`CASE WHEN overrun >= ${amount} THEN used
        WHEN used + overrun > ${amount} THEN used + overrun - ${amount} ELSE 0 END`,
    })
    .where('account', '=', write.account)
    .where('scope', '=', scope)
    .where('slot', '=', slot)
    .execute()
}

export declare namespace release {
  type Options = { amount: bigint; scope: keyof Ledger.Caps; slot: string }
}

/** Counts what the provider took beyond what was set aside; it leaves less of the budget. */
export async function overrun(write: Write, booking: release.Options): Promise<void> {
  const { account, db } = write
  const { amount, scope, slot } = booking
  await db
    .insertInto('budget')
    .values({ account, cap: 0n, overrun: amount, scope, slot, used: 0n })
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'scope', 'slot'])
        .doUpdateSet({ overrun: sql<bigint>`budget.overrun + ${amount}` }),
    )
    .execute()
}

/** What is used of a budget, overruns included. */
export async function read(
  db: Kysely<Schema>,
  key: { account: string; scope: keyof Ledger.Caps; slot: string },
): Promise<bigint> {
  const row = await db
    .selectFrom('budget')
    .select(['used', 'overrun'])
    .where('account', '=', key.account)
    .where('scope', '=', key.scope)
    .where('slot', '=', key.slot)
    .executeTakeFirst()
  return row ? row.used + row.overrun : 0n
}

/** What is used of each budget in the windows of a time, overruns included. */
export async function usage(db: Kysely<Schema>, account: string, at: Date): Promise<Ledger.Usage> {
  const used = (scope: keyof Ledger.Caps) => read(db, { account, scope, slot: slotOf(scope, at) })
  return {
    paid: await used('paid'),
    perDay: await used('perDay'),
    topUpsPerDay: await used('topUpsPerDay'),
    total: await used('total'),
  }
}
