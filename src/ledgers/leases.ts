import type { Kysely } from 'kysely'

import type * as Ledger from '../Ledger.js'
import { ms, type Write } from './engine.js'
import { isLeased } from './jobRows.js'
import type { Schema } from './schema.js'

/** Whether somebody else has the job in hand, as far as a reader can tell. */
export async function isHeld(
  db: Kysely<Schema>,
  options: { account: string; at: Date; id: string; lease: Ledger.Lease },
): Promise<boolean> {
  const { account, at, id, lease } = options
  const row = await db
    .selectFrom('job')
    .select('id')
    .where('account', '=', account)
    .where('id', '=', id)
    .where('lease_owner', '!=', lease.owner)
    .where((job) => isLeased(job, at))
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Takes or renews a lease. Leases keep two workers from doing the same work; safety needs none. They go by
 * the clock as it is: one that was put back keeps nobody's lease alive.
 */
export async function claim(
  write: Write,
  id: string,
  { owner, ttl }: Ledger.Lease,
): Promise<boolean> {
  const { account, clock: at, db } = write
  const { numUpdatedRows } = await db
    .updateTable('job')
    .set({ lease_owner: owner, lease_until: ms(at) + BigInt(ttl) })
    .where('account', '=', account)
    .where('id', '=', id)
    .where((job) => job.or([job.not(isLeased(job, at)), job('lease_owner', '=', owner)]))
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Gives a lease back. */
export async function unclaim(write: Write, id: string, owner: string): Promise<void> {
  await write.db
    .updateTable('job')
    .set({ lease_owner: null, lease_until: null })
    .where('account', '=', write.account)
    .where('id', '=', id)
    .where('lease_owner', '=', owner)
    .execute()
}
