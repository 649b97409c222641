import { ms, type Write } from './engine.js'

/** Takes or renews a lease. Leases keep two workers from doing the same work; safety needs none. */
export async function claim(
  write: Write,
  id: string,
  { owner, ttl }: { owner: string; ttl: number },
): Promise<boolean> {
  const { account, at, db } = write
  const { numUpdatedRows } = await db
    .updateTable('job')
    .set({ lease_owner: owner, lease_until: ms(at) + BigInt(ttl) })
    .where('account', '=', account)
    .where('id', '=', id)
    .where((expression) =>
      expression.or([
        expression('lease_owner', 'is', null),
        expression('lease_owner', '=', owner),
        expression('lease_until', '<', ms(at)),
      ]),
    )
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
