import { decide } from '../flows/decide.js'
import type { Zecchino } from '../flows/createZecchino.js'
import { giveConsent } from '../flows/giveConsent.js'
import { policyOf } from '../flows/policyOf.js'
import { linesOf, showApproval } from '../flows/showApproval.js'
import { linesOf as consentLinesOf, showConsent, statements } from '../flows/showConsent.js'
import type * as Job from '../Job.js'
import type * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Policy from '../Policy.js'
import type { Answer, Ask } from './defineTool.js'
import { share } from './share.js'

/** What has been asked about in this process: nobody is asked about the same thing twice. */
const asked = new WeakMap<Zecchino, Set<string>>()

const via = 'elicitation'

/**
 * Asks the owner, in the host, about a job that waits for them, and records what they say as the
 * terminal would. Heeded only where the owner chose `approveVia: elicitation`; whatever is not a
 * clear yes leaves the job as it is, for the terminal.
 *
 * The question may outlast the call: `pending` means that it is still open. A later call for the
 * same job waits for the same answer, and a late yes is recorded all the same.
 */
export async function askOwner(
  zecchino: Zecchino,
  options: askOwner.Options,
): Promise<Answer | 'pending'> {
  const { approval, ask, job, timeout } = options
  if (!ask || (await policyOf(zecchino)).approveVia !== 'elicitation') return 'unanswered'
  const question = approval
    ? { key: approval.id, put: () => askApproval(zecchino, ask, approval) }
    : job.status === 'needs_consent' && job.consent && !job.consent.confirmed_at
      ? {
          key: `${job.id} ${job.consent.consent.consent_version}`,
          put: () => askConsent(zecchino, ask, job),
        }
      : undefined
  if (!question) return 'unanswered'
  const { key, put } = question
  const answer = share(zecchino, `ask ${key}`, async () => {
    const before = asked.get(zecchino) ?? new Set()
    asked.set(zecchino, before)
    if (before.has(key)) return 'unanswered'
    before.add(key)
    return put()
  })
  return Promise.race([answer, after(timeout)])
}

export declare namespace askOwner {
  type Options = {
    approval: Ledger.Approval | undefined
    ask: Ask | undefined
    job: Job.Job
    /** How long this call waits for the answer, in milliseconds. */
    timeout: number
  }
}

async function askApproval(
  zecchino: Zecchino,
  ask: Ask,
  approval: Ledger.Approval,
): Promise<Answer> {
  const { ledger } = zecchino
  if (approval.status !== 'open') return 'unanswered'
  const timeout = approval.expiresAt.getTime() - (await ledger.now()).getTime()
  if (timeout <= 0) return 'unanswered'
  const shown = await showApproval(zecchino, approval.id)
  const { job } = shown
  const extra =
    approval.topUp > 0n ? `, with a top-up of ${Money.display(approval.topUp)} USDC if needed` : ''
  const answer = await ask(
    {
      message: [
        `An agent asks to buy a video with your ${zecchino.payer === 'key' ? 'API key' : 'wallet'}.`,
        ...linesOf(shown),
      ].join('\n'),
      statements: { approve: `Buy this video for ${Money.display(job.price)}${extra}.` },
    },
    { timeout },
  )
  if (answer === 'unanswered') return answer
  const decision = answer === 'confirmed' ? 'approved' : 'denied'
  return (await decide(zecchino, { decision, shown, via })) ? answer : 'unanswered'
}

async function askConsent(zecchino: Zecchino, ask: Ask, { id }: Job.Job): Promise<Answer> {
  // However old the quote is: the price is asked again before anything is bought.
  const timeout = Policy.quoteLifetime
  const shown = await showConsent(zecchino, id)
  const answer = await ask({ message: consentLinesOf(shown).join('\n'), statements }, { timeout })
  if (answer === 'confirmed') await giveConsent(zecchino, { shown, via })
  return answer
}

function after(timeout: number): Promise<'pending'> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(timeout, 0), 'pending').unref())
}
