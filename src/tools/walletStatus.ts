import * as z from 'zod'

import { listModels } from '../actions/listModels.js'
import { readUsdc } from '../actions/readUsdc.js'
import type { Zecchino } from '../flows/createZecchino.js'
import { policyOf } from '../flows/policyOf.js'
import { readCredit } from '../flows/readCredit.js'
import { readWaits } from '../flows/readWaits.js'
import * as Job from '../Job.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Wallet from '../Wallet.js'
import { defineTool } from './defineTool.js'

const Cap = z.object({ cap: z.string(), left: z.string() })

export const walletStatus = defineTool({
  name: 'wallet_status',
  title: 'Wallet status',
  description:
    'Free. Shows address, network, USDC, prepaid credit, the owner’s caps and what is left of each, open approvals, unresolved money, and whether spending is stopped. Only the owner can change any of it.',
  input: z.strictObject({}),
  output: z.object({
    pays_with: z.enum(['wallet', 'api_key']),
    address: z.string().optional(),
    api_key: z.string().optional().describe('Its name here: a hash.'),
    network: z.string().optional(),
    credit_usd: z.string().optional(),
    usdc: z.string().optional(),
    caps: z.object({
      per_video_usd: z.string(),
      per_top_up_usd: z.string(),
      credit_usd: z.string(),
      paid_total_usd: Cap.describe('USDC that may ever leave the wallet.'),
      spend_per_day_usd: Cap,
      spend_total_usd: Cap,
      top_ups_per_day: Cap,
    }),
    open_approvals: z.array(
      z.object({ approval_id: z.string(), job_id: z.string(), expires_at: z.string() }),
    ),
    unresolved: z.array(
      z.object({
        id: z.string(),
        status: z.string(),
        usd: z.string(),
        detail: z.string().optional(),
      }),
    ),
    frozen: z.string().nullable(),
    note: z.string().optional(),
    next: z.string(),
  }),
  spends: false,
  async run(zecchino) {
    const { ledger } = zecchino
    const policy = await policyOf(zecchino)
    const [state, usage, approvals, balance, usdc] = await Promise.all([
      ledger.state(),
      ledger.usage(),
      ledger.approvals(),
      creditOf(zecchino),
      usdcOf(zecchino),
    ])
    const sent = await sentOf(zecchino, balance !== undefined)
    const unresolved = [
      ...(await unresolvedOf(zecchino, sent)),
      ...(balance ? lateOf(balance) : []),
    ]
    const left = (cap: bigint, used: bigint) => (cap > used ? cap - used : 0n)
    const usd = (cap: bigint, used: bigint) => ({
      cap: Money.format(cap),
      left: Money.format(left(cap, used)),
    })
    return {
      ...payerOf(zecchino),
      ...(balance && { credit_usd: Money.format(balance.credit) }),
      ...(usdc !== undefined && { usdc: Money.format(usdc) }),
      caps: {
        per_video_usd: Money.format(policy.maxPerVideoUsd),
        per_top_up_usd: Money.format(policy.maxTopUpUsd),
        credit_usd: Money.format(policy.maxCreditUsd),
        paid_total_usd: usd(policy.maxPaidTotalUsd, usage.paid),
        spend_per_day_usd: usd(policy.maxSpendPerDayUsd, usage.perDay),
        spend_total_usd: usd(policy.maxSpendTotalUsd, usage.total),
        top_ups_per_day: {
          cap: String(policy.maxTopUpsPerDay),
          left: String(left(BigInt(policy.maxTopUpsPerDay), usage.topUpsPerDay)),
        },
      },
      open_approvals: approvals.map(({ expiresAt, id, jobId }) => ({
        approval_id: id,
        job_id: jobId,
        expires_at: expiresAt.toISOString(),
      })),
      unresolved,
      frozen: state.frozen?.reason ?? null,
      ...noteOf(zecchino),
      next: state.frozen
        ? 'Spending is stopped: tell the wallet’s owner what frozen says. Jobs that are paid for go on.'
        : sent
          ? `Do not buy anything twice. ${sent.words} Call wallet_status again after that, and tell the owner if it stays.`
          : unresolved.length > 0
            ? 'Some money is unresolved and is being worked on: call wallet_status again in a minute, and tell the owner if it stays.'
            : 'Call video_models to choose a model, then video_quote.',
    }
  },
})

function payerOf(zecchino: Zecchino) {
  if (zecchino.payer === 'key')
    return { pays_with: 'api_key' as const, api_key: zecchino.ledger.account }
  const { network, wallet } = zecchino
  return { pays_with: 'wallet' as const, address: wallet.address, network: network.name }
}

/** What whoever pays should know about how it is paid. */
function noteOf({ client, payer }: Zecchino) {
  if (payer === 'key') return { note: keyNote }
  return client.hasKey ? { note: Wallet.wins } : undefined
}

const keyNote =
  'An API key pays, from the account behind it. It shows no credit and none of Venice’s rows, and cannot be topped up from here: look at venice.ai. A paid request that is never answered is for the owner to decide about, and nothing is sent again by itself.'

async function creditOf(zecchino: Zecchino) {
  if (zecchino.payer === 'key') return undefined
  return readCredit(zecchino).catch(() => undefined) // the rest is worth showing without it
}

/** A payment that is credited, and that the balance does not show yet. */
function lateOf({ fresh, late }: Ledger.Credit) {
  if (!fresh || late === 0n) return []
  const detail = 'Venice has credited it, and its balance does not show it yet: it is there.'
  return [{ detail, id: fresh.id, status: fresh.status, usd: Money.format(late) }]
}

async function usdcOf(zecchino: Zecchino): Promise<bigint | undefined> {
  if (zecchino.payer === 'key' || !zecchino.rpc) return undefined
  const { network, rpc, wallet } = zecchino
  const { address } = wallet
  return readUsdc(rpc, { address, network }).catch(() => undefined) // shown only when it is known
}

type Sent = { id: string; words: string }

/** The job whose paid request has no answer yet: what is known of it, and whether Venice can be asked. */
async function sentOf(zecchino: Zecchino, isCredit: boolean): Promise<Sent | undefined> {
  const { client, ledger, payer } = zecchino
  const [job] = await ledger.jobs({ limit: 1, statuses: ['sending'] })
  const words = job && (await readWaits(zecchino))(job)
  if (!words) return undefined
  const isReached =
    payer === 'wallet' ? isCredit : await listModels(client).then(Boolean, () => false)
  const venice = isReached ? 'Venice answers.' : 'Venice cannot be reached right now.'
  return { id: job.id, words: `${venice} ${words}` }
}

/** Money that nobody can account for yet: it is shown until it is resolved. */
async function unresolvedOf({ client, ledger }: Zecchino, sent: Sent | undefined) {
  const payments = await ledger.payments({ statuses: Ledger.openPaymentStatuses })
  const now = client.providerTime().at
  const found = await ledger.jobs({ statuses: ['sending', 'ambiguous', ...Job.givenUp] })
  const jobs = found.filter((job) => job.status !== 'lost_media' || Job.canLookAgain(job, now))
  return [
    ...payments.map(({ amount, detail, id, status }) => ({ amount, detail, id, status })),
    ...jobs.map(({ detail, id, price, status }) => ({
      amount: price,
      detail: id === sent?.id ? sent.words : detail,
      id,
      status,
    })),
  ].map(({ amount, detail, id, status }) => ({
    id,
    status,
    usd: Money.format(amount),
    ...(detail && { detail }),
  }))
}
