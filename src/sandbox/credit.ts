import * as Money from '../Money.js'
import { takeFault } from './takeFault.js'
import type { Account, Row, World } from './world.js'

/** The account of a wallet or key, made on first sight. */
export function accountOf(world: World, id: string): Account {
  const key = id.startsWith('key:') ? id : id.toLowerCase()
  const known = world.accounts.get(key)
  if (known) return known
  const account: Account = { credit: 0n, held: 0n, id: key }
  world.accounts.set(key, account)
  return account
}

/**
 * What an account can still spend, in micro-dollars: its DIEM when it has any to its name, else its credit.
 * Rounded down: no price is between two micro-dollars, so nothing is let in that should not be.
 */
export function spendable(account: Account): bigint {
  return account.diem ?? Money.floor(account.credit - account.held)
}

/** Books a row in the provider's ledger. A charge never takes the balance below 0. */
export function post(world: World, account: Account, fields: post.Fields): Row {
  const { at = world.now().getTime(), isGift, modelId = null, requestId = null, type } = fields
  const off = takeFault(world, { route: 'other' }, 'row-clock')?.ms ?? 0
  const amount = fields.amount > -account.credit ? fields.amount : -account.credit
  account.credit += amount
  const row: Row = {
    account: account.id,
    amount,
    at,
    balanceAfter: account.credit,
    dated: fields.dated ?? at + off,
    id: `ledger_${world.id()}`,
    ...(isGift && { isGift }),
    modelId,
    requestId,
    type,
  }
  world.rows.push(row)
  return row
}

export declare namespace post {
  type Fields = {
    /** Exact, negative for a charge. */
    amount: bigint
    /** When it is booked, in simulated milliseconds. @default now */
    at?: number | undefined
    /** What it is dated, where that is not when it is booked. Simulated milliseconds. */
    dated?: number | undefined
    isGift?: true | undefined
    modelId?: string | undefined
    requestId?: string | undefined
    type: Row['type']
  }
}
