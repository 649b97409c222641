import { decide as record } from '../../flows/decide.js'
import { linesOf, showApproval } from '../../flows/showApproval.js'
import { processTerminal, requireOwner } from '../owner.js'
import type { Context } from '../runCommand.js'
import { UsageError } from '../UsageError.js'

/** `zecchino approve`: shows exactly what is agreed to, then asks for the owner's passphrase. */
export async function approve(context: Context): Promise<void> {
  await decide(context, 'approved')
}

/** `zecchino deny`: needs no passphrase, because it widens nothing. */
export async function deny(context: Context): Promise<void> {
  await decide(context, 'denied')
}

async function decide(
  { args, config, open, print, show }: Context,
  decision: 'approved' | 'denied',
): Promise<void> {
  const zecchino = await open()
  const shown = await showApproval(zecchino, args[0] ?? '')
  const { id, jobId } = shown.approval
  for (const line of linesOf(shown)) show(line)
  if (decision === 'approved') await requireOwner((await config()).home, processTerminal())
  if (!(await record(zecchino, { decision, shown, via: 'cli' })))
    throw new UsageError({ reason: 'The approval was decided or has expired meanwhile.' })
  const next =
    decision === 'approved'
      ? 'Now call video_generate (or `zecchino generate --quote`) again with the same quote_id.'
      : 'Nothing is bought.'
  print({ approval_id: id, job_id: jobId, status: decision, next }, [`${decision}. ${next}`])
}
