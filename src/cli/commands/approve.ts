import { printable } from '../../internal/printable.js'
import { type Shown, showApproval } from '../../flows/showApproval.js'
import * as Money from '../../Money.js'
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
  { args, config, note, open, print }: Context,
  decision: 'approved' | 'denied',
): Promise<void> {
  const zecchino = await open()
  const shown = await showApproval(zecchino, args[0] ?? '')
  const { hash, id, jobId } = shown.approval
  for (const line of linesOf(shown)) note(line)
  if (decision === 'approved') await requireOwner((await config()).home, processTerminal())
  const { ledger } = zecchino
  if (!(await ledger.decideApproval({ decision, hash, id })))
    throw new UsageError({ reason: 'The approval was decided or has expired meanwhile.' })
  if (decision === 'denied')
    await ledger.moveJob(jobId, {
      from: 'needs_approval',
      patch: { detail: 'denied by the owner' },
      to: 'abandoned',
    })
  const next =
    decision === 'approved'
      ? 'Now call video_generate (or `zecchino generate --quote`) again with the same quote_id.'
      : 'Nothing is bought.'
  print({ approval_id: id, job_id: jobId, status: decision, next }, [`${decision}. ${next}`])
}

function linesOf({ approval, credit, job, payee, request }: Shown): string[] {
  const { model, prompt, ...rest } = request
  const media = JSON.stringify(rest, (_key, value: unknown) =>
    typeof value === 'string' ? printable(value, 80) : value,
  )
  return [
    `Model     ${printable(model, 100)}`,
    `Prompt    ${printable(prompt ?? '(none)')}`,
    `Request   ${media}`,
    `Price     ${Money.display(job.price)}`,
    `Top-up    ${Money.display(approval.topUp)} USDC${payee ? ` to ${payee}` : ' to the payee seen first'}`,
    `Credit    ${credit === undefined ? 'unknown' : Money.display(credit)}`,
    `Until     ${approval.expiresAt.toISOString()}, once`,
  ]
}
