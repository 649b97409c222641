import { acknowledgeForeign, checkForeign, findForeign, nameOf } from '../../flows/checkForeign.js'
import { syncRows } from '../../flows/syncRows.js'
import { printable } from '../../internal/printable.js'
import { processTerminal, requireOwner } from '../owner.js'
import type { Context } from '../runCommand.js'

/** `zecchino freeze`: stops spending at once. Anybody may. */
export async function freeze({ args, open, print }: Context): Promise<void> {
  const { ledger } = await open()
  const reason = printable(args.join(' '), 200) || 'the owner stopped it.'
  await ledger.freeze(reason)
  const { frozen } = await ledger.state()
  print({ frozen: frozen?.reason }, [`Spending is stopped: ${frozen?.reason}`])
}

/** `zecchino unfreeze`: the owner has seen the reason, and the rows that nobody here made. */
export async function unfreeze({ config, open, print, show }: Context): Promise<void> {
  const zecchino = await open()
  const { ledger } = zecchino
  const { frozen } = await ledger.state()
  show(frozen ? `Frozen since ${frozen.at.toISOString()}: ${frozen.reason}` : 'Nothing is frozen.')
  if (zecchino.payer === 'key') show('Venice’s rows were not looked at: an API key is shown none.')
  await syncRows(zecchino).then(
    () => checkForeign(zecchino),
    () => show('Venice could not be reached: its rows were not looked at.'),
  )
  const rows = await findForeign(zecchino)
  for (const row of rows) show(`Venice shows ${nameOf(row)} that nobody here made.`)
  await requireOwner((await config()).home, processTerminal())
  const acknowledged = await acknowledgeForeign(zecchino, rows)
  await ledger.unfreeze(`by the owner; ${acknowledged} rows acknowledged`)
  const words = `Spending goes on; ${acknowledged} rows acknowledged.`
  const undo = 'If one of them was for a job after all: zecchino resolve <row> --job <job>.'
  print({ frozen: null, acknowledged }, acknowledged > 0 ? [words, undo] : [words])
}
