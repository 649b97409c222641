import { expect, test, vi } from 'vitest'

import { getBalance } from '../../src/actions/getBalance.js'
import { buyVideo } from '../../src/flows/buyVideo.js'
import type { WalletZecchino } from '../../src/flows/createZecchino.js'
import { planFunds } from '../../src/flows/planFunds.js'
import { quote } from '../../src/flows/quote.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import * as Job from '../../src/Job.js'
import { walletStatus } from '../../src/tools/walletStatus.js'
import { videoRetrieve } from '../../src/tools/videoRetrieve.js'
import { request } from '../crash/requests.js'
import { createLab } from '../support/createLab.js'

vi.setConfig({ testTimeout: 60_000 })

type Lab = Awaited<ReturnType<typeof createLab>>

const minute = 60_000

/** A sandbox whose balance, rows or both lack a payment for so many milliseconds. */
async function setup(late: { balance?: number; rows?: number }) {
  const lab = await createLab()
  await lab.fund(lab.address, '50')
  const always = { times: 'always' }
  if (late.balance)
    await lab.fault({ kind: 'late-balance', ms: late.balance, route: 'balance', ...always })
  if (late.rows)
    await lab.fault({ kind: 'late-rows', ms: late.rows, route: 'transactions', ...always })
  return lab
}

async function buy(zecchino: WalletZecchino, prompt: string): Promise<string> {
  const { quote: made } = await quote(zecchino, { ...request, prompt })
  return (await buyVideo(zecchino, { quoteId: made.id })).job.id
}

/** Moves the clock on until each job has ended; tells how, and after how many minutes. */
async function ends(lab: Lab, { ledger }: WalletZecchino, ids: readonly string[]) {
  const began = lab.now().getTime()
  for (;;) {
    const jobs = await Promise.all(ids.map((id) => ledger.findJob(id)))
    const minutes = (lab.now().getTime() - began) / minute
    const statuses = jobs.map((job) => job?.status ?? 'abandoned')
    if (statuses.every(Job.isSettled) || minutes > 60) return { jobs, minutes, statuses }
    await lab.tick(5_000)
  }
}

const settled = async (lab: Lab) =>
  (await lab.state()).settlements.map(({ amount_usd: usd }) => usd)

test.each([
  ['5 seconds', 5_000, 0],
  ['10 minutes', 10 * minute, 0],
  ['10 minutes, and its row as well', 10 * minute, 10 * minute],
  ['28 minutes, and its row as well', 28 * minute, 28 * minute],
])(
  'behavior: the balance shows a top-up %s late ⇒ it is paid for once, and both videos come',
  async (_, balance, rows) => {
    await using lab = await setup({ balance, rows })
    const zecchino = await lab.process()
    const first = await buy(zecchino, 'A')
    await vi.waitFor(async () => expect(await settled(lab)).toEqual(['5']), 10_000)
    const second = await buy(zecchino, 'B')
    const { statuses } = await ends(lab, zecchino, [first, second])
    expect(statuses).toEqual(['cleaned', 'cleaned'])
    expect(await settled(lab)).toEqual(['5'])
    expect((await lab.state()).charges).toHaveLength(2)
  },
)

test('behavior: another process does not pay again either', async () => {
  await using lab = await setup({ balance: 5 * minute, rows: 5 * minute })
  const [one, two] = [await lab.process(), await lab.process()]
  const ids = await Promise.all([buy(one, 'A'), buy(two, 'B'), buy(one, 'C'), buy(two, 'D')])
  const { statuses } = await ends(lab, one, ids)
  expect(statuses).toEqual(ids.map(() => 'cleaned'))
  expect(await settled(lab)).toEqual(['5'])
})

test('behavior: where the row shows it, the job goes on without the balance', async () => {
  await using lab = await setup({ balance: 20 * minute })
  const zecchino = await lab.process()
  const { minutes, statuses } = await ends(lab, zecchino, [await buy(zecchino, 'A')])
  expect(statuses).toEqual(['cleaned'])
  expect(minutes).toBeLessThan(10)
})

