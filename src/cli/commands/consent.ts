import { printable } from '../../internal/printable.js'
import * as Job from '../../Job.js'
import type * as Venice from '../../Venice.js'
import { processTerminal, requireOwner } from '../owner.js'
import type { Context } from '../runCommand.js'
import { UsageError } from '../UsageError.js'

/** The statements that a person makes, one by one. */
const statements: Record<keyof typeof Venice.consents, string> = {
  confirmed_terms_and_privacy: 'I accept the provider’s terms and privacy policy shown above.',
  confirmed_legal_right: 'I have the legal right to use the submitted media.',
  confirmed_screening_acknowledged: 'I know that the media may be screened before processing.',
}

/** `zecchino consent`: a person reads the policy and confirms each statement. Never an agent. */
export async function consent({ args, config, note, open, print }: Context): Promise<void> {
  const [id = ''] = args
  const { ledger } = await open()
  const job = await ledger.findJob(id)
  if (!job) throw new Job.NotFoundError({ id })
  if (job.status !== 'needs_consent' || !job.consent)
    throw new UsageError({ reason: `The job needs no consent: it stands in ${job.status}.` })
  const { consent: policy, face_media_roles: roles } = job.consent
  note(`Policy ${printable(policy.consent_version, 60)}, in the provider’s words:`)
  note(printable(policy.policy_text, 20_000))
  if (roles.length > 0) note(`Faces were found in: ${printable(roles.join(', '), 200)}`)
  await requireOwner((await config()).home, processTerminal())
  const { confirm } = await import('@clack/prompts')
  for (const message of Object.values(statements))
    if ((await confirm({ initialValue: false, message, output: process.stderr })) !== true)
      throw new UsageError({ reason: 'Not confirmed; the job stays as it is.' })

  const at = (await ledger.now()).toISOString()
  await ledger.appendEvent({
    data: { at, confirmed: Object.keys(statements), version: policy.consent_version },
    subject: id,
    type: 'consent',
  })
  await ledger.noteJob(id, { consent: { ...job.consent, confirmed_at: at } })
  const next =
    'Now call video_generate (or `zecchino generate --quote`) again with the same quote_id.'
  print({ job_id: id, confirmed_at: at, next }, [`Recorded. ${next}`])
}
