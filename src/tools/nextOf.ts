import type * as Job from '../Job.js'

/** What whoever sees this job should do next, in plain words. */
export function nextOf(job: Job.Job, options: { approvalId?: string | undefined } = {}): string {
  const { approvalId } = options
  switch (job.status) {
    case 'needs_approval':
      return `Ask the wallet’s owner to run \`zecchino approve ${approvalId ?? job.id}\`, then call video_generate again with the same quote_id.`
    case 'needs_consent':
      return `Ask the wallet’s owner to read the policy and run \`zecchino consent ${job.id}\`, then call video_generate again with the same quote_id.`
    case 'intent':
    case 'reserved':
    case 'sending':
    case 'queued':
    case 'ready':
      return `Call video_retrieve with job_id ${job.id} to wait for the file. Do not buy it again.`
    case 'saved':
    case 'cleaned':
      return `The video is saved${job.file ? ` at ${job.file.path}` : ''}.`
    case 'rejected':
      return 'Nothing was charged for the video. Fix what detail says, then start over with video_quote.'
    case 'failed_refunded':
      return 'The price was refunded. Change the prompt or the model and start over with video_quote.'
    case 'failed_unrefunded':
      return `Call video_retrieve with job_id ${job.id} later to see whether the refund has come.`
    case 'ambiguous':
      return `Do not buy it again. Ask the wallet’s owner to compare \`zecchino transactions\` and run \`zecchino resolve ${job.id}\`.`
    case 'lost_media':
      return 'The file cannot be fetched any more; tell the wallet’s owner what detail says.'
    case 'abandoned':
      return 'The job was given up. Start over with video_quote.'
  }
}