test('behavior: a queue that has not heard of the credit yet is asked again, more and more seldom', async () => {
  await using lab = await setup({ balance: 4 * minute, rows: 4 * minute })
  await lab.fault({ kind: 'endless-402', lasts_ms: 12 * minute, route: 'queue', times: 'always' })
  const zecchino = await lab.process()
  const { minutes, statuses } = await ends(lab, zecchino, [await buy(zecchino, 'A')])
  expect(statuses).toEqual(['cleaned'])
  expect(minutes).toBeGreaterThan(11)
  const { requests } = await lab.state()
  const asked = requests.filter(
    ({ path, status }) => path.endsWith('/video/queue') && status === 402,
  )
  expect(asked.length).toBeGreaterThan(1)
  expect(asked.length).toBeLessThan(60)
  expect(await settled(lab)).toEqual(['5'])
})

test('behavior: what nobody shows for half an hour is said as it is, and paid for once', async () => {
  const day = 23 * 60 * minute
  await using lab = await setup({ balance: day, rows: day })
  const zecchino = await lab.process()
  const { jobs, minutes, statuses } = await ends(lab, zecchino, [await buy(zecchino, 'A')])
  expect(statuses).toEqual(['rejected'])
  expect(minutes).toBeGreaterThan(30)
  expect(minutes).toBeLessThan(40)
  expect(jobs[0]?.detail).toMatch(
    /^Its one top-up of \$5\.00 was taken at .+Z, but neither the credit of \$0\.00 nor Venice’s own rows show it/,
  )
  expect(await settled(lab)).toEqual(['5'])
})

test('behavior: while it waits, the job says for what', async () => {
  await using lab = await setup({ balance: 20 * minute, rows: 20 * minute })
  const zecchino = await lab.process()
  const id = await buy(zecchino, 'A')
  await vi.waitFor(async () => {
    const { detail } = await videoRetrieve.run(zecchino, { job_id: id, wait_seconds: 0 }, {})
    expect(detail).toMatch(
      /^It waits for the \$5\.00 that Venice credited at .+ to show in the balance, until .+; nothing more is paid meanwhile\.$/,
    )
  }, 10_000)
  expect((await ends(lab, zecchino, [id])).jobs).toMatchObject([{ detail: '', status: 'cleaned' }])
})

test('behavior: credit that was raised is there, for whoever asks next', async () => {
  await using lab = await setup({ balance: 10 * minute, rows: 10 * minute })
  const zecchino = await lab.process({ policy: { maxCreditUsd: '8' } })
  expect(await raiseCredit(zecchino, {})).toMatchObject({ credit: 5_000_000n })
  expect(await raiseCredit(zecchino, {})).toMatchObject({ credit: 5_000_000n, payment: undefined })
  expect(await planFunds(zecchino, 1_000_000n)).toEqual({ credit: 5_000_000n, topUp: 0n })
  expect(await walletStatus.run(zecchino, {}, {})).toMatchObject({
    caps: { paid_total_usd: { cap: '999999', left: '999994' } },
    credit_usd: '5',
    unresolved: [{ detail: expect.stringContaining('credited it'), usd: '5' }],
  })
  // The cap on the credit counts what the balance does not show yet.
  await expect(raiseCredit(zecchino, { credit: 10_000_000n })).rejects.toMatchObject({
    code: 'BUDGET_EXCEEDED',
  })
  expect(await settled(lab)).toEqual(['5'])
})

test('behavior: what is bought meanwhile is no credit any more', async () => {
  await using lab = await setup({ balance: 10 * minute, rows: 10 * minute })
  const zecchino = await lab.process()
  await raiseCredit(zecchino, {})
  const id = await buy(zecchino, 'A')
  const { price = 0n } = (await zecchino.ledger.findJob(id)) ?? {}
  await vi.waitFor(async () => {
    lab.advance(2_000)
    expect(['reserved', 'sending']).not.toContain((await zecchino.ledger.findJob(id))?.status)
  }, 20_000)
  expect(await planFunds(zecchino, 5_000_000n)).toMatchObject({ credit: 5_000_000n - price })
  await vi.waitFor(async () => {
    lab.advance(20_000)
    const { balanceUsd } = await getBalance(zecchino.client)
    expect(balanceUsd).toBe(5_000_000n - price)
  }, 10_000)
  expect(await planFunds(zecchino, 1n)).toMatchObject({ credit: 5_000_000n - price })
})
