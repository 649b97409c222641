import type { Zecchino } from '../../flows/createZecchino.js'
import { factsOf, findUnresolved, resolve as carryOut } from '../../flows/resolve.js'
import { takeAnswers } from '../../flows/takeAnswers.js'
import { factsOfTie, findTie, tieRow } from '../../flows/tieRow.js'
import * as Verdict from '../../Verdict.js'
import { processTerminal, requireOwner } from '../owner.js'
import type { Context } from '../runCommand.js'
import { UsageError } from '../UsageError.js'

/** `zecchino resolve`: the facts first, then the owner's passphrase and verdict. */
export async function resolve(context: Context): Promise<void> {
  const { args, config, open, options, print, show } = context
  const zecchino = await open()
  // What is taken for lost may lie here.
  await takeAnswers(zecchino)
  const [id = ''] = args
  const given = Verdict.verdicts.filter((verdict) => options[verdict] !== undefined)
  if (options['job'] !== undefined || (await zecchino.ledger.findRow(id)))
    return tie(context, zecchino, { given, rowId: id })
  const found = await findUnresolved(zecchino, id)
  for (const line of factsOf(found)) show(line)
  const [verdict] = given
  if (!verdict || given.length > 1)
    throw new UsageError({
      reason: `Say one of ${found.verdicts.map((one) => `--${one}`).join(', ')}.`,
    })
  // A look costs nothing and decides nothing.
  if (verdict !== 'look') await requireOwner((await config()).home, processTerminal())
  const { adopt } = options
  const requestId = typeof adopt === 'string' ? adopt : undefined
  await carryOut(zecchino, { found, requestId, verdict })
  const now =
    verdict === 'look' || verdict === 'adopt' ? await zecchino.ledger.findJob(id) : undefined
  if (!now) return print({ id, resolved: verdict }, [`${id}: ${verdict}.`])
  const { status } = now
  if (verdict === 'look') print({ id, status }, [`${id}: looked at again, and it is ${status}.`])
  else
    print({ id, resolved: verdict, status }, [
      `${id}: its video is taken, and it is ${status}. Fetch it: zecchino retrieve ${id}`,
    ])
}

/** Ties a row that the owner, or nobody, has said to be nobody's to the job that it is for. */
async function tie(
  { config, options, print, show }: Context,
  zecchino: Zecchino,
  { given, rowId }: { given: readonly string[]; rowId: string },
): Promise<void> {
  const { job: jobId } = options
  if (typeof jobId !== 'string' || given.length > 0)
    throw new UsageError({
      reason: 'A row of Venice’s is tied with --job <job id>, and nothing else.',
    })
  const found = await findTie(zecchino, { jobId, rowId })
  for (const line of factsOfTie(found)) show(line)
  await requireOwner((await config()).home, processTerminal())
  await tieRow(zecchino, found)
  print({ id: rowId, job: jobId }, [`${rowId}: tied to ${jobId}.`])
}
