import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, expect, test, vi } from 'vitest'

import type * as Job from '../../src/Job.js'
import { createTrial } from './createTrial.js'
import { privateRequest, request } from './requests.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const trial = await createTrial()
afterAll(() => trial.close())

/** Whether a job that is paid for says what keeps its file away. */
const isTold = ({ detail, status }: Job.Job) =>
  isOfFile(detail) && (status === 'queued' || status === 'ready')

/** Whether it is about the file, and not about answers that told nothing before there was one. */
function isOfFile(detail: unknown): boolean {
  return typeof detail === 'string' && detail !== '' && !detail.startsWith('Venice gives no answer')
}

type Buyer = Awaited<ReturnType<typeof trial.buyer>>

const minute = 60_000

/** Lets simulated time pass, in steps that others can follow. */
async function pass(buyer: Buyer, { minutes, step = 5 }: { minutes: number; step?: number }) {
  for (let passed = 0; passed < minutes; passed += step) {
    buyer.advance(step * minute)
    await new Promise((resolve) => setTimeout(resolve, 60))
  }
}

/** Buys, and goes on as soon as the job is under way. */
async function buy(buyer: Buyer, wanted: object) {
  const bought = buyer.buy(wanted)
  bought.catch(() => {}) // it may outlast the test
  await buyer.until(({ status }) => status !== 'reserved')
}

const mend = () => fetch(`${trial.controlUrl}/faults`, { method: 'DELETE' })

/** How often a link has been opened. */
async function downloads(buyer: Buyer) {
  const { jobs } = await buyer.truth()
  return jobs.reduce((sum, { downloads }) => sum + downloads, 0)
}

const keptIn = (folder: string) =>
  readdirSync(folder).filter((name) => name.includes('.unrecognised.'))

const noted = async (buyer: Buyer) =>
  (await buyer.ledger.events()).filter(
    ({ data, type }) => type === 'job_noted' && isOfFile(data['detail']),
  )

test.each([
  ['in the answer', 'retrieve', request],
  ['behind the link', 'download', privateRequest],
])('behavior: bytes %s that are no video are kept, then the video', async (_, route, wanted) => {
  const fault = { kind: 'malformed-json', route, times: 'always' }
  await using buyer = await trial.buyer({ faults: [fault] })
  await buy(buyer, wanted)
  const { detail = '', id } = await buyer.until(isTold)

  const folder = buyer.zecchino.outputDir
  const [name = ''] = keptIn(folder)
  const bytes = readFileSync(join(folder, name))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  expect(name).toBe(`${id}.unrecognised.${sha256.slice(0, 16)}.bin`)
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  expect(detail).toBe(
    `What came for this video cannot be read as an MP4 (the file is cut off after ${bytes.length} bytes, or damaged). All of its ${bytes.length} bytes are kept as ${join(folder, name)}. The copy at the provider is left alone; it is asked for again, less and less often, as long as it is kept there.`,
  )

  // As long as nothing changes it is kept once, told once, and downloaded ever less often.
  await pass(buyer, { minutes: 120 })
  expect(keptIn(folder)).toEqual([name])
  expect(await noted(buyer)).toHaveLength(1)
  expect((await buyer.truth()).jobs).toMatchObject([{ media: 'held' }])
  expect(await downloads(buyer)).toBeLessThan(10)

  await mend()
  await pass(buyer, { minutes: 120 })
  const { file, status, ...job } = await buyer.until(({ status }) => status === 'cleaned')
  expect(status).toBe('cleaned')
  expect(
    readFileSync(file?.path ?? '')
      .subarray(0, bytes.length)
      .equals(bytes),
  ).toBe(true)
  expect(job.detail).toBe(
    `What came for it and cannot be read as an MP4 is kept as ${join(folder, name)}.`,
  )
})

test.each([
  ['in the answer', 'retrieve', request],
  ['behind the link', 'download', privateRequest],
])(
  'behavior: never readable %s ⇒ lost after a day, with what is kept',
  async (_, route, wanted) => {
    const fault = { kind: 'malformed-json', route, times: 'always' }
    await using buyer = await trial.buyer({ faults: [fault] })
    await buy(buyer, wanted)
    await buyer.until(isTold)
    const [name = ''] = keptIn(buyer.zecchino.outputDir)

    await buyer.restart()
    await pass(buyer, { minutes: 25 * 60, step: 12 })

    const { detail, status } = await buyer.until(({ status }) => status !== 'ready')
    expect(status).toBe('lost_media')
    expect(detail).toContain(`is kept as ${join(buyer.zecchino.outputDir, name)}.`)
    expect(keptIn(buyer.zecchino.outputDir)).toEqual([name])
    expect(await downloads(buyer)).toBeLessThan(20)
  },
)

