import Database from 'libsql'
import { expect, test } from 'vitest'
import type * as z from 'zod'

import { queueVideo } from '../../src/actions/queueVideo.js'
import { showApproval } from '../../src/flows/showApproval.js'
import { decide } from '../../src/flows/decide.js'
import { buyVideo } from '../../src/flows/buyVideo.js'
import { ownOf } from '../../src/flows/policyOf.js'
import { quote } from '../../src/flows/quote.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import { setPolicy } from '../../src/flows/setPolicy.js'
import { watch } from '../../src/flows/watch.js'
import * as Job from '../../src/Job.js'
import * as Ledger from '../../src/Ledger.js'
import type * as Policy from '../../src/Policy.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { cheap, cheapPrice } from '../support/cheap.js'
import { control, createBuyer } from '../support/createBuyer.js'

const hour = 3_600_000
const cents = cheapPrice.micros

/** A wallet with credit, and one clock for everybody that a test moves on; noon at first. */
async function setup(
  policy: Partial<z.input<typeof Policy.Policy>> = {},
  { credit = 'given' }: { credit?: 'given' | 'paid' } = {},
) {
  let ahead = (36 - ((Date.now() / hour) % 24)) * hour
  const now = () => new Date(Date.now() + ahead)
  const sandbox = await listenSandbox({ now, speed: 400 })
  const buyer = await createBuyer({ apiUrl: sandbox.apiUrl, now, policy })
  const controls = control(sandbox.controlUrl)
  const { zecchino } = buyer
  if (credit === 'given') await controls.credit(buyer.address, '20')
  else {
    await controls.fund(buyer.address, '20')
    await raiseCredit(zecchino, {})
  }
  return {
    ...buyer,
    ...controls,
    advance: (ms: number) => void (ahead += ms),
    /** Sets a job aside as `buyVideo` does, and leaves it there: as if everybody had stopped. */
    async reserve(): Promise<Job.Job> {
      const { quote: made } = await quote(zecchino, cheap)
      return reserve(zecchino.ledger, made)
    },
    sandbox,
    async work(id: string) {
      zecchino.worker.start(id)
      return watch(zecchino, {
        jobId: id,
        timeout: 30_000,
        until: ({ status }) => status === 'cleaned' || status === 'rejected',
      })
    },
    async [Symbol.asyncDispose]() {
      await buyer[Symbol.asyncDispose]()
      await sandbox.close()
    },
  }
  async function reserve(ledger: Ledger.Ledger, made: Ledger.Quote): Promise<Job.Job> {
    const reserved = await ledger.reserveJob({
      caps: Ledger.capsOf(zecchino.policy),
      job: {
        hash: made.hash,
        id: `job_${made.id}`,
        model: made.model,
        price: made.price,
        quoteId: made.id,
      },
      own: ownOf(zecchino),
    })
    if ('refused' in reserved) throw new Error(reserved.refused)
    return reserved.job
  }
}

test('default: after days it is bought at the price that was agreed to, on the budget of today', async () => {
  await using setting = await setup()
  const { id } = await setting.reserve()
  setting.advance(49 * hour)
  expect(await setting.zecchino.ledger.usage()).toMatchObject({ perDay: 0n, total: cents })

  expect(await setting.work(id)).toMatchObject({ price: cents, status: 'cleaned' })

  expect(await setting.zecchino.ledger.usage()).toMatchObject({ perDay: cents, total: cents })
  const quotes = (await setting.state()).requests.filter(({ path }) => path.endsWith('/quote'))
  expect(quotes).toHaveLength(2)
})

test('behavior: within a quarter of an hour nothing is asked again', async () => {
  await using setting = await setup()
  const { id } = await setting.reserve()
  setting.advance(hour / 5)
  expect((await setting.work(id)).status).toBe('cleaned')
  const quotes = (await setting.state()).requests.filter(({ path }) => path.endsWith('/quote'))
  expect(quotes).toHaveLength(1)
})

