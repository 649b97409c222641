import * as Money from '../../Money.js'
import { walletStatus } from '../../tools/walletStatus.js'
import { policyNotes } from '../policyNotes.js'
import type { Context } from '../runCommand.js'
import { UsageError } from '../UsageError.js'

/** `zecchino wallet [export <file>]`. */
export async function wallet(context: Context): Promise<void> {
  const [what] = context.args
  if (what === 'export') return (await import('../exportWallet.js')).exportWallet(context)
  if (what !== undefined)
    throw new UsageError({ reason: 'It is `wallet` or `wallet export <file>`.' })
  await show(context)
}

async function show({ config, open, print }: Context): Promise<void> {
  const zecchino = await open()
  const notes = await policyNotes(await config(), zecchino)
  const result = await walletStatus.run(zecchino, {}, {})
  const { caps } = result
  print({ ...result, ...(notes.length > 0 && { policy_notes: notes }) }, [
    ...payerOf(result),
    `Per video   $${caps.per_video_usd}`,
    ...(result.pays_with === 'api_key'
      ? []
      : [
          `Per top-up  $${caps.per_top_up_usd}, ${caps.top_ups_per_day.left} of ${caps.top_ups_per_day.cap} left today`,
          `To be paid  $${caps.paid_total_usd.left} of $${caps.paid_total_usd.cap} left in all`,
        ]),
    `Per day     $${caps.spend_per_day_usd.left} of $${caps.spend_per_day_usd.cap} left`,
    `In all      $${caps.spend_total_usd.left} of $${caps.spend_total_usd.cap} left`,
    ...result.open_approvals.map(({ approval_id }) => `Approval    ${approval_id} waits`),
    ...result.unresolved.map(
      ({ detail, id, status, usd }) =>
        `Unresolved  ${id}: $${usd} ${status}${detail ? `, ${detail}` : ''}`,
    ),
    ...(result.frozen ? [`Frozen      ${result.frozen}`] : []),
    ...(result.note ? [`Note        ${result.note}`] : []),
    ...notes.map(({ next, says }) => `Note        ${says}. ${next}`),
  ])
}

function payerOf(result: Awaited<ReturnType<typeof walletStatus.run>>): string[] {
  if (result.pays_with === 'api_key')
    return [
      `API key     ${result.api_key} (a hash of it)`,
      'Credit      unknown: an API key does not show it',
    ]
  return [
    `Address     ${result.address}`,
    `Network     ${result.network}`,
    `Credit      ${result.credit_usd === undefined ? 'unknown (Venice not reached)' : Money.display(Money.parse(result.credit_usd))}`,
    ...(result.usdc === undefined ? [] : [`USDC        ${result.usdc}`]),
  ]
}
