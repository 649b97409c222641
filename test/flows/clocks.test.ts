import { expect, test, vi } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import type { WalletZecchino } from '../../src/flows/createZecchino.js'
import { quote } from '../../src/flows/quote.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import { syncRows } from '../../src/flows/syncRows.js'
import type * as Job from '../../src/Job.js'
import { privateRequest, request } from '../crash/requests.js'
import { createLab } from '../support/createLab.js'

vi.setConfig({ testTimeout: 60_000 })

const [second, minute] = [1_000, 60_000]
const lost = { kind: 'reset', route: 'queue', when: 'after' }
const future = { kind: 'row-clock', ms: 73 * 365 * 86_400_000, route: '*' }

async function buy(zecchino: WalletZecchino) {
  const { quote: made } = await quote(zecchino, request)
  return (await buyVideo(zecchino, { quoteId: made.id })).job
}

test.each([
  ['20 s ahead', 20 * second, []],
  ['10 min ahead', 10 * minute, []],
  ['10 min behind', -10 * minute, []],
  ['right, and a row of before is dated 2099', 0, [future]],
])(
  'behavior: the sender’s clock is %s ⇒ its charge is seen by another',
  async (_, clock, faults) => {
    await using lab = await createLab()
    await lab.fault(lost, ...faults)
    await lab.credit(lab.address, '20')
    const sender = await lab.process({ clock })
    await sender.ready()
    const { id } = await buy(sender)
    expect(
      await lab.pass({ minutes: 1, until: async () => (await lab.state()).charges.length > 0 }),
    ).toBeDefined()
    await sender.close()
    lab.advance(16 * second)

    const reader = await lab.process()
    await reader.ready()

    const isSaved = async () => (await reader.ledger.findJob(id))?.status === 'cleaned'
    expect(await lab.pass({ minutes: 2, until: isSaved })).toBeDefined()
    expect((await lab.state()).charges).toHaveLength(1)
    expect((await reader.ledger.state()).frozen).toBeUndefined()
  },
)

test.each([-200 * second, 200 * second, -10 * minute, 10 * minute])(
  'behavior: a reader whose clock is %d ms off ties what others paid, and stops nobody',
  async (clock) => {
    await using lab = await createLab()
    await lab.fund(lab.address, '20')
    const payer = await lab.process()
    const { payment } = await raiseCredit(payer, {})
    lab.advance(5 * minute) // later than what is nobody's is waited for
    const reader = await lab.process({ clock })

    await reader.ready()

    expect(await reader.ledger.linkedRows(payment?.id ?? '')).toHaveLength(1)
    expect((await reader.ledger.state()).frozen).toBeUndefined()
  },
)

test.each([-10 * minute, 10 * minute])(
  'behavior: a reader whose clock is %d ms off ties a charge without a name when it is time',
  async (clock) => {
    await using lab = await createLab()
    await lab.credit(lab.address, '20')
    await lab.fault({ form: 'none', kind: 'other-request-id', route: 'queue' })
    const buyer = await lab.process()
    const { id } = await buy(buyer)
    const isSaved = async () => (await buyer.ledger.findJob(id))?.status === 'cleaned'
    expect(await lab.pass({ minutes: 2, until: isSaved })).toBeDefined()
    await buyer.close()
    const reader = await lab.process({ clock })

    lab.advance(28 * minute) // the job's own charge may yet come
    await syncRows(reader)
    expect(await reader.ledger.linkedRows(id)).toHaveLength(0)
    lab.advance(6 * minute)
    await syncRows(reader)
    expect(await reader.ledger.linkedRows(id)).toHaveLength(1)
  },
)

test('behavior: a row dated 2099 ends no reading of those of now', async () => {
  await using lab = await createLab()
  await lab.fault(future)
  await lab.credit(lab.address, '1')
  const reader = await lab.process()
  await syncRows(reader)
  for (let made = 0; made < 120; made += 1) await lab.credit(lab.address, '0.01')

  await syncRows(reader)

  expect(await reader.ledger.unlinkedRows()).toHaveLength(121)
})

test('behavior: the row of our own payment is ours, whatever its date', async () => {
  await using lab = await createLab()
  await lab.fund(lab.address, '20')
  await lab.fault(future)
  const payer = await lab.process()
  const { payment } = await raiseCredit(payer, {})
  const reader = await lab.process()

  await reader.ready()

  const [row] = await reader.ledger.linkedRows(payment?.id ?? '')
  expect(row?.createdAt).toMatch(/^209\d/)
  expect((await reader.ledger.state()).frozen).toBeUndefined()
})

test('behavior: what was there before the first purchase is nobody’s, however late it shows', async () => {
  await using lab = await createLab()
  await lab.credit(lab.address, '20')
  lab.advance(minute)
  await lab.fault({
    kind: 'late-rows',
    ms: 10 * minute,
    of: ['TOP_UP'],
    route: '*',
    times: 'always',
  })
  const buyer = await lab.process()
  const { id } = await buy(buyer)
  const isSaved = async () => (await buyer.ledger.findJob(id))?.status === 'cleaned'
  expect(await lab.pass({ minutes: 2, until: isSaved })).toBeDefined()
  expect(await buyer.ledger.linkedRows('history')).toEqual([])
  lab.advance(10 * minute)
  const reader = await lab.process()

  await reader.ready()

  expect(await reader.ledger.linkedRows('history')).toMatchObject([{ type: 'TOP_UP' }])
  expect((await reader.ledger.state()).frozen).toBeUndefined()
})

test('behavior: when a payment was sent is kept by the ledger’s clock', async () => {
  await using lab = await createLab()
  await lab.fund(lab.address, '20')
  const payer = await lab.process({ clock: 50 * second })

  const { payment } = await raiseCredit(payer, {})

  expect(payment?.sentAt?.getTime()).toBeLessThan(lab.now().getTime())
})

test('behavior: the link of a job is waited for by the ledger’s clock', async () => {
  await using lab = await createLab()
  await lab.credit(lab.address, '20')
  await lab.fault(lost)
  const reader = await lab.process({ clock: 10 * minute })
  await reader.ready()
  const { quote: made } = await quote(reader, privateRequest)
  const { job } = await buyVideo(reader, { quoteId: made.id })
  const has = (status: Job.Status) => async () =>
    (await reader.ledger.findJob(job.id))?.status === status
  expect(await lab.pass({ minutes: 1, until: has('queued') })).toBeDefined()

  expect(await lab.pass({ minutes: 1, until: has('lost_media') })).toBeUndefined()
  lab.advance(2 * minute)
  expect(await lab.pass({ minutes: 2, until: has('lost_media') })).toBeDefined()
})
