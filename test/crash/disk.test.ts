import { spawnSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test, vi } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { quote } from '../../src/flows/quote.js'
import type * as Job from '../../src/Job.js'
import { createRenderer } from '../../src/sandbox/render.js'
import { videoList } from '../../src/tools/videoList.js'
import { videoRetrieve } from '../../src/tools/videoRetrieve.js'
import { fillDisk } from '../support/fillDisk.js'
import { createTrial } from './createTrial.js'
import { privateRequest, request } from './requests.js'
import { removeFolder } from '../support/removeFolder.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

let isFull = false
fillDisk({ isFull: () => isFull })

const trial = await createTrial()
const mounts: string[] = []
afterAll(async () => {
  for (const disk of mounts) {
    run('umount', '-l', disk)
    removeFolder(disk)
  }
  await trial.close()
})

/** Whether a job that is paid for says what keeps its file away. */
const isTold = ({ detail, status }: Job.Job) =>
  Boolean(detail) && (status === 'queued' || status === 'ready')

type Buyer = Awaited<ReturnType<typeof trial.buyer>>

const notPermitted = 'only the superuser mounts a disk'

/** Runs a command as the superuser; whether it went well. */
const run = (command: string, ...args: string[]) => spawnSync(command, args).status === 0

/** Puts a disk of its own in a folder's place. `undefined`: only the superuser may have one. */
function mount(folder: string, kilobytes: number) {
  const disk = mkdtempSync(join(tmpdir(), 'zecchino-disk-'))
  const options = `size=${kilobytes}k,mode=700`
  if (!run('mount', '-t', 'tmpfs', '-o', options, 'none', disk)) return undefined
  mounts.push(disk)
  symlinkSync(disk, folder)
  return { change: (how: string) => run('mount', '-o', `remount,${how}`, disk) }
}

/** How often the sandbox has sent the file, or was asked whether it is there. */
async function sends(buyer: Buyer) {
  const { requests } = await buyer.truth()
  return requests.filter(({ verdict }) => /^(completed: |download )/.test(verdict)).length
}

/** Buys, and goes on as soon as it is paid for; nothing is fetched before {@link fetchIt}. */
async function buy(buyer: Buyer, wanted: object = request) {
  await buyer.fault({ kind: 'capacity', route: 'retrieve', times: 'always' })
  buyer.buy(wanted).catch(() => {}) // it outlasts the test
  return buyer.until(({ status }) => status === 'queued')
}

const fetchIt = () => fetch(`${trial.controlUrl}/faults`, { method: 'DELETE' })

/** Sees what is told of a disk that takes no file, to whom, and how often. */
async function expectTold(buyer: Buyer, says: RegExp) {
  await fetchIt()
  const { detail = '', id, status } = await buyer.until(isTold)
  const end =
    ', or set ZECCHINO_OUTPUT_DIR to another folder. It is tried again by itself; until it works, the copy at the provider is left alone.'
  expect(detail.slice(-end.length)).toBe(end)
  expect(detail.slice(0, -end.length)).toMatch(says)
  expect(status).toBe('ready')
  const { zecchino } = buyer
  const told = await videoRetrieve.run(zecchino, { job_id: id, wait_seconds: 0 }, {})
  expect(told).toMatchObject({ detail, next: expect.stringContaining('Tell the user') })
  expect(told.eta_seconds).toBeUndefined()
  expect(await videoList.run(zecchino, { limit: 1 }, {})).toMatchObject({ jobs: [{ detail }] })

  // An hour of tries: the disk is looked at, the file is not downloaded, the log does not grow.
  const before = await sends(buyer)
  const { events } = (await buyer.ledger.verifyEvents()) as { events: number }
  for (let passed = 0; passed < 12; passed += 1) {
    buyer.advance(5 * 60_000)
    await new Promise((resolve) => setTimeout(resolve, 60))
  }
  expect(await sends(buyer)).toBe(before)
  expect(before).toBeLessThanOrEqual(2)
  expect(await buyer.ledger.verifyEvents()).toMatchObject({ events })
}

async function expectSaved(buyer: Buyer) {
  const { detail, file } = await buyer.until(({ status }) => status === 'cleaned')
  expect(detail).toBeFalsy()
  expect(file?.path.startsWith(`${buyer.zecchino.outputDir}/`)).toBe(true)
  expect((await buyer.truth()).charges).toHaveLength(1)
}

test.for([
  ['an answer', request],
  ['a link', privateRequest],
] as const)(
  'behavior: a full disk, the file in %s ⇒ told once, saved when there is room',
  async ([, wanted], { skip }) => {
    await using buyer = await trial.buyer()
    const { outputDir } = buyer.zecchino
    const disk = mount(outputDir, 60_000)
    if (!disk) return skip(notPermitted)
    await buy(buyer, wanted)
    const says =
      /^The video cannot be saved in \S+: the disk is full, and it has \d+ bytes\. Reason: write: ENOSPC\. Free space on it$/
    disk.change('size=16k')
    await expectTold(buyer, says)
    expect(readdirSync(outputDir)).toEqual([])

    disk.change('size=60m')

    await expectSaved(buyer)
  },
)

test('behavior: a disk becomes read-only ⇒ told once, saved when it can be written', async ({
  skip,
}) => {
  await using buyer = await trial.buyer()
  const { outputDir } = buyer.zecchino
  const disk = mount(outputDir, 60_000)
  if (!disk) return skip(notPermitted)
  await buy(buyer)
  disk.change('ro')
  const says =
    /^The video cannot be saved in \S+: the disk is read-only\. Reason: open: EROFS\. Make it writable$/
  await expectTold(buyer, says)

  disk.change('rw')

  await expectSaved(buyer)
})

