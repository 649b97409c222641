import * as Money from '../Money.js'
import { statusOf } from './statusOf.js'
import { wireRow } from './wireRow.js'
import type { Job, Row, World } from './world.js'

/** The truth: everything that happened, as JSON. No signature, authorization or download token. */
export async function viewState(world: World, options: viewState.Options = {}) {
  const { requests = world.requests.length } = options
  const { chain, network, payTo } = world
  const transfers = await chain.transfers()
  const holders = new Set(transfers.map(({ to }) => to.toLowerCase()))
  const balances: Record<string, string> = {}
  for (const holder of holders)
    balances[holder] = Money.format(await chain.balanceOf(holder as `0x${string}`))
  return {
    now: world.now().toISOString(),
    network: network.name,
    behavior: world.behavior,
    envelopes: world.envelopes,
    speed: world.speed,
    chain: {
      chainId: network.chainId,
      asset: network.asset,
      payTo,
      balances,
      transfers: transfers.map((transfer) => ({
        from: transfer.from,
        to: transfer.to,
        amount_usdc: Money.format(transfer.amount),
        nonce: transfer.nonce ?? null,
        transaction: transfer.transaction,
        block: Number(transfer.block),
        at: new Date(transfer.at * 1_000).toISOString(),
      })),
    },
    wallets: [...new Set([...world.accounts.keys(), ...holders])]
      .filter((id) => id !== payTo.toLowerCase())
      .map((id) => {
        const account = world.accounts.get(id)
        return {
          address: id,
          credit_usd: Money.formatExact(account?.credit ?? 0n),
          ...(account?.diem !== undefined && { diem_usd: Money.format(account.diem) }),
          usdc: balances[id] ?? '0',
        }
      }),
    settlements: [...world.settlements.values()].map((settlement) => ({
      payment_id: settlement.paymentId,
      payer: settlement.payer,
      amount_usd: Money.format(settlement.amount),
      nonce: settlement.nonce,
      transaction: settlement.transaction,
      credited: settlement.credited,
      presented: settlement.presented,
      at: new Date(settlement.at).toISOString(),
    })),
    rows: world.rows.map((row) => ({ ...wireRow(row), wallet: row.account })),
    charges: world.rows.filter((row) => row.type === 'CHARGE').map(moneyRow),
    refunds: world.rows.filter((row) => row.type === 'REFUND').map(moneyRow),
    gifts: world.rows.filter(({ isGift }) => isGift).map(moneyRow),
    consents: [...world.consents.values()].map(({ account, ...consent }) => ({
      wallet: account,
      ...consent,
    })),
    jobs: [...world.jobs.values()].map((job) => viewJob(world, job)),
    requests: requests === 0 ? [] : world.requests.slice(-requests),
    requests_dropped: world.requestsDropped,
    faults: world.faults,
  }
}

export declare namespace viewState {
  type Options = {
    /** Only the newest so many requests. @default all */
    requests?: number | undefined
  }
}

function moneyRow(row: Row) {
  const { account, amount, at, id, modelId, requestId } = row
  return {
    row_id: id,
    wallet: account,
    amount_usd: Money.formatExact(amount < 0n ? -amount : amount),
    model: modelId,
    queue_id: requestId,
    at: new Date(at).toISOString(),
  }
}

function viewJob(world: World, job: Job) {
  return {
    queue_id: job.queueId,
    model: job.model.id,
    wallet: job.account,
    status: statusOf(world, job),
    price_usd: Money.format(job.price),
    refunded: job.failure?.refunded ?? false,
    body_hash: job.bodyHash,
    width: job.width,
    height: job.height,
    seconds: job.seconds,
    ...(job.note && { note: job.note }),
    ...(job.requestId !== undefined && { request_id: job.requestId }),
    created_at: new Date(job.createdAt).toISOString(),
    ready_at: new Date(job.readyAt).toISOString(),
    private: job.token !== undefined,
    media: job.deleted ?? 'held',
    downloads: job.gets,
  }
}