test.each([
  [
    'five times the price',
    {},
    (setting: Setting) =>
      setting.fault(
        { factor: 5, kind: 'price-lie', route: 'quote', times: 9 },
        { factor: 5, kind: 'price-lie', route: 'queue', times: 9 },
      ),
    'The price is now $0.70; quoted was $0.14.',
  ],
  [
    'a model off the list',
    {},
    ({ zecchino }: Setting) => setPolicy(zecchino, { models: ['another'] }),
    'models is another, asked was seedance',
  ],
  [
    'less for each video',
    {},
    ({ zecchino }: Setting) => setPolicy(zecchino, { maxPerVideoUsd: cents - 1n }),
    'maxPerVideoUsd is $0.139999',
  ],
  [
    'less for a day',
    {},
    ({ zecchino }: Setting) => setPolicy(zecchino, { maxSpendPerDayUsd: cents - 1n }),
    'maxSpendPerDayUsd',
  ],
  [
    'less in all',
    {},
    ({ zecchino }: Setting) => setPolicy(zecchino, { maxSpendTotalUsd: cents - 1n }),
    'maxSpendTotalUsd',
  ],
  [
    'a model that does not run',
    {},
    ({ sandbox }: Setting) =>
      change(sandbox.controlUrl, { [cheap.model]: { spec: { offline: true } } }),
    'offline',
  ],
])('behavior: %s ⇒ not bought, and freed', async (_, policy, meanwhile, words) => {
  await using setting = await setup(policy)
  const { id } = await setting.reserve()
  setting.advance(hour)
  await meanwhile(setting)

  const job = await setting.work(id)

  expect(job).toMatchObject({ status: 'rejected' })
  expect(job.detail).toContain('after 60 minutes')
  expect(job.detail).toContain(words)
  expect(await setting.zecchino.ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })
  expect((await setting.state()).charges).toEqual([])
})

type Setting = Awaited<ReturnType<typeof setup>>

async function change(controlUrl: string, models: object) {
  const response = await fetch(`${controlUrl}/models`, {
    body: JSON.stringify(models),
    headers: { 'content-type': 'application/json' },
    method: 'POST',
  })
  if (!response.ok) throw new Error(await response.text())
}

test('behavior: a person to ask by now ⇒ they are asked, and nothing is set aside meanwhile', async () => {
  await using setting = await setup()
  const { zecchino } = setting
  const { id, quoteId } = await setting.reserve()
  setting.advance(hour)
  await setPolicy(zecchino, { approveAboveUsd: 0n })
  expect(await setting.work(id)).toMatchObject({
    detail:
      'Nobody had to agree to it before; it costs $0.14 by now, so the owner is asked. Nothing was bought.',
    status: 'needs_approval',
  })
  expect(await zecchino.ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })
  const shown = await showApproval(zecchino, id)
  await decide(zecchino, { decision: 'approved', shown, via: 'cli' })
  await buyVideo(zecchino, { quoteId })
  expect((await setting.work(id)).status).toBe('cleaned')
  expect((await setting.state()).charges).toHaveLength(1)
})

test('behavior: a policy that changed is looked at before the job leaves, however fresh it is', async () => {
  await using setting = await setup()
  const { id } = await setting.reserve()
  await setPolicy(setting.zecchino, { maxPerVideoUsd: cents - 1n })
  expect(await setting.work(id)).toMatchObject({ status: 'rejected' })
  expect((await setting.state()).charges).toEqual([])
})

test('behavior: what may be charged already is decided by its charge, not by its price', async () => {
  await using setting = await setup({}, { credit: 'paid' })
  const { client, ledger } = setting.zecchino
  const { id, quoteId } = await setting.reserve()
  const sentAt = await ledger.now()
  const patch = { providerSentAt: sentAt, sentAt }
  await ledger.moveJob(id, { from: 'reserved', patch, to: 'sending' })
  await queueVideo(client, { body: (await ledger.findQuote(quoteId))?.body ?? '' })
  await ledger.moveJob(id, { from: 'sending', to: 'reserved' })
  setting.advance(hour / 2)
  await setting.fault({ factor: 5, kind: 'price-lie', route: 'quote', times: 9 })

  const until = ({ queueId, status }: Job.Job) => Boolean(queueId) || status === 'rejected'
  setting.zecchino.worker.start(id)
  const job = await watch(setting.zecchino, { jobId: id, timeout: 25_000, until })
  const [charge] = (await setting.state()).charges
  expect(job).toMatchObject({ price: cents, queueId: charge?.queue_id })
  expect((await setting.state()).charges).toHaveLength(1)
})

