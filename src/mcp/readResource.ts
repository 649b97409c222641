import type { Zecchino } from '../flows/createZecchino.js'
import { crowdOf } from '../flows/crowdOf.js'
import { policyOf } from '../flows/policyOf.js'
import { progressOf } from '../flows/progressOf.js'
import { readReceipt } from '../flows/readReceipt.js'
import { readWaits } from '../flows/readWaits.js'
import * as Job from '../Job.js'
import * as Money from '../Money.js'
import * as Policy from '../Policy.js'
import { nextOf } from '../tools/nextOf.js'

/** What a URI names. */
export type Named = { id: string; kind: 'job' | 'receipt' } | { kind: 'policy' }

/** The owner's policy, read-only. */
export const policyUri = 'zecchino://policy'

/** Reads what a URI names, if it is one of ours. */
export function namedBy(uri: string): Named | undefined {
  if (uri === policyUri) return { kind: 'policy' }
  const match = /^zecchino:\/\/(job|receipt)s\/([\w-]{1,100})$/.exec(uri)
  return match ? { id: match[2] ?? '', kind: match[1] as 'job' | 'receipt' } : undefined
}

/**
 * Reads a resource as plain JSON: never video bytes, never a secret.
 *
 * @throws {@link Job.NotFoundError}
 */
export async function readResource(zecchino: Zecchino, named: Named): Promise<object> {
  if (named.kind === 'policy') return policyIn(zecchino)
  if (named.kind === 'receipt') return readReceipt(zecchino, named.id)
  const job = await zecchino.ledger.findJob(named.id)
  if (!job) throw new Job.NotFoundError({ id: named.id })
  return jobOf(zecchino, job)
}

async function jobOf(zecchino: Zecchino, job: Job.Job) {
  const { client, ledger, payer } = zecchino
  const now = client.now()
  const crowd = crowdOf(await ledger.jobs({ statuses: ['queued'] }), now)
  const { done, etaSeconds } = progressOf(job, { crowd, now })
  return {
    job_id: job.id,
    status: job.status,
    model: job.model,
    quote_id: job.quoteId,
    price_usd: Money.format(job.price),
    progress: Math.round(done * 100) / 100,
    eta_seconds: etaSeconds,
    created_at: job.createdAt.toISOString(),
    updated_at: job.updatedAt.toISOString(),
    file: job.file,
    refund_usd: job.refund === undefined ? undefined : Money.format(job.refund),
    detail: job.detail || (await readWaits(zecchino))(job),
    next: nextOf(job, { now: client.providerTime().at, payer }),
  }
}

/** The policy under the names of `config.json`, amounts in USD. */
async function policyIn(zecchino: Zecchino) {
  const { ledger, network } = zecchino
  const policy = await policyOf(zecchino)
  const { payee } = await ledger.state()
  return {
    ...(zecchino.payer === 'wallet'
      ? { wallet: zecchino.wallet.address, network: network.name }
      : { api_key: ledger.account }),
    ...Policy.format(policy),
    payTo: policy.payTo ?? payee ?? null,
    note: 'Set by the wallet’s owner with `zecchino policy set`; no tool can change it.',
  }
}
