import { expect, test } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { decide } from '../../src/flows/decide.js'
import { giveConsent } from '../../src/flows/giveConsent.js'
import { quote } from '../../src/flows/quote.js'
import { showApproval } from '../../src/flows/showApproval.js'
import { showConsent } from '../../src/flows/showConsent.js'
import { watch } from '../../src/flows/watch.js'
import type * as Job from '../../src/Job.js'
import * as Policy from '../../src/Policy.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { cheap } from '../support/cheap.js'
import { control, createBuyer } from '../support/createBuyer.js'

const video = { ...cheap, prompt: 'She turns around' }
const minute = 60_000

/** A job that was approved, and that then waits for a consent. Noon, so that no day ends. */
async function setup() {
  let ahead = (36 - ((Date.now() / 3_600_000) % 24)) * 3_600_000
  const now = () => new Date(Date.now() + ahead)
  const sandbox = await listenSandbox({ now, speed: 400 })
  const buyer = await createBuyer({
    apiUrl: sandbox.apiUrl,
    now,
    policy: { approveAboveUsd: '0', maxSpendPerDayUsd: '0.20' },
  })
  const { zecchino } = buyer
  const world = control(sandbox.controlUrl)
  await world.credit(buyer.address, '20')
  await world.fault({ kind: 'needs-consent', route: 'queue' })
  const buy = async (quoteId: string) => {
    const { approval, job } = await buyVideo(zecchino, { quoteId })
    if (approval) return job
    return watch(zecchino, {
      jobId: job.id,
      timeout: 20_000,
      until: ({ status }) => !['reserved', 'sending'].includes(status),
    })
  }
  /** Quotes, and lets the owner approve. */
  const approve = async (prompt: string) => {
    const { quote: made } = await quote(zecchino, { ...video, prompt })
    const { id } = await buy(made.id)
    const shown = await showApproval(zecchino, id)
    await decide(zecchino, { decision: 'approved', shown, via: 'cli' })
    return made.id
  }
  const quoteId = await approve('She turns around')
  const asked = await buy(quoteId)
  expect(asked.status).toBe('needs_consent')
  return {
    advance: (ms: number) => void (ahead += ms),
    approve,
    buy: () => buy(quoteId),
    buyOther: buy,
    consent: async () =>
      giveConsent(zecchino, { shown: await showConsent(zecchino, asked.id), via: 'cli' }),
    id: asked.id,
    zecchino,
    async charges() {
      return (await world.state()).charges.length
    },
    async [Symbol.asyncDispose]() {
      await buyer[Symbol.asyncDispose]()
      await sandbox.close()
    },
  }
}

test('default: who reads for longer than an approval lives agrees to the purchase once more', async () => {
  await using it = await setup()
  it.advance(3 * 60 * minute)
  expect((await it.buy()).status).toBe('needs_consent')
  await it.consent()
  it.advance(Policy.quoteLifetime - minute)
  expect((await it.buy()).status).not.toBe('needs_consent')
  expect(await it.charges()).toBe(1)
})

test('behavior: after a consent as old as that the owner is asked about the purchase anew', async () => {
  await using it = await setup()
  it.advance(Policy.quoteLifetime)
  await it.consent()
  it.advance(Policy.quoteLifetime)
  expect(await it.buy()).toMatchObject({ id: it.id, status: 'needs_approval' })
  expect(await it.charges()).toBe(0)
  const shown = await showApproval(it.zecchino, it.id)
  await decide(it.zecchino, { decision: 'approved', shown, via: 'cli' })
  expect(['needs_consent', 'needs_approval']).not.toContain((await it.buy()).status)
  expect(await it.charges()).toBe(1)
})

test('behavior: the freeze and the caps of that day hold', async () => {
  await using it = await setup()
  const { ledger } = it.zecchino
  it.advance(60 * minute)
  await it.consent()
  await ledger.freeze('lunch')
  await expect(it.buy()).rejects.toMatchObject({ code: 'WALLET_FROZEN' })
  await ledger.unfreeze('after lunch')

  // Meanwhile the day's money went elsewhere: $0.14 of $0.20.
  const other = await it.approve('A bell')
  expect((await it.buyOther(other)).status).not.toBe('needs_consent')
  await expect(it.buy()).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED' })
  expect(await it.charges()).toBe(1)
})

test('error: consent is no approval of a top-up that nobody was asked about', async () => {
  await using sandbox = await listenSandbox({ speed: 400 })
  await using buyer = await createBuyer({
    apiUrl: sandbox.apiUrl,
    policy: { approveAboveUsd: '1' },
  })
  const { zecchino } = buyer
  const world = control(sandbox.controlUrl)
  await world.fund(buyer.address, '20')
  await world.credit(buyer.address, '0.30')
  const buy = async (prompt: string) => {
    const quoted = await quote(zecchino, { ...video, prompt })
    expect(quoted).toMatchObject({ needsApproval: false, topUp: 0n })
    const { job } = await buyVideo(zecchino, { quoteId: quoted.quote.id })
    const until = ({ status }: Job.Job) => !['reserved', 'sending'].includes(status)
    return watch(zecchino, { jobId: job.id, timeout: 20_000, until })
  }
  await world.fault({ kind: 'needs-consent', route: 'queue' })
  const asked = await buy('She turns around')
  expect(asked.status).toBe('needs_consent')
  await buy('A bell')
  await giveConsent(zecchino, { shown: await showConsent(zecchino, asked.id), via: 'cli' })

  const { approval, job } = await buyVideo(zecchino, { quoteId: asked.quoteId })

  expect(job).toMatchObject({
    detail: expect.stringMatching(/^Nobody had to agree to it before; .+ top-up of \$5\.00 by now/),
    id: asked.id,
    status: 'needs_approval',
  })
  expect(approval).toMatchObject({ status: 'open', topUp: 5_000_000n })
  expect(await world.state()).toMatchObject({ charges: [{}], settlements: [] })
})