test('behavior: the budget of the day on which it leaves has to have room', async () => {
  await using setting = await setup({ maxSpendPerDayUsd: Number(cents) / 1e6 })
  const monday = await setting.reserve()
  setting.advance(24 * hour)
  const tuesday = await setting.reserve()

  expect(await setting.work(monday.id)).toMatchObject({ status: 'rejected' })
  expect((await setting.zecchino.ledger.findJob(monday.id))?.detail).toContain('maxSpendPerDayUsd')
  expect(await setting.work(tuesday.id)).toMatchObject({ status: 'cleaned' })
})

test('behavior: a little more, within the tolerance, is set aside before it is sent', async () => {
  await using setting = await setup()
  const { id } = await setting.reserve()
  setting.advance(hour)
  await setting.fault(
    { factor: 1.05, kind: 'price-lie', route: 'quote', times: 9 },
    { factor: 1.05, kind: 'price-lie', route: 'queue', times: 9 },
  )
  const more = (cents * 105n) / 100n
  expect(await setting.work(id)).toMatchObject({ price: more, status: 'cleaned' })
  expect(await setting.zecchino.ledger.usage()).toMatchObject({ perDay: more, total: more })
  expect((await setting.zecchino.ledger.state()).frozen).toBeUndefined()
})

test(
  'behavior: while no price can be had it waits, and nothing is sent',
  { timeout: 60_000 },
  async () => {
    await using setting = await setup()
    const { id } = await setting.reserve()
    setting.advance(hour)
    await setting.fault({ kind: 'status', route: 'quote', status: 503, times: 20 })
    const { ledger, worker } = setting.zecchino
    worker.start(id)
    while (!worker.errorOf(id)) await new Promise((done) => setTimeout(done, 50))

    expect(await ledger.findJob(id)).toMatchObject({ status: 'reserved' })
    expect((await setting.state()).charges).toEqual([])
    await fetch(`${setting.sandbox.controlUrl}/faults`, { method: 'DELETE' })
    const status = async () => (await ledger.findJob(id))?.status
    while ((await status()) !== 'cleaned') await new Promise((done) => setTimeout(done, 100))
  },
)

test('behavior: the body is changed after it was agreed to ⇒ nothing is sent, the wallet is frozen', async () => {
  await using setting = await setup()
  const { home, zecchino } = setting
  const { id } = await setting.reserve()
  tamper(home, cheap.prompt)

  const job = await setting.work(id)

  expect(job).toMatchObject({ status: 'rejected' })
  expect(job.detail).toContain('Somebody changed the ledger; nothing was charged.')
  expect((await zecchino.ledger.state()).frozen?.reason).toContain('The ledger was changed')
  expect(await zecchino.ledger.usage()).toMatchObject({ total: 0n })
  expect((await setting.state()).charges).toEqual([])
})

test('error: the body is changed before it is bought', async () => {
  await using setting = await setup()
  const { home, zecchino } = setting
  const { quote: made } = await quote(zecchino, cheap)
  tamper(home, cheap.prompt)

  await expect(buyVideo(zecchino, { quoteId: made.id })).rejects.toMatchObject({
    code: 'LEDGER_CORRUPT',
  })
  expect((await zecchino.ledger.state()).frozen).toBeDefined()
  expect(await zecchino.ledger.findJobOfQuote(made.id)).toBeUndefined()
})

/** Puts other words into every quote of a ledger, as whoever can write the file may. */
function tamper(home: string, prompt: string) {
  const database = new Database(`${home}/ledger.sqlite`, { timeout: 5_000 } as Database.Options)
  database.exec(`UPDATE quote SET body = replace(body, '${prompt}', 'Something else entirely')`)
  database.close()
}
