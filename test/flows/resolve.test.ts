import { afterAll, describe, expect, test, vi } from 'vitest'

import * as Clock from '../../src/Clock.js'
import { acknowledgeForeign, checkForeign, findForeign } from '../../src/flows/checkForeign.js'
import { factsOf, findUnresolved, resolve, type Unresolved } from '../../src/flows/resolve.js'
import { syncRows } from '../../src/flows/syncRows.js'
import { findTie, tieRow } from '../../src/flows/tieRow.js'
import type * as Job from '../../src/Job.js'
import type * as Venice from '../../src/Venice.js'
import type * as Verdict from '../../src/Verdict.js'
import { createTrial } from '../crash/createTrial.js'
import { silentPrice } from '../support/cheap.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const minute = 60_000
const trial = await createTrial()
afterAll(() => trial.close())

type Buyer = Awaited<ReturnType<typeof trial.buyer>>

const lost = { kind: 'reset', route: 'queue', when: 'after' }
/** Its charge shows when the job has been given to its owner already. */
const late = { kind: 'late-rows', ms: 40 * minute, of: ['CHARGE'], route: 'transactions' }
/** Dropped before it was read, by a server that cannot prove it. */
const dropped = [
  { kind: 'reset', route: 'queue', when: 'before' },
  { kind: 'nonce-forgotten', route: '*', times: 'always' },
]

/** A job whose answer was lost, and that is its owner's to decide about. */
async function ambiguous(buyer: Buyer): Promise<Job.Job> {
  const { job } = await buyer.buy()
  expect(job).toMatchObject({ status: 'ambiguous' })
  return job!
}

/** A buyer with such a job whose video is there, and whose charge has shown since. */
async function withVideo(...faults: object[]) {
  const buyer = await trial.buyer({ faults: [lost, { ...late, times: 'always' }, ...faults] })
  const job = await ambiguous(buyer)
  buyer.advance(15 * minute)
  return { buyer, job }
}

async function clear() {
  await fetch(`${trial.controlUrl}/faults`, { method: 'DELETE' })
}

/** A charge of nobody's that fits a job. */
function strayOf(job: Job.Job, id: string, options: Partial<Venice.Transaction> = {}) {
  const createdAt = new Date((job.providerSentAt ?? job.sentAt)!.getTime() + 1_000).toISOString()
  return {
    amount: -job.price,
    balanceAfter: 0n,
    createdAt,
    id: `${job.id} ${id}`,
    modelId: job.model,
    requestId: null,
    type: 'CHARGE',
    ...options,
  }
}

const find = (buyer: Buyer, id: string) => findUnresolved(buyer.zecchino, id)
const say = (buyer: Buyer, found: Unresolved, verdict: Verdict.Verdict, requestId?: string) =>
  resolve(buyer.zecchino, { found, requestId, verdict })

/** Waits until a job has come to an end. */
async function end(buyer: Buyer, id: string, status: Job.Status): Promise<void> {
  const found = async () => (await buyer.ledger.findJob(id))?.status
  await expect.poll(found, { interval: 20, timeout: 20_000 }).toBe(status)
}

