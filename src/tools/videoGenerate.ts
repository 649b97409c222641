import * as z from 'zod'

import { buyVideo } from '../flows/buyVideo.js'
import { watch } from '../flows/watch.js'
import { printable } from '../internal/printable.js'
import * as Job from '../Job.js'
import * as Money from '../Money.js'
import { defineTool } from './defineTool.js'
import { nextOf } from './nextOf.js'

/** How long the call waits for the job to be queued, in milliseconds. */
const patience = 20_000

export const videoGenerate = defineTool({
  name: 'video_generate',
  title: 'Buy a quoted video',
  description:
    'Spends money. Buys the video of a quote from prepaid credit, topping up in USDC first if needed and allowed. The same quote_id always answers with the same job, so repeating it is safe and never pays twice. Next: video_retrieve with the job_id.',
  input: z.strictObject({
    quote_id: z.string().min(1).max(100),
    max_usd: Money.Text.optional().describe('Refuse a higher price, such as "0.50".'),
  }),
  output: z.object({
    job_id: z.string(),
    status: z.enum(Job.statuses),
    price_usd: z.string(),
    approval_id: z.string().optional(),
    policy_text: z.string().optional(),
    face_media_roles: z.array(z.string()).optional(),
    detail: z.string().optional(),
    next: z.string(),
  }),
  spends: true,
  async run(zecchino, { max_usd, quote_id }, { signal }) {
    const { approval, job } = await buyVideo(zecchino, {
      maxPrice: max_usd === undefined ? undefined : Money.parse(max_usd),
      quoteId: quote_id,
    })
    const settled = approval
      ? job
      : await watch(zecchino, {
          jobId: job.id,
          signal,
          timeout: patience,
          until: ({ status }) => status !== 'reserved' && status !== 'sending',
        })
    const { consent, detail } = settled
    return {
      job_id: settled.id,
      status: settled.status,
      price_usd: Money.format(settled.price),
      ...(approval && { approval_id: approval.id }),
      ...(settled.status === 'needs_consent' &&
        consent && {
          face_media_roles: consent.face_media_roles.map((role) => printable(role, 60)),
          policy_text: printable(consent.consent.policy_text, 20_000),
        }),
      ...(detail && Job.isSettled(settled.status) && { detail }),
      next: nextOf(settled, { approvalId: approval?.id }),
    }
  },
})
