import * as Consent from '../Consent.js'
import * as Errors from '../Errors.js'
import { printable } from '../internal/printable.js'
import * as Job from '../Job.js'
import * as Money from '../Money.js'
import type * as Venice from '../Venice.js'
import type * as Video from '../Video.js'
import type { Zecchino } from './createZecchino.js'

/** The statements that a person makes, one by one. */
export const statements: Record<keyof typeof Venice.consents, string> = {
  confirmed_terms_and_privacy: 'I accept the provider’s terms and privacy policy shown above.',
  confirmed_legal_right: 'I have the legal right to use the submitted media.',
  confirmed_screening_acknowledged: 'I know that the media may be screened before processing.',
}

/** What a person has to read before consenting. The provider's words are made safe to show. */
export type ShownConsent = {
  job: Job.Job
  /** What is consented to. */
  media: Consent.Medium[]
  /** The provider's policy, in its own words. */
  policy: string
  /** Which of the inputs show a face, as far as the provider saw. */
  roles: string[]
  /** The version as the provider wrote it: what the consent is bound to. */
  version: string
}

/**
 * Gathers what a consent is about.
 *
 * @throws {@link Job.NotFoundError} {@link NoConsentError} when the job waits for none.
 */
export async function showConsent({ ledger }: Zecchino, jobId: string): Promise<ShownConsent> {
  const job = await ledger.findJob(jobId)
  if (!job) throw new Job.NotFoundError({ id: jobId })
  if (job.status !== 'needs_consent' || !job.consent)
    throw new NoConsentError({ id: jobId, status: job.status })
  const quote = await ledger.findQuote(job.quoteId)
  const request = JSON.parse(quote?.body ?? '{}') as Video.Request
  const { consent, face_media_roles } = job.consent
  return {
    job,
    media: Consent.mediaOf(request),
    policy: printable(consent.policy_text, 20_000),
    roles: face_media_roles.slice(0, 20).map((role) => printable(role, 60)),
    version: consent.consent_version,
  }
}

/** What is consented to, in lines for the person who decides; nothing in them can forge a line. */
export function linesOf({ job, media, policy, roles, version }: ShownConsent): string[] {
  return [
    `Policy ${printable(version, 60)}, in the provider’s own words:`,
    policy,
    ...(roles.length > 0 ? [`Faces were found in: ${roles.join(', ')}`] : []),
    `Model     ${printable(job.model, 100)}, for ${Money.display(job.price)}`,
    ...media.map(({ by, field, sha256, what }) =>
      by === 'bytes'
        ? `Medium    ${field}: ${what}, sha256 ${sha256.slice(0, 16)}…`
        : `Medium    ${field}: ${what}`,
    ),
    Consent.scope,
  ]
}

/** The job does not wait for this consent (any more). */
export class NoConsentError extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  override readonly name = 'NoConsentError'

  constructor({ id, status }: { id: string; status: Job.Status }) {
    super(`The job needs no such consent: it stands in ${status}.`, {
      facts: [`Job: ${id}`],
      hint: `Look at it with \`zecchino retrieve ${id}\`; nothing was recorded.`,
    })
  }
}