describe('adopt', () => {
  test('behavior: takes the video that is there, with its charge, once', async () => {
    const { buyer: own, job } = await withVideo()
    await using buyer = own
    const found = await find(buyer, job.id)
    expect(found.verdicts).toEqual(['adopt', 'abandon'])
    expect(factsOf(found).join('\n')).toMatch(
      /^Charge {4}\$0\.08 at 20.+Z \(row ledger_.+\), names .+: Venice has a video job of that name$/m,
    )

    await say(buyer, found, 'adopt')

    await end(buyer, job.id, 'cleaned')
    expect(await buyer.ledger.linkedRows(job.id)).toHaveLength(1)
    expect(await buyer.ledger.unlinkedRows()).toEqual([])
    expect(await buyer.ledger.usage()).toMatchObject({ total: silentPrice.micros })
    expect((await buyer.truth()).charges).toHaveLength(1)
    await expect(say(buyer, found, 'adopt')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(find(buyer, job.id)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('behavior: a job that was given up, and charged late, is told of and taken back', async () => {
    await using buyer = await trial.buyer({ faults: [lost, { ...late, times: 'always' }] })
    const job = await ambiguous(buyer)
    await say(buyer, await find(buyer, job.id), 'abandon')
    expect(await buyer.ledger.findJob(job.id)).toMatchObject({ status: 'abandoned' })
    await expect(find(buyer, job.id)).rejects.toMatchObject({ code: 'INVALID_INPUT' })

    buyer.advance(45 * minute)
    await syncRows(buyer.zecchino)
    await checkForeign(buyer.zecchino)

    expect((await buyer.ledger.state()).frozen).toBeUndefined()
    const { detail } = (await buyer.ledger.findJob(job.id))!
    expect(detail).toBe(
      `It was given up, and Venice charged $0.08 for it; if its video is there, take it: zecchino resolve ${job.id} --adopt.`,
    )
    expect(await buyer.ledger.usage()).toMatchObject({ total: silentPrice.micros })
    await buyer.fault({ kind: 'status', route: 'transactions', status: 503, times: 'always' })
    await expect(find(buyer, job.id)).rejects.toMatchObject({
      shortMessage: 'Venice’s rows cannot be read now: ask again later.',
    })
    await clear()
    const found = await find(buyer, job.id)
    expect(found.verdicts).toEqual(['adopt'])
    await say(buyer, found, 'adopt')
    await end(buyer, job.id, 'cleaned')
    expect(await buyer.ledger.usage()).toMatchObject({ total: silentPrice.micros })
    expect((await buyer.truth()).charges).toHaveLength(1)
  })

  test('behavior: one whose charge was called nobody’s before is taken with it', async () => {
    const { buyer: own, job } = await withVideo()
    await using buyer = own
    await syncRows(buyer.zecchino)
    const [row] = await buyer.ledger.unlinkedRows()
    await buyer.ledger.linkRow(row!.id, 'foreign')
    const found = await find(buyer, job.id)
    expect(factsOf(found).join('\n')).toContain('it was acknowledged as nobody’s')
    expect(found.verdicts).toEqual(['adopt', 'abandon'])

    await say(buyer, found, 'adopt', row!.requestId!)

    await end(buyer, job.id, 'cleaned')
    expect(await buyer.ledger.findRow(row!.id)).toMatchObject({ subject: job.id })
  })

  test('behavior: a video that was charged at another price is taken, told, and stops spending', async () => {
    const { buyer: own, job } = await withVideo({ factor: 3, kind: 'price-lie', route: 'queue' })
    await using buyer = own
    const found = await find(buyer, job.id)
    expect(factsOf(found).join('\n')).toMatch(/^Charge {4}\$0\.24 at .+has a video job/m)

    await say(buyer, found, 'adopt')

    await end(buyer, job.id, 'cleaned')
    expect((await buyer.ledger.state()).frozen?.reason).toContain('which was priced $0.08')
    expect(await buyer.ledger.usage()).toMatchObject({ total: 3n * silentPrice.micros })
  })

  test('behavior: of two words at once one is carried out', async () => {
    const { buyer: own, job } = await withVideo()
    await using buyer = own
    const found = await find(buyer, job.id)

    const words = [say(buyer, found, 'adopt'), say(buyer, found, 'abandon')]
    const done = (await Promise.allSettled(words)).filter(({ status }) => status === 'fulfilled')

    expect(done).toHaveLength(1)
    expect(await buyer.ledger.usage()).toMatchObject({ total: silentPrice.micros })
    expect(await buyer.ledger.linkedRows(job.id)).toHaveLength(1)
    if ((await buyer.ledger.findJob(job.id))?.status === 'abandoned')
      await say(buyer, await find(buyer, job.id), 'adopt')
    await end(buyer, job.id, 'cleaned')
    expect((await buyer.truth()).charges).toHaveLength(1)
  })

  test('error: what names no video of the job’s is not taken', async () => {
    const { buyer: own, job } = await withVideo()
    await using buyer = own
    await buyer.ledger.recordRows([strayOf(job, 'chat', { requestId: 'chatcmpl-1' })])
    const found = await find(buyer, job.id)

    for (const [id, says] of [
      ['never', 'No charge that fits names never.'],
      ['chatcmpl-1', 'chatcmpl-1: Venice knows no video job of that name.'],
    ] as const)
      await expect(say(buyer, found, 'adopt', id)).rejects.toMatchObject({ shortMessage: says })
    expect(await buyer.ledger.findJob(job.id)).toMatchObject({ status: 'ambiguous' })
    // Asked anew: while nobody can tell, nothing is taken.
    await buyer.fault({ kind: 'status', route: 'retrieve', status: 500, times: 'always' })
    const [{ requestId } = {}] = (await buyer.ledger.unlinkedRows()).filter((row) =>
      row.id.startsWith('ledger_'),
    )
    await expect(say(buyer, found, 'adopt', requestId!)).rejects.toMatchObject({
      shortMessage: `${requestId}: Venice cannot say now what it is.`,
    })
    await expect(say(buyer, found, 'adopt')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('error: nor another job’s, and what a rival may claim only when that one is decided', async () => {
    const { buyer: own, job } = await withVideo()
    await using buyer = own
    await clear()
    const { job: other } = await buyer.buy({ ...(await bodyOf(buyer, job)), prompt: 'Another' })
    expect(other).toMatchObject({ status: 'cleaned' })
    const found = await find(buyer, job.id)
    await expect(say(buyer, found, 'adopt', other!.queueId)).rejects.toMatchObject({
      shortMessage: `${other!.queueId} is the video of ${other!.id}.`,
    })
    // One that was lost in the same moment.
    await using rival = await rivalOf(buyer, job)
    const contested = await find(buyer, job.id)
    expect(contested.verdicts).toEqual(['abandon'])
    const [{ requestId } = {}] = await buyer.ledger.unlinkedRows()
    for (const id of [undefined, requestId!])
      await expect(say(buyer, contested, 'adopt', id)).rejects.toMatchObject({
        shortMessage: expect.stringContaining(`may as well be that of ${rival.id}: say first`),
      })
    await expect(say(buyer, contested, 'retry')).rejects.toMatchObject({
      shortMessage: expect.stringContaining('is not paid for again'),
    })

    await say(buyer, await find(buyer, rival.id), 'abandon')
    await expect(find(buyer, rival.id)).rejects.toMatchObject({
      facts: [expect.stringContaining(`may as well be for ${job.id}`)],
      shortMessage: 'It is abandoned, and Venice has no video that can be taken for its own.',
    })
    expect(await buyer.ledger.linkedRows(rival.id)).toEqual([])
    await say(buyer, await find(buyer, job.id), 'adopt')
    await end(buyer, job.id, 'cleaned')
  })
})

async function bodyOf({ ledger }: Buyer, job: Job.Job): Promise<object> {
  return JSON.parse((await ledger.findQuote(job.quoteId))!.body) as object
}

/** Another job of the same model and price that was sent when this one was, and lost as well. */
async function rivalOf({ ledger }: Buyer, job: Job.Job) {
  const quote = (await ledger.findQuote(job.quoteId))!
  const id = `${job.id}r`
  const at = await ledger.now()
  const expiresAt = new Date(at.getTime() + 15 * minute)
  await ledger.saveQuote({ ...quote, createdAt: at, expiresAt, id: `${quote.id}r` })
  const all = 10n ** 12n
  const caps = { credit: all, paid: all, perDay: all, topUpsPerDay: all, total: all }
  const { hash, model, price, providerSentAt, sentAt } = job
  await ledger.reserveJob({ caps, job: { hash, id, model, price, quoteId: `${quote.id}r` } })
  const patch = { providerSentAt: providerSentAt!, sentAt: sentAt! }
  await ledger.moveJob(id, { from: 'reserved', patch, to: 'sending' })
  await ledger.moveJob(id, { from: 'sending', to: 'ambiguous' })
  expect(await ledger.findJob(id)).toMatchObject({ status: 'ambiguous' })
  return { id, async [Symbol.asyncDispose]() {} }
}

describe('retry', () => {
  test('behavior: sends again although a charge fits that names no job, and leaves that to nobody', async () => {
    await using buyer = await trial.buyer({ faults: dropped })
    const job = await ambiguous(buyer)
    const stray = strayOf(job, 'stray')
    await buyer.ledger.recordRows([stray])
    const found = await find(buyer, job.id)
    expect(found.verdicts).toEqual(['retry', 'abandon'])
    expect(factsOf(found).join('\n')).toContain(`(row ${stray.id}), names nothing`)
    // Its own charge may yet show.
    await expect(say(buyer, found, 'retry')).rejects.toMatchObject({
      shortMessage: expect.stringMatching(/may show until 20.+Z: it is not sent again before\.$/),
    })
    buyer.advance(Clock.wordAfter - Clock.horizon)

    await say(buyer, await find(buyer, job.id), 'retry')

    expect(await buyer.ledger.findRow(stray.id)).toMatchObject({ subject: 'foreign' })
    await clear()
    buyer.zecchino.worker.start(job.id)
    await end(buyer, job.id, 'cleaned')
    expect((await buyer.truth()).charges).toHaveLength(1)
    await syncRows(buyer.zecchino)
    await checkForeign(buyer.zecchino)
    expect((await buyer.ledger.state()).frozen).toBeUndefined()
    expect(await buyer.ledger.usage()).toMatchObject({ total: silentPrice.micros })
  })

  test('behavior: a charge that shows after the owner has looked stops it', async () => {
    await using buyer = await trial.buyer({ faults: dropped })
    const job = await ambiguous(buyer)
    buyer.advance(Clock.wordAfter - Clock.horizon)
    const found = await find(buyer, job.id)
    const stray = strayOf(job, 'stray')
    await buyer.ledger.recordRows([stray])

    await expect(say(buyer, found, 'retry')).rejects.toMatchObject({
      facts: [expect.stringContaining(stray.id)],
      shortMessage: 'A charge that fits it has shown since you looked.',
    })

    expect(await buyer.ledger.findJob(job.id)).toMatchObject({ status: 'ambiguous' })
    expect(await buyer.ledger.findRow(stray.id)).toMatchObject({ subject: undefined })
  })

  test('behavior: one that shows after the word keeps it from being sent', async () => {
    await using buyer = await trial.buyer({ faults: dropped })
    const job = await ambiguous(buyer)
    buyer.advance(Clock.wordAfter - Clock.horizon)
    const shown = strayOf(job, 'shown')
    await buyer.ledger.recordRows([shown])
    await say(buyer, await find(buyer, job.id), 'retry')
    await buyer.ledger.recordRows([strayOf(job, 'later')])
    await clear()

    buyer.zecchino.worker.start(job.id)

    await end(buyer, job.id, 'ambiguous')
    expect((await buyer.truth()).charges).toEqual([])
    // Both are shown now: the word is about what is known.
    const again = factsOf(await find(buyer, job.id)).join('\n')
    expect(again).toContain(`(row ${shown.id}), names nothing; it was acknowledged as nobody’s`)
    expect(again).toContain(`(row ${job.id} later), names nothing`)
  })

  test('error: is not for a video that is there, nor without the rows', async () => {
    const { buyer: own, job } = await withVideo()
    await using buyer = own
    buyer.advance(Clock.wordAfter)
    await expect(say(buyer, await find(buyer, job.id), 'retry')).rejects.toMatchObject({
      shortMessage: expect.stringContaining('take it with --adopt'),
    })
    const fault = { kind: 'status', route: 'transactions', status: 503, times: 'always' }
    await buyer.fault(fault)
    const blind = await find(buyer, job.id)
    expect(blind.verdicts).toEqual(['abandon'])
    expect(factsOf(blind).join('\n')).toContain('Venice’s rows cannot be read now')
    await expect(say(buyer, blind, 'retry')).rejects.toMatchObject({
      shortMessage: expect.stringContaining('rows cannot be read now'),
    })
    expect((await buyer.truth()).charges).toHaveLength(1)
  })
})

describe('abandon', () => {
  test('behavior: its charge is tied with the word, and stops nothing', async () => {
    const { buyer: own, job } = await withVideo()
    await using buyer = own

    await say(buyer, await find(buyer, job.id), 'abandon')

    expect(await buyer.ledger.linkedRows(job.id)).toHaveLength(1)
    expect(await buyer.ledger.findJob(job.id)).toMatchObject({
      detail: expect.stringContaining(`take it: zecchino resolve ${job.id} --adopt.`),
      status: 'abandoned',
    })
    buyer.advance(24 * 60 * minute)
    await syncRows(buyer.zecchino)
    await checkForeign(buyer.zecchino)
    expect((await buyer.ledger.state()).frozen).toBeUndefined()
    expect(await buyer.ledger.usage()).toMatchObject({ total: silentPrice.micros })
  })

  test('behavior: of several charges that fit none is taken for its own; one is, when its time is over', async () => {
    await using buyer = await trial.buyer({ faults: dropped })
    const job = await ambiguous(buyer)
    await buyer.ledger.recordRows([strayOf(job, 'a'), strayOf(job, 'b')])

    await say(buyer, await find(buyer, job.id), 'abandon')

    expect(await buyer.ledger.linkedRows(job.id)).toEqual([])
    buyer.advance(45 * minute)
    await syncRows(buyer.zecchino)
    await checkForeign(buyer.zecchino)
    expect(await buyer.ledger.linkedRows(job.id)).toHaveLength(1)
    expect((await buyer.ledger.state()).frozen?.reason).toContain('that nobody here made')
  })
})

test('behavior: an unresolved job is in nobody’s way: strangers’ charges stop spending, others are adopted', async () => {
  await using buyer = await trial.buyer({ faults: dropped })
  const job = await ambiguous(buyer)
  buyer.advance(30 * 24 * 60 * minute)
  await clear()
  await buyer.fault(lost)

  const { job: second } = await buyer.buy({
    ...(await bodyOf(buyer, job)),
    prompt: 'A month later',
  })

  expect(second).toMatchObject({ status: 'cleaned' })
  expect(await buyer.ledger.findJob(job.id)).toMatchObject({ status: 'ambiguous' })
  expect((await buyer.ledger.state()).frozen).toBeUndefined()
  const createdAt = (await buyer.time()).toISOString()
  const amount = -2_000_000n
  await buyer.ledger.recordRows(
    Array.from({ length: 20 }, (_, index) => strayOf(job, `${index}`, { amount, createdAt })),
  )
  buyer.advance(10 * minute)
  await checkForeign(buyer.zecchino)
  expect((await buyer.ledger.state()).frozen?.reason).toContain('a CHARGE of $2.00')
  expect(await findForeign(buyer.zecchino)).toHaveLength(20)
})

describe('a row and its job', () => {
  test('behavior: what was acknowledged as nobody’s is tied to the job after all, and booked', async () => {
    await using buyer = await trial.buyer({ faults: dropped })
    const job = await ambiguous(buyer)
    const createdAt = new Date(job.sentAt!.getTime() + 60 * minute).toISOString()
    const row = strayOf(job, 'late', { createdAt })
    buyer.advance(120 * minute)
    await buyer.ledger.recordRows([row])
    expect(await acknowledgeForeign(buyer.zecchino, await findForeign(buyer.zecchino))).toBe(1)

    const found = await findTie(buyer.zecchino, { jobId: job.id, rowId: row.id })
    await tieRow(buyer.zecchino, found)
    await tieRow(buyer.zecchino, found)

    expect(await buyer.ledger.findRow(row.id)).toMatchObject({ subject: job.id })
    expect(await buyer.ledger.usage()).toMatchObject({ total: silentPrice.micros })
    // What has its charge is not paid for again.
    buyer.advance(60 * minute)
    const unresolved = await find(buyer, job.id)
    expect(unresolved.verdicts).toEqual(['abandon'])
    await expect(say(buyer, unresolved, 'retry')).rejects.toMatchObject({
      shortMessage: 'A charge is tied to it: it is not paid for again.',
    })
    // Its refund, which named nothing either.
    const back = { amount: job.price, createdAt, type: 'REFUND' }
    await buyer.ledger.recordRows([strayOf(job, 'back', back), strayOf(job, 'more', back)])
    await buyer.ledger.linkRow(`${job.id} back`, 'foreign')
    await buyer.ledger.linkRow(`${job.id} more`, 'foreign')
    const tie = (id: string) => findTie(buyer.zecchino, { jobId: job.id, rowId: `${job.id} ${id}` })
    await tieRow(buyer.zecchino, await tie('back'))
    expect(await buyer.ledger.usage()).toMatchObject({ total: 0n })
    await expect(tie('more')).rejects.toMatchObject({
      shortMessage: expect.stringContaining('would give back more than'),
    })
  })

  test('error: what cannot be the job’s is not tied to it', async () => {
    const { buyer: own, job } = await withVideo()
    await using buyer = own
    await say(buyer, await find(buyer, job.id), 'adopt')
    await end(buyer, job.id, 'cleaned')
    const [charge] = await buyer.ledger.linkedRows(job.id)
    await buyer.ledger.recordRows([
      strayOf(job, 'second'),
      strayOf(job, 'model', { modelId: 'other' }),
      strayOf(job, 'early', { createdAt: '2020-01-01T00:00:00.000Z' }),
      strayOf(job, 'top-up', { amount: 5_000_000n, type: 'TOP_UP' }),
    ])
    const tie = (rowId: string, jobId = job.id) => findTie(buyer.zecchino, { jobId, rowId })

    for (const [rowId, says] of [
      [charge!.id, `It is tied to ${job.id}, for good.`],
      [`${job.id} second`, `${job.id} has its charge: a job has one request.`],
      [`${job.id} model`, `It is for other, and the job is of ${job.model}.`],
      [`${job.id} early`, 'It is from before the job was sent.'],
      [`${job.id} top-up`, 'A TOP_UP is for no job.'],
    ] as const)
      await expect(tie(rowId)).rejects.toMatchObject({ shortMessage: says })
    await expect(tie('none')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(tie(`${job.id} second`, 'job_none')).rejects.toMatchObject({
      code: 'JOB_NOT_FOUND',
    })
  })
})
