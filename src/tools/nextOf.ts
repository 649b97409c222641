import type { Zecchino } from '../flows/createZecchino.js'
import * as Job from '../Job.js'
import { callOf } from './callOf.js'

/** What whoever sees this job should do next, in plain words. */
export function nextOf(job: Job.Job, options: nextOf.Options): string {
  const { approvalId, isAsked = false, now, payer = 'wallet' } = options
  const generate = callOf('video_generate', { quote_id: job.quoteId })
  const retrieve = callOf('video_retrieve', { job_id: job.id })
  if (Job.canLookAgain(job, now))
    return `It is paid for, and Venice may have it after all: it is looked at again until ${Job.lookUntil(job).toISOString()}, by itself and whenever somebody asks. Call ${retrieve} later, and tell the user. Do not quote or buy it again.`
  switch (job.status) {
    case 'needs_approval':
      if (isAsked)
        return `The wallet’s owner is being asked in this host. When they have answered, call ${generate}.`
      return `Ask the wallet’s owner to run \`zecchino approve ${approvalId ?? job.id}\` in a terminal of their own (you cannot), then call ${generate}.`
    case 'needs_consent':
      if (job.consent?.confirmed_at) return `The consent is recorded. Call ${generate}.`
      if (isAsked)
        return `The wallet’s owner is reading the policy in this host. When they have answered, call ${generate}.`
      return `Ask the wallet’s owner to read the policy and run \`zecchino consent ${job.id}\` in a terminal of their own (you cannot), then call ${generate}. A consent covers these media only, and is revoked only in Venice’s web application.`
    case 'intent':
    case 'reserved':
    case 'sending':
      return `Call ${retrieve} to wait for the file. Do not quote or buy it again.`
    case 'queued':
    case 'ready':
      return `Call ${retrieve} to wait for the file. It is paid for: do not quote or buy it again.${job.status === 'ready' && job.detail ? ' Tell the user what detail says.' : ''}`
    case 'saved':
    case 'cleaned':
      return `Done. The video is saved${job.file ? ` at ${job.file.path}` : ''}. Tell the user the path.`
    case 'rejected':
      return 'Nothing was charged for the video. Fix what detail says, then start over with video_quote.'
    case 'failed_refunded':
      return 'The price was refunded. Change the prompt or the model as detail suggests, then start over with video_quote.'
    case 'failed_unrefunded':
      if (payer === 'key')
        return 'An API key is not shown whether the price was refunded: tell the user to look at venice.ai before buying again.'
      return `No refund has shown yet, and detail says what the provider says about one. Call ${retrieve} later to look for it; tell the user before buying again.`
    case 'ambiguous':
      if (payer === 'key')
        return `Do not buy it again: it may have been paid for. Ask the owner to look for it in the usage at venice.ai and run \`zecchino resolve ${job.id}\`.`
      return `Do not buy it again: it may have been paid for. Ask the wallet’s owner to run \`zecchino resolve ${job.id}\`: it shows what Venice knows of it, and what they may say.`
    case 'lost_media':
      return 'The file cannot be fetched any more. Tell the user what detail says before buying anything again.'
    case 'abandoned':
      if (job.sentAt && payer === 'wallet')
        return `The job was given up, and detail says why. If it says that Venice charged for it, ask the wallet’s owner to run \`zecchino resolve ${job.id}\`: the video may be there. Do not buy the same again unless the user asks for it.`
      return 'The job was given up, and detail says why. Do not buy the same again unless the user asks for it.'
  }
}

export declare namespace nextOf {
  type Options = {
    /** The approval that waits, if one does. */
    approvalId?: string | undefined
    /** Whether the host shows the question to a person right now. */
    isAsked?: boolean | undefined
    /** By Venice's clock: what was given up is looked at again while Venice may have it. */
    now: Date
    /** What pays: an API key is shown no rows. @default 'wallet' */
    payer?: Zecchino['payer'] | undefined
  }
}
