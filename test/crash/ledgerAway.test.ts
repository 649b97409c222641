import { rmSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

import { afterAll, expect, test } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { quote } from '../../src/flows/quote.js'
import * as Ledger from '../../src/Ledger.js'
import { createTrial } from './createTrial.js'
import { privateRequest, request } from './requests.js'

const trial = await createTrial()
afterAll(() => trial.close())

type Writes =
  | 'beginAttempt'
  | 'moveJob'
  | 'movePayment'
  | 'recordRows'
  | 'refuseAttempt'
  | 'reservePayment'

/**
 * Takes the ledger away for so many minutes, from a write on: before it is done, or after, so that
 * nobody hears that it was. Reads go on, as on a full disk.
 */
function awayAt(options: {
  call: Writes
  /** Writes that go on, as those do that fit into what a full disk has. */
  lets?: readonly string[]
  minutes: number
  now: () => Date
  to?: string
  when: 'after' | 'before'
}) {
  const { call, lets = [], minutes, now, to, when } = options
  let until: number | undefined
  const isAway = () => until !== undefined && now().getTime() < until
  const fail = () => new Ledger.UnavailableError({ reason: 'the disk is full.', where: 'here' })
  const reads =
    /^(find|jobs|payments|attempts|approvals|state|usage|events|unlinked|newest|linked|verify|now|close|polic)/
  const wrap = (ledger: Ledger.Ledger): Ledger.Ledger =>
    new Proxy(ledger, {
      get(_, name: string) {
        const value = Reflect.get(ledger, name, ledger) as unknown
        if (typeof value !== 'function' || reads.test(name) || lets.includes(name)) return value
        return async (...values: unknown[]) => {
          if (isAway()) throw fail()
          const isIt =
            until === undefined &&
            name === call &&
            (to === undefined || values.some((one) => (one as { to?: string } | null)?.to === to))
          if (isIt && when === 'before') {
            until = now().getTime() + minutes * 60_000
            throw fail()
          }
          const result = (await value.apply(ledger, values)) as unknown
          if (!isIt) return result
          until = now().getTime() + minutes * 60_000
          throw fail()
        }
      },
    })
  return { hasBeen: () => until !== undefined && !isAway(), wrap }
}

const points = [
  ['reserved', { call: 'reservePayment' }],
  ['signed', { call: 'movePayment', to: 'signed' }],
  ['marked as sent', { call: 'movePayment', to: 'sent' }],
  ['presented', { call: 'beginAttempt' }],
  ['credited', { call: 'movePayment', to: 'credited' }],
] as const
const spans = [3, 12]
const cases = points.flatMap(([name, point]) =>
  (['before', 'after'] as const).flatMap((when) =>
    spans.map((minutes) => [minutes, when, name, { ...point, minutes, when }] as const),
  ),
)

test.each(cases)(
  'behavior: the ledger is away for %d minutes %s a payment is %s ⇒ paid once, and the video',
  async (_, __, ___, point) => {
    let clock = () => new Date()
    const outage = awayAt({ ...point, now: () => clock() })
    await using buyer = await trial.buyer({ wrap: outage.wrap })
    clock = () => buyer.zecchino.client.now()
    const { quote: made } = await quote(buyer.zecchino, request)
    const { id } = (await buyVideo(buyer.zecchino, { quoteId: made.id })).job

    const status = async () => (await buyer.ledger.findJob(id))?.status
    await expect.poll(status, { timeout: 25_000 }).toMatch(/^(cleaned|rejected|abandoned)$/)

    expect(outage.hasBeen()).toBe(true)
    const { charges, settlements } = await buyer.truth()
    expect(settlements.length).toBeLessThanOrEqual(1)
    // What expired unsent is not signed anew for the same job; it ends, and says so.
    if ((await status()) === 'rejected') {
      expect(settlements).toEqual([])
      expect((await buyer.ledger.findJob(id))?.detail).toContain('nothing was paid')
      expect(await buyer.ledger.usage()).toMatchObject({ paid: 0n, total: 0n })
    } else {
      expect(charges).toHaveLength(1)
      expect(await buyer.ledger.payments({ statuses: ['credited'] })).toHaveLength(1)
    }
    expect(await buyer.ledger.payments({ statuses: Ledger.openPaymentStatuses })).toEqual([])
    expect((await buyer.ledger.state()).frozen).toBeUndefined()
  },
)

test('behavior: a ladder of refused forms goes on where a full disk broke it off', async () => {
  let clock = () => new Date()
  const outage = awayAt({ call: 'refuseAttempt', minutes: 1, now: () => clock(), when: 'before' })
  await using buyer = await trial.buyer({
    faults: [{ kind: 'envelopes', route: 'top-up-payment', takes: 'flat', times: 'always' }],
    wrap: outage.wrap,
  })
  clock = () => buyer.zecchino.client.now()

  const { quote: made } = await quote(buyer.zecchino, request)
  const { id } = (await buyVideo(buyer.zecchino, { quoteId: made.id })).job
  const status = async () => (await buyer.ledger.findJob(id))?.status
  await expect.poll(status, { timeout: 25_000 }).toBe('cleaned')

  expect(outage.hasBeen()).toBe(true)
  const [payment, ...others] = await buyer.ledger.payments()
  expect([payment?.status, others]).toEqual(['credited', []])
  const { settlements } = await buyer.truth()
  expect(settlements).toHaveLength(1)
})

test.each([
  ['takes it', false],
  ['does not take it', true],
])(
  'behavior: the ledger is away for hours when a file is ready, and the disk %s ⇒ its link is used once',
  async (_, isBroken) => {
    let clock = () => new Date()
    const outage = awayAt({
      call: 'moveJob',
      lets: ['claimJob', 'releaseJob'],
      minutes: 300,
      now: () => clock(),
      to: 'ready',
      when: 'before',
    })
    const faults = [{ kind: 'capacity', route: 'retrieve', times: 'always' }]
    await using buyer = await trial.buyer({ faults, wrap: outage.wrap })
    clock = () => buyer.zecchino.client.now()
    const { outputDir } = buyer.zecchino
    buyer.buy(privateRequest).catch(() => {}) // it outlasts the test
    await buyer.until(({ status }) => status === 'queued')
    if (isBroken) {
      rmSync(outputDir, { recursive: true })
      writeFileSync(outputDir, '')
    }
    await fetch(`${trial.controlUrl}/faults`, { method: 'DELETE' })

    const downloads = async () => (await buyer.truth()).jobs[0]?.downloads
    await expect.poll(downloads, { timeout: 25_000 }).toBe(1)
    for (let passed = 0; passed < 60; passed += 1) {
      buyer.advance(4 * 60_000)
      await setTimeout(20)
    }
    expect(await downloads()).toBe(1)
    if (isBroken) rmSync(outputDir)
    buyer.advance(2 * 3_600_000)

    const { file } = await buyer.until(({ status }) => status === 'cleaned')
    expect(file?.path.startsWith(outputDir)).toBe(true)
    expect(outage.hasBeen()).toBe(true)
    expect(await downloads()).toBe(isBroken ? 2 : 1)
  },
)
