import { expect, test, vi } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { quote } from '../../src/flows/quote.js'
import * as Job from '../../src/Job.js'
import * as Ledger from '../../src/Ledger.js'
import { videoQuote } from '../../src/tools/videoQuote.js'
import { request } from '../crash/requests.js'
import { createLab } from '../support/createLab.js'

vi.setConfig({ testTimeout: 60_000 })

const file = { bytes: 1, codec: 'h264', duration_seconds: 4, height: 2, path: '/v.mp4', sha256: '' }

/** A way of a job from `reserved` to each status that it can reach. */
const ways: Record<string, readonly (readonly [Job.Status, Ledger.JobPatch?])[]> = {
  reserved: [],
  sending: [['sending']],
  needs_consent: [['sending'], ['needs_consent']],
  queued: [['sending'], ['queued']],
  ready: [['sending'], ['queued'], ['ready']],
  saved: [['sending'], ['queued'], ['ready'], ['saved', { file: { ...file, width: 2 } }]],
  rejected: [['rejected']],
  failed_unrefunded: [['sending'], ['queued'], ['failed_unrefunded']],
  ambiguous: [['sending'], ['ambiguous']],
  lost_media: [['sending'], ['queued'], ['lost_media']],
  abandoned: [['abandoned']],
  'abandoned, though sent': [['sending', { sentAt: new Date() }], ['ambiguous'], ['abandoned']],
}

test.each([
  ['reserved', 'is being made already', 'is being made already'],
  ['sending', 'is being made already', 'is being made already'],
  ['queued', 'is being made already', 'is being made already'],
  ['ready', 'is being made already', 'is being made already'],
  ['needs_consent', 'waits for a person already', undefined],
  ['saved', 'is saved at /v.mp4', undefined],
  ['ambiguous', 'may have been paid for already', 'may have been paid for already'],
  ['failed_unrefunded', 'may have been paid for already', undefined],
  ['lost_media', 'may have been paid for already', undefined],
  ['rejected', undefined, undefined],
  ['abandoned', undefined, undefined],
  ['abandoned, though sent', 'may have been paid for: job_before', undefined],
] as const)('behavior: one in %s %s, and a day later %s', async (status, words, later) => {
  await using lab = await createLab()
  const zecchino = await lab.process()
  const { ledger, policy } = zecchino
  const { quote: made, same, warnings } = await quote(zecchino, request)
  expect([same, warnings]).toEqual([[], []])
  const { hash, id: quoteId, model, price } = made
  const id = 'job_before'
  await ledger.reserveJob({ caps: Ledger.capsOf(policy), job: { hash, id, model, price, quoteId } })
  let from: Job.Status = 'reserved'
  for (const [to, patch = {}] of ways[status] ?? []) {
    expect(await ledger.moveJob(id, { from, patch, to })).toBe(true)
    from = to
  }

  const expectWords = async (expected: string | undefined) => {
    const again = await videoQuote.run(zecchino, request, {})
    expect(again.warnings).toEqual(expected ? [expect.stringContaining(expected)] : [])
    expect(again.next.includes(`video_retrieve {"job_id":"${id}"}`)).toBe(expected !== undefined)
    expect(again.next).toContain('video_generate') // a warning, and no refusal
    // Whatever else is asked for is another video.
    const other = await quote(zecchino, { ...request, prompt: 'Another one.' })
    expect(other).toMatchObject({ same: [], warnings: [] })
  }
  await expectWords(words)
  lab.advance(25 * 3_600_000)
  await expectWords(later)
})

test('behavior: an agent that lost the answer is led to the job; a second purchase is a second job', async () => {
  await using lab = await createLab()
  await lab.credit(lab.address, '20')
  const zecchino = await lab.process()
  const { quote: first } = await quote(zecchino, request)
  const { job } = await buyVideo(zecchino, { quoteId: first.id })
  const isCleaned = async () => (await zecchino.ledger.findJob(job.id))?.status === 'cleaned'
  expect(await lab.pass({ minutes: 5, until: isCleaned })).toBeDefined()

  const again = await videoQuote.run(zecchino, request, {})
  expect(again.next).toMatch(
    new RegExp(
      `^The same was asked for before, as ${job.id} \\(cleaned\\): call video_retrieve \\{"job_id":"${job.id}"\\} for that one\\. Only if a second one is wanted: call video_generate `,
    ),
  )
  const path = (await zecchino.ledger.findJob(job.id))?.file?.path
  expect(again.warnings[0]).toContain(`is saved at ${path}: ${job.id}.`)

  const { job: second } = await buyVideo(zecchino, { quoteId: again.quote_id })
  expect(second.id).not.toBe(job.id)
})

test('behavior: one that waits for the owner is told of for as long as it can be approved', async () => {
  await using lab = await createLab()
  const zecchino = await lab.process({ policy: { approveAboveUsd: '0' } })
  const { quote: first } = await quote(zecchino, request)
  const { job } = await buyVideo(zecchino, { quoteId: first.id })
  expect(job.status).toBe('needs_approval')

  expect((await quote(zecchino, request)).warnings).toEqual([
    `The same request waits for a person already: ${job.id} (needs_approval). Buying this quote makes and charges a second one.`,
  ])
  lab.advance(31 * 60_000)
  expect((await quote(zecchino, request)).warnings).toEqual([])
})