test('behavior: a file stands where the folder should be ⇒ told once, saved when it is moved', async () => {
  await using buyer = await trial.buyer()
  const { outputDir } = buyer.zecchino
  await buy(buyer)
  removeFolder(outputDir)
  writeFileSync(outputDir, '')
  const says =
    /^The video cannot be saved in \S+: a file stands where the folder should be\. Reason: mkdir: EEXIST\. Move it away$/
  await expectTold(buyer, says)

  rmSync(outputDir)

  await expectSaved(buyer)
})

test('behavior: names too long ⇒ told once, saved in the folder that the owner sets', async () => {
  await using buyer = await trial.buyer()
  const { outputDir } = buyer.zecchino
  await buy(buyer)
  await buyer.restart(join(outputDir, 'x'.repeat(300)))
  const says =
    /^The video cannot be saved in \S+: the name would be too long there\. Reason: mkdir: ENAMETOOLONG\. Make the path shorter$/
  await expectTold(buyer, says)

  await buyer.restart(outputDir)

  await expectSaved(buyer)
})

const other = mkdtempSync(join(tmpdir(), 'zecchino-other-'))
afterAll(() => rmSync(other, { recursive: true }))
const mine = join(other, 'mine.mp4')

test.each<[what: string, put: (path: string) => void]>([
  ['a file', (path) => writeFileSync(path, 'mine')],
  ['a folder', (path) => mkdirSync(path)],
  ['a pipe', (path) => expect(run('mkfifo', path)).toBe(true)],
  ['a link that leads nowhere', (path) => symlinkSync(join(other, 'gone'), path)],
  ['a link to another video', (path) => symlinkSync(mine, path)],
])('behavior: %s has the name ⇒ told once, left alone, saved when it is moved', async (_, put) => {
  const renderer = createRenderer()
  writeFileSync(mine, await renderer.render({ height: 144, seconds: 1, seed: 1, width: 256 }))
  await renderer.close()
  await using buyer = await trial.buyer()
  const { outputDir } = buyer.zecchino
  const { id } = await buy(buyer)
  const path = join(outputDir, `${id}.mp4`)
  put(path)
  const { ino } = lstatSync(path)
  await fetchIt()

  const { detail } = await buyer.until(isTold)
  expect(detail).toBe(
    `The video cannot be saved as ${path}: something else has that name. Reason: link: EEXIST. Move it away, or set ZECCHINO_OUTPUT_DIR to another folder. It is tried again by itself; until it works, the copy at the provider is left alone.`,
  )
  const before = await sends(buyer)
  for (let passed = 0; passed < 6; passed += 1) {
    buyer.advance(5 * 60_000)
    await new Promise((resolve) => setTimeout(resolve, 60))
  }
  expect(await sends(buyer)).toBe(before)
  expect(readdirSync(outputDir)).toEqual([`${id}.mp4`])
  expect(lstatSync(path).ino).toBe(ino)
  expect(readdirSync(other)).toEqual(['mine.mp4'])

  rmSync(path, { recursive: true })

  await expectSaved(buyer)
})

test('error: a disk is full for a day ⇒ lost, and it says that it was the disk', async ({
  skip,
}) => {
  await using buyer = await trial.buyer()
  const { outputDir } = buyer.zecchino
  const disk = mount(outputDir, 60_000)
  if (!disk) return skip(notPermitted)
  await buy(buyer)
  disk.change('size=16k')
  await fetchIt()
  await buyer.until(isTold)

  for (let hours = 0; hours < 25; hours += 1) {
    buyer.advance(3_600_000)
    await new Promise((resolve) => setTimeout(resolve, 60))
  }

  const { detail } = await buyer.until(({ status }) => status === 'lost_media')
  expect(detail).toMatch(
    /^The video cannot be fetched: .* Until then it could not be saved in \S+: the disk is full, and it has \d+ bytes\. /,
  )
  expect(readdirSync(outputDir)).toEqual([])
})

test('behavior: a disk takes what is tried on it, and no file ⇒ its link is used less and less', async () => {
  await using buyer = await trial.buyer()
  await buy(buyer, privateRequest)
  isFull = true
  await fetchIt()
  await buyer.until(isTold)
  for (let hours = 0; hours < 6; hours += 0.05) {
    buyer.advance(0.05 * 3_600_000)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const [{ downloads } = { downloads: 0 }] = (await buyer.truth()).jobs
  expect(downloads).toBeGreaterThan(3)
  expect(downloads).toBeLessThan(10)

  isFull = false
  buyer.advance(3 * 3_600_000)

  await expectSaved(buyer)
})

test.for([
  ['is full', 'size=16k', 'the disk is full', 'write: ENOSPC'],
  ['is read-only', 'ro', 'the disk is read-only', 'access: EROFS'],
] as const)(
  'error: a disk %s before a purchase ⇒ nothing is bought',
  async ([, change, why, reason], { skip }) => {
    await using buyer = await trial.buyer()
    const { outputDir } = buyer.zecchino
    const disk = mount(outputDir, 60_000)
    if (!disk) return skip(notPermitted)
    disk.change(change)
    const { quote: made } = await quote(buyer.zecchino, request)
    await expect(buyVideo(buyer.zecchino, { quoteId: made.id })).rejects.toMatchObject({
      code: 'FILE_FAILED',
      facts: [`Reason: ${reason}`],
      moneyMoved: 'no',
      shortMessage: `Nothing was bought, because no video could be saved in ${outputDir}: ${why}.`,
    })
    expect(await buyer.ledger.jobs()).toEqual([])
    expect((await buyer.truth()).settlements).toEqual([])
  },
)
