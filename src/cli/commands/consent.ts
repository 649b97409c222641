import { giveConsent } from '../../flows/giveConsent.js'
import { linesOf, showConsent, statements } from '../../flows/showConsent.js'
import { processTerminal, requireOwner } from '../owner.js'
import type { Context } from '../runCommand.js'
import { UsageError } from '../UsageError.js'

/** `zecchino consent`: a person reads the policy and confirms each statement. Never an agent. */
export async function consent({ args, config, open, print, show }: Context): Promise<void> {
  const [id = ''] = args
  const zecchino = await open()
  const shown = await showConsent(zecchino, id)
  for (const line of linesOf(shown)) show(line)
  await requireOwner((await config()).home, processTerminal())
  const { confirm } = await import('@clack/prompts')
  for (const message of Object.values(statements))
    if ((await confirm({ initialValue: false, message, output: process.stderr })) !== true)
      throw new UsageError({ reason: 'Not confirmed; the job stays as it is.' })

  const { confirmedAt } = await giveConsent(zecchino, { shown, via: 'cli' })
  const next =
    'Now call video_generate (or `zecchino generate --quote`) again with the same quote_id.'
  print({ job_id: id, confirmed_at: confirmedAt, next }, [`Recorded. ${next}`])
}
