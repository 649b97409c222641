import { createHash } from 'node:crypto'

import type { Zecchino } from './createZecchino.js'
import { NoConsentError, type ShownConsent, showConsent, statements } from './showConsent.js'

/**
 * Records that a person read the policy shown and confirmed every statement, with the version, the
 * text's hash and the time, so that the same request may be sent again. Nothing is sent here.
 *
 * @throws {@link NoConsentError} when the job asks for another version by now.
 */
export async function giveConsent(
  zecchino: Zecchino,
  options: giveConsent.Options,
): Promise<{ confirmedAt: string }> {
  const { ledger } = zecchino
  const { shown, via } = options
  const { job, version } = await showConsent(zecchino, shown.job.id)
  if (version !== shown.version || !job.consent)
    throw new NoConsentError({ id: job.id, status: job.status })
  const at = (await ledger.now()).toISOString()
  await ledger.appendEvent({
    data: {
      at,
      confirmed: Object.keys(statements),
      face_media_roles: shown.roles,
      policy_sha256: createHash('sha256').update(job.consent.consent.policy_text).digest('hex'),
      version,
      via,
    },
    subject: job.id,
    type: 'consent',
  })
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
