import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'vitest'

import type * as Job from '../../src/Job.js'
import type * as Ledger from '../../src/Ledger.js'
import * as Money from '../../src/Money.js'
import { isKept } from '../support/isKept.js'

/** What a process says about its ledger, as JSON. */
export type Told = {
  events: number
  head: string
  jobs: (Pick<Job.Job, 'detail' | 'file' | 'hash' | 'id' | 'model' | 'queueId' | 'status'> & {
    price: string
    refund?: string
  })[]
  payments: (Pick<Ledger.Payment, 'detail' | 'id' | 'jobId' | 'nonce' | 'status'> & {
    amount: string
  })[]
  state: { frozen?: { reason: string }; payments: number }
  usage: { paid: string; perDay: string; topUpsPerDay: string; total: string }
}

/** The part of the sandbox's state that is the truth about a wallet. */
export type Truth = {
  charges: { amount_usd: string; queue_id: string; wallet: string }[]
  /** Credit that nobody paid for: given through the control API. */
  gifts: { amount_usd: string; wallet: string }[]
  jobs: { body_hash: string; downloads: number; media: string; queue_id: string; wallet: string }[]
  refunds: { amount_usd: string; wallet: string }[]
  requests: { path: string; status: number | null; verdict: string; wallet?: string }[]
  settlements: {
    amount_usd: string
    credited: boolean
    nonce: string
    payer: string
    presented: number
  }[]
  wallets: { address: string; credit_usd: string; usdc: string }[]
}

/**
 * Holds the ledger against the truth of the sandbox: nothing is paid twice, nothing is paid that is
 * not on record, and the credit is exact to the micro-dollar.
 */
export function expectHonest({ told, truth }: { told: Told; truth: Truth }): void {
  const { jobs, payments } = told
  const nonces = truth.settlements.map(({ nonce }) => nonce)
  expect(new Set(nonces).size, 'settlements per intent').toBe(nonces.length)
  expect(
    payments.map(({ nonce }) => nonce),
    'settlements on record',
  ).toEqual(expect.arrayContaining(nonces))
  expect(
    payments.filter(({ nonce, status }) => status === 'failed_unpaid' && nonces.includes(nonce)),
    'payments called unpaid that were paid',
  ).toEqual([])
  const payers = payments.flatMap(({ jobId }) => jobId ?? [])
  expect(new Set(payers).size, 'top-ups per job').toBe(payers.length)

  const bodies = truth.jobs.map(({ body_hash: hash }) => hash)
  for (const hash of new Set(bodies))
    expect(
      bodies.filter((one) => one === hash).length,
      'paid requests per job',
    ).toBeLessThanOrEqual(jobs.filter((job) => job.hash === hash).length)
  const queued = jobs.flatMap(({ queueId }) => queueId ?? [])
  expect(
    truth.jobs.map(({ queue_id: id }) => id),
    'jobs at the provider',
  ).toEqual(expect.arrayContaining(queued))
  expect(new Set(queued).size, 'jobs with one queue id').toBe(queued.length)

  const credited = truth.settlements.filter(({ credited }) => credited)
  const credit = sum(credited) + sum(truth.gifts) - sum(truth.charges) + sum(truth.refunds)
  expect(truth.wallets[0]?.credit_usd ?? '0', 'credit').toBe(Money.formatExact(credit))
}

/** To the last decimal, so that nothing is lost between them. */
function sum(amounts: readonly { amount_usd: string }[]): bigint {
  return amounts.reduce((total, { amount_usd: usd }) => total + Money.parseExact(usd), 0n)
}

/** What the sandbox knows about one wallet. */
export async function truthOf(controlUrl: string, address: string): Promise<Truth> {
  const state = (await (await fetch(`${controlUrl}/state`)).json()) as Truth
  const is = (one: string | undefined) => one?.toLowerCase() === address.toLowerCase()
  return {
    charges: state.charges.filter(({ wallet }) => is(wallet)),
    gifts: state.gifts.filter(({ wallet }) => is(wallet)),
    jobs: state.jobs.filter(({ wallet }) => is(wallet)),
    refunds: state.refunds.filter(({ wallet }) => is(wallet)),
    requests: state.requests.filter(({ wallet }) => is(wallet)),
    settlements: state.settlements.filter(({ payer }) => is(payer)),
    wallets: state.wallets.filter(({ address }) => is(address)),
  }
}

type Sidecar = { file: { sha256: string } }

/**
 * Exactly the files of saved jobs, each with its sidecar, are there, whole, and nothing else but
 * what is kept because it could not be read: of that each job tells.
 */
export function expectFiles(home: string, { jobs }: Told): void {
  const folder = join(home, 'videos')
  const there = existsSync(folder) ? readdirSync(folder).toSorted() : []
  const ids = jobs.map(({ id }) => id)
  const kept = there.filter((name) => isKept(name, ids))
  const words = jobs.map(({ detail }) => detail).join(' ')
  expect(
    kept.filter((name) => !words.includes(join(folder, name))),
    'kept, not told',
  ).toEqual([])
  const found = there.filter((name) => !kept.includes(name))
  const saved = jobs.filter(({ status }) => status === 'saved' || status === 'cleaned')
  const expected = saved.flatMap(({ id }) => [`${id}.json`, `${id}.mp4`])
  expect(found, 'files').toEqual(expected.toSorted())
  for (const { file, id } of saved) {
    const sidecar = JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8')) as Sidecar
    expect(sidecar.file.sha256, 'sidecar').toBe(file?.sha256)
    const bytes = readFileSync(file?.path ?? '')
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(file?.sha256)
  }
}
