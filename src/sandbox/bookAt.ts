import { accountOf, post } from './credit.js'
import type { Due, World } from './world.js'

/** Books rows when their time comes, or at once where it has come. */
export function bookAt(world: World, due: Due): void {
  if (due.at > world.now().getTime()) world.agenda.push(due)
  else book(world, due)
}

/** Books rows as of their time. */
export function book(world: World, due: Due): void {
  const { account: id, at, held = 0n, rows, settlement } = due
  const account = accountOf(world, id)
  account.held -= held
  const payment = settlement === undefined ? undefined : world.settlements.get(settlement)
  if (payment) payment.credited = true
  for (const row of rows) post(world, account, { ...row, at })
}
