import { factsOf, findUnresolved, resolve as carryOut, verdicts } from '../../flows/resolve.js'
import { takeAnswers } from '../../flows/takeAnswers.js'
import { processTerminal, requireOwner } from '../owner.js'
import type { Context } from '../runCommand.js'
import { UsageError } from '../UsageError.js'

/** `zecchino resolve`: the facts first, then the owner's passphrase and verdict. */
export async function resolve({
  args,
  config,
  note,
  open,
  options,
  print,
}: Context): Promise<void> {
  const zecchino = await open()
  // What is taken for lost may lie here.
  await takeAnswers(zecchino)
  const [id = ''] = args
  const found = await findUnresolved(zecchino, id)
  for (const line of factsOf(found)) note(line)
  const given = verdicts.filter((verdict) => options[verdict] === true)
  const [verdict] = given
  if (!verdict || given.length > 1)
    throw new UsageError({
      reason: `Say one of ${found.verdicts.map((one) => `--${one}`).join(', ')}.`,
    })
  // A look costs nothing and decides nothing.
  if (verdict !== 'look') await requireOwner((await config()).home, processTerminal())
  await carryOut(zecchino, { found, verdict })
  const now = verdict === 'look' ? await zecchino.ledger.findJob(id) : undefined
  if (now) {
    print({ id, status: now.status }, [`${id}: looked at again, and it is ${now.status}.`])
    return
  }
  print({ id, resolved: verdict }, [`${id}: ${verdict}.`])
}
