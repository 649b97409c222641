import { type Kysely, sql } from 'kysely'

import { parseJson } from '../internal/base64Json.js'
import * as Ledger from '../Ledger.js'
import * as Policy from '../Policy.js'
import { date, ms, type Write } from './engine.js'
import * as events from './events.js'
import type { Schema } from './schema.js'

/** Statuses of jobs that may still leave, and are held against another policy before they do. */
const unsent = ['needs_approval', 'needs_consent', 'reserved', 'sending', 'ambiguous'] as const

/**
 * Reads the newest version of a wallet's policy.
 *
 * @throws {@link Ledger.CorruptError} when it is none: rules that cannot be read allow nothing.
 */
export async function newest(
  db: Kysely<Schema>,
  account: string,
): Promise<Policy.Version | undefined> {
  const row = await db
    .selectFrom('policy')
    .selectAll()
    .where('account', '=', account)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row) return undefined
  const body = Object(parseJson(row.body)) as { owned?: unknown; policy?: unknown }
  const policy = Policy.parse(body.policy)
  if (!policy || !Array.isArray(body.owned))
    throw new Ledger.CorruptError({ reason: 'the policy on it is damaged.' })
  return {
    at: date(row.at),
    author: row.author as Policy.Version['author'],
    number: Number(row.version),
    owned: body.owned as Policy.Key[],
    policy,
  }
}

/** Writes what a process brings, where that allows less than what is there, or nothing is. */
export async function bring(write: Write, own: Policy.Own): Promise<void> {
  const last = await newest(write.db, write.account)
  if (!last) {
    // Defaults alone say nothing yet: the first booking makes them the first version.
    if (own.chosen.length > 0) await insert(write, { author: 'process', policy: own.policy })
    return
  }
  const policy = Policy.lowered(own, last)
  if (policy) await insert(write, { author: 'process', last, policy })
}

/** Writes what the owner has said: the rules that change, over those in force. */
export async function set(
  write: Write,
  { change, own }: { change: Partial<Policy.Policy>; own: Policy.Own },
): Promise<Policy.Version> {
  const last = await newest(write.db, write.account)
  const policy = { ...own.policy, ...last?.policy, ...change }
  const owned = [...new Set([...(last?.owned ?? []), ...(Object.keys(change) as Policy.Key[])])]
  await insert(write, { author: 'owner', last, owned, policy })
  return (await newest(write.db, write.account)) as Policy.Version
}

/**
 * The policy and the caps that a booking is held to: what the ledger has, and what the caller brings
 * where that allows less. Read inside the booking's own transaction, so that an owner's word holds
 * from the moment it is on record.
 */
export async function hold(
  write: Write,
  options: { caps: Ledger.Caps; own: Policy.Own | undefined },
): Promise<{
  caps: Ledger.Caps
  /** The payee that the owner has named: then the one seen first does not count. */
  payTo: Policy.Policy['payTo'] | undefined
  policy: Policy.Policy | undefined
}> {
  const { caps, own } = options
  const last = await newest(write.db, write.account)
  if (!own && !last) return { caps, payTo: undefined, policy: undefined }
  if (own && !last) await insert(write, { author: 'process', policy: own.policy })
  const policy = Policy.inForce(own ?? { chosen: [], policy: wholeOf(last) }, last)
  const held = Ledger.capsOf(policy)
  const least = Object.entries(held).map(([scope, cap]) => {
    const asked = caps[scope as keyof Ledger.Caps]
    return [scope, asked < cap ? asked : cap]
  })
  const payTo = last?.owned.includes('payTo') ? last.policy.payTo : undefined
  return { caps: Object.fromEntries(least) as Ledger.Caps, payTo, policy }
}

function wholeOf(version: Policy.Version | undefined): Policy.Policy {
  return { ...Policy.Policy.parse(Policy.defaults.venice), ...version?.policy }
}

/**
 * A policy as it can be read again: a program may bring amounts that no file may hold, less than
 * nothing or more than there is.
 *
 * @throws {@link Policy.InvalidError} when it is none all the same.
 */
function storable(policy: Policy.Policy): Policy.Policy {
  const clamped = Object.entries(policy).map(([key, value]) => [
    key,
    typeof value === 'bigint'
      ? value < 0n
        ? 0n
        : value > Policy.most
          ? Policy.most
          : value
      : value,
  ])
  const rules = Object.fromEntries(clamped) as Policy.Policy
  if (!Policy.parse(Policy.format(rules))) throw new Policy.InvalidError()
  return rules
}

async function insert(
  write: Write,
  options: {
    author: Policy.Version['author']
    last?: Policy.Version | undefined
    owned?: readonly Policy.Key[] | undefined
    policy: Policy.Policy
  },
): Promise<void> {
  const { account, at, db } = write
  const { author, last, owned = last?.owned ?? [], policy } = options
  const rules = Policy.format(storable(policy))
  const number = (last?.number ?? 0) + 1
  await db
    .insertInto('policy')
    .values({
      account,
      at: ms(at),
      author,
      body: JSON.stringify({ owned, policy: rules }),
      version: BigInt(number),
    })
    .execute()
  // What was held against the policy before is held against this one again.
  await db
    .updateTable('job')
    .set({ checked_at: sql`NULL` })
    .where('account', '=', account)
    .where('status', 'in', unsent)
    .where('checked_at', 'is not', null)
    .execute()
  const before = last ? Policy.format(last.policy) : {}
  const changed = Object.entries(rules).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key]),
  )
  await events.append(write, {
    data: { author, version: number, ...Object.fromEntries(changed) },
    subject: account,
    type: 'policy',
  })
}
