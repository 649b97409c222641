import * as Consent from '../Consent.js'
import type { Zecchino } from './createZecchino.js'
import { NoConsentError, type ShownConsent, showConsent, statements } from './showConsent.js'

/**
 * Records that a person read the policy shown and confirmed every statement: which words, by version
 * and hash, for which media, when and where. The same request may then be sent again; nothing is
 * sent here.
 *
 * @throws {@link NoConsentError} when the job asks for other words by now.
 */
export async function giveConsent(
  zecchino: Zecchino,
  options: giveConsent.Options,
): Promise<{ confirmedAt: string }> {
  const { ledger } = zecchino
  const { shown, via } = options
  const { job, media, version } = await showConsent(zecchino, shown.job.id)
  const text = job.consent?.consent.policy_text
  // The words count, not only what they are called.
  const isSame = version === shown.version && text === shown.job.consent?.consent.policy_text
  if (!isSame || !job.consent || text === undefined)
    throw new NoConsentError({ id: job.id, status: job.status })
  const at = (await ledger.now()).toISOString()
  const entry: Consent.Entry = {
    at,
    confirmed: Object.keys(statements),
    face_media_roles: shown.roles,
    media: media.map(({ by, field, sha256 }) => ({ by, field, sha256 })),
    model: job.model,
    policy_sha256: Consent.hashOf(text),
    version,
    via,
  }
  await ledger.appendEvent({ data: entry, subject: job.id, type: 'consent' })
  await ledger.noteJob(job.id, { consent: { ...job.consent, confirmed_at: at } })
  return { confirmedAt: at }
}

export declare namespace giveConsent {
  type Options = {
    shown: ShownConsent
    /** Where the person was asked. */
    via: 'cli' | 'elicitation'
  }
}