test.each([
  ['a page', '<!doctype html><title>Error</title>', 'the file is a web page or XML, not an MP4'],
  ['an error', '{"error":"later"}', 'the file is JSON, not an MP4'],
  ['nothing', '', 'the file is empty'],
])('behavior: %s in place of the file is told and not kept', async (_, body, reason) => {
  const fault = { body, kind: 'status', route: 'download', status: 200, times: 'always' }
  await using buyer = await trial.buyer({ faults: [fault] })
  await buy(buyer, privateRequest)

  const { detail, status } = await buyer.until(isTold)
  expect(status).toBe('ready')
  expect(detail).toBe(
    `What came in place of this video is none (${reason}). It is asked for again.`,
  )
  await pass(buyer, { minutes: 20 })
  expect(await noted(buyer)).toHaveLength(1)
  expect(keptIn(buyer.zecchino.outputDir)).toEqual([])

  await mend()
  const { detail: last } = await buyer.until(({ status }) => status === 'cleaned')
  expect(last).toBeFalsy()
})

test.each([
  ['breaks off in the middle', { kind: 'reset', when: 'mid-body' }],
  ['breaks off before it answers', { kind: 'reset', when: 'after' }],
  [
    'was used before an edge answers',
    { kind: 'outage', shape: 'page', status: 503, when: 'after' },
  ],
])('behavior: a link that %s for 12 hours ⇒ the video, whoever tries', async (_, fault) => {
  const always = { ...fault, route: 'download', times: 'always' }
  await using buyer = await trial.buyer({ faults: [always] })
  await buy(buyer, privateRequest)
  await pass(buyer, { minutes: 10, step: 1 })
  const before = await downloads(buyer)
  expect(before).toBeGreaterThan(2)

  // Another process goes on where the last one stood, and does not begin anew.
  for (const minutes of [10, 60, 240, 12 * 60 - 320]) {
    await buyer.restart()
    await pass(buyer, { minutes, step: Math.max(minutes / 12, 5) })
  }
  const { detail, status } = await buyer.until(() => true)
  expect(['queued', 'ready']).toContain(status)
  expect(detail).toMatch(/is good for a few uses|gives no answer/)
  expect(await downloads(buyer)).toBeLessThan(10)

  await mend()
  await pass(buyer, { minutes: 180, step: 15 })
  expect(await buyer.until(({ status }) => status === 'cleaned')).toMatchObject({
    status: 'cleaned',
  })
  expect(await downloads(buyer)).toBeLessThanOrEqual(10)
})

test('behavior: a link that breaks off once brings the video at once', async () => {
  const fault = { kind: 'reset', route: 'download', times: 2, when: 'mid-body' }
  await using buyer = await trial.buyer({ faults: [fault] })
  const { job } = await buyer.buy(privateRequest)
  expect(job).toMatchObject({ status: 'cleaned' })
  expect(await downloads(buyer)).toBe(3)
})

test('behavior: a link that redirects within its store brings the video', async () => {
  const fault = { kind: 'redirect', route: 'download', to: '?moved=1' }
  await using buyer = await trial.buyer({ faults: [fault] })

  expect((await buyer.buy(privateRequest)).job).toMatchObject({ status: 'cleaned' })
})

test('error: a link that leads out of bounds is told, and followed as soon as it does not', async () => {
  const fault = { kind: 'redirect', route: 'download', times: 'always', to: 'http://127.0.0.1:9/x' }
  await using buyer = await trial.buyer({ faults: [fault] })
  await buy(buyer, privateRequest)

  const { detail } = await buyer.until(isTold)
  expect(detail).toBe(
    "The provider's download link was not opened: after a redirect it is not https. The link is kept; report this to the provider. Nothing was deleted.",
  )
  await pass(buyer, { minutes: 10 })
  expect(await noted(buyer)).toHaveLength(1)

  await mend()
  await buyer.until(({ status }) => status === 'cleaned')
})
