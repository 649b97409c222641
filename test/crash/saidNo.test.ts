import { afterAll, expect, test, vi } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { quote } from '../../src/flows/quote.js'
import { readWaits } from '../../src/flows/readWaits.js'
import { createTrial } from './createTrial.js'
import { request } from './requests.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const trial = await createTrial()
afterAll(() => trial.close())

const minute = 60_000
const busy = { error: 'The model is at capacity. Please try again later.' }
const silent = [
  [409, { error: 'The request conflicts with another one' }],
  [429, { error: 'The provider is overloaded' }],
  [503, busy],
] as const

const refused = (status: number, body: unknown, when: 'after' | 'before') => [
  { body, kind: 'status', route: 'queue', status, when },
]
const late = { kind: 'late-charge', ms: 10 * minute, route: 'queue' }

type Buyer = Awaited<ReturnType<typeof trial.buyer>>

/** When the paid call left, in minutes since it did for the first time. */
async function sends({ ledger }: Buyer): Promise<number[]> {
  const moves = (await ledger.events()).filter(({ data }) => data['to'] === 'sending')
  const first = moves[0]?.at.getTime() ?? 0
  return moves.map(({ at }) => Math.round((at.getTime() - first) / minute))
}

test.each(silent)(
  'behavior: %d, charged all the same, and that shows ten minutes later ⇒ one charge, the video',
  async (status, body) => {
    await using buyer = await trial.buyer({ faults: [...refused(status, body, 'after'), late] })

    expect((await buyer.buy()).job).toMatchObject({ status: 'cleaned' })

    const { charges, jobs } = await buyer.truth()
    expect(charges).toHaveLength(1)
    expect(jobs).toHaveLength(1)
  },
)

test('behavior: no capacity ⇒ sent again once the rows have shown no charge for half an hour', async () => {
  await using buyer = await trial.buyer({ faults: refused(503, busy, 'before') })

  expect((await buyer.buy()).job).toMatchObject({ status: 'cleaned' })

  const [, again, ...more] = await sends(buyer)
  expect(again).toBeGreaterThanOrEqual(30)
  expect(again).toBeLessThan(33)
  expect(more).toEqual([])
})

test.each([
  ['a limit of the wallet', 429, { code: 'X402_CONCURRENCY_LIMIT', error: 'Too many concurrent' }],
  ['a limit of the route', 429, { error: 'Rate limit exceeded. Please try again later.' }],
  ['a sign-in that is not taken', 401, { code: 'X402_SIGN_IN_EXPIRED', error: 'Invalid' }],
])('behavior: %s ⇒ nobody looked at it, and it is sent again at once', async (_, status, body) => {
  await using buyer = await trial.buyer({ faults: refused(status, body, 'before') })

  expect((await buyer.buy()).job).toMatchObject({ status: 'cleaned' })

  expect(await sends(buyer)).toEqual([0, 0])
})

test('behavior: a process that takes over waits for the rows as well, says so, and warns who buys anew', async () => {
  const stopped = new Error('the process ends here')
  let ends = true
  await using buyer = await trial.buyer({
    faults: [...refused(503, busy, 'after'), late],
    wrap: (ledger) => ({
      ...ledger,
      async moveJob(id, move) {
        const moved = await ledger.moveJob(id, move)
        if (ends && move.from === 'sending') throw stopped
        return moved
      },
    }),
  })
  const { quote: made } = await quote(buyer.zecchino, request)
  await buyVideo(buyer.zecchino, { quoteId: made.id })
  const { id } = await buyer.until(({ detail, status }) => status === 'reserved' && !!detail)
  ends = false
  await buyer.restart()
  const job = await buyer.ledger.findJob(id)

  expect(job).toMatchObject({ detail: expect.stringContaining('503'), status: 'reserved' })
  expect((await readWaits(buyer.zecchino))(job!)).toMatch(
    /^Venice refused its paid request of .* without saying that nothing was taken\. Until .* a charge for it may show/,
  )
  const { warnings } = await quote(buyer.zecchino, request)
  expect(warnings.join(' ')).toContain(
    `${id} (reserved). Buying this quote makes and charges a second`,
  )
  expect((await buyVideo(buyer.zecchino, { quoteId: made.id })).job.id).toBe(id)
  await buyer.until(({ status }) => status === 'cleaned')
  expect((await buyer.truth()).charges).toHaveLength(1)
})

test('behavior: no capacity for hours ⇒ rejected once the rows show that nothing was charged', async () => {
  await using buyer = await trial.buyer({ faults: refused(503, busy, 'before') })
  const { quote: made } = await quote(buyer.zecchino, request)
  await buyVideo(buyer.zecchino, { quoteId: made.id })
  await buyer.until(({ detail, status }) => status === 'reserved' && detail !== undefined)
  buyer.advance(121 * minute)

  const job = await buyer.until(({ status }) => status !== 'reserved')

  expect(job).toMatchObject({ status: 'rejected' })
  expect(job.detail).toMatch(/503.*refused for 2 hours, .*rows show that nothing was charged\.$/)
  expect(await buyer.ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })
  expect(await sends(buyer)).toEqual([0])
})
