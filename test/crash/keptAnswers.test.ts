import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import Database from 'libsql'
import { afterAll, afterEach, expect, test } from 'vitest'

import * as Answer from '../../src/Answer.js'
import { buyVideo } from '../../src/flows/buyVideo.js'
import { quote } from '../../src/flows/quote.js'
import type { Zecchino } from '../../src/flows/createZecchino.js'
import { reserveRoom } from '../../src/flows/reserveRoom.js'
import { keptAnswers, takeAnswers } from '../../src/flows/takeAnswers.js'
import * as Job from '../../src/Job.js'
import * as Ledger from '../../src/Ledger.js'
import { version } from '../../src/ledgers/migrations.js'
import { createBuyer } from '../support/createBuyer.js'
import { fillDisk } from '../support/fillDisk.js'
import { reserve } from '../support/purchases.js'
import { createTrial } from './createTrial.js'
import { privateRequest, request } from './requests.js'

const trial = await createTrial()
afterAll(() => trial.close())

let full = false
fillDisk({ isFull: () => full })
afterEach(() => void (full = false))

type Wrap = (ledger: Ledger.Ledger) => Ledger.Ledger

/** A ledger that can be taken away and brought back: then no write gets through. */
function createOutage() {
  let isAway = false
  const writes = [
    'claimJob',
    'linkRow',
    'moveJob',
    'noteJob',
    'recordAnswer',
    'recordRows',
  ] as const
  const wrap: Wrap = (ledger) => {
    const write =
      (name: (typeof writes)[number]) =>
      async (...values: unknown[]) => {
        if (isAway)
          throw new Ledger.UnavailableError({ reason: 'the disk is full.', where: 'here' })
        return (ledger[name] as (...values: unknown[]) => Promise<unknown>)(...values)
      }
    return Object.assign(
      { ...ledger },
      Object.fromEntries(writes.map((name) => [name, write(name)])),
    )
  }
  return {
    back: () => void (isAway = false),
    isAway: () => isAway,
    start: () => void (isAway = true),
    wrap,
  }
}

/** Takes the ledger away as soon as the paid call is under way. */
function awayFromTheCall() {
  const outage = createOutage()
  const wrap: Wrap = (ledger) => {
    const wrapped = outage.wrap(ledger)
    return {
      ...wrapped,
      async moveJob(id, move) {
        const moved = await wrapped.moveJob(id, move)
        if (moved && move.to === 'sending') outage.start()
        return moved
      },
    }
  }
  return { ...outage, wrap }
}

const filesOf = ({ answersDir, ledger }: Zecchino) => {
  const folder = join(answersDir, Answer.folderOf(ledger.account))
  // Notes of calls that left stay.
  const files = existsSync(folder)
    ? readdirSync(folder).filter((file) => !file.endsWith('.sent'))
    : []
  return files.map((file) => join(folder, file))
}

async function start({ zecchino }: { zecchino: Zecchino }, wanted: object): Promise<string> {
  const { quote: made } = await quote(zecchino, wanted)
  return (await buyVideo(zecchino, { quoteId: made.id })).job.id
}

const isAnswer = (path: string) =>
  readFileSync(path).toString('latin1').startsWith('zecchino answer')

/** Waits until the answer lies in its file, and returns the path. */
async function answerIn(zecchino: Zecchino): Promise<string> {
  await expect.poll(() => filesOf(zecchino).some(isAnswer), { timeout: 20_000 }).toBe(true)
  return filesOf(zecchino).find(isAnswer) ?? ''
}

test('behavior: the ledger is away for ten minutes after the call ⇒ the private video', async () => {
  const outage = awayFromTheCall()
  await using buyer = await trial.buyer({ wrap: outage.wrap })
  const id = await start(buyer, privateRequest)
  await answerIn(buyer.zecchino)
  const since = buyer.zecchino.client.now().getTime()
  const passed = () => buyer.zecchino.client.now().getTime() - since
  await expect.poll(passed, { timeout: 20_000 }).toBeGreaterThan(600_000)
  expect(await buyer.ledger.findJob(id)).toMatchObject({ status: 'sending' })

  outage.back()

  const status = async () => (await buyer.ledger.findJob(id))?.status
  await expect.poll(status, { timeout: 20_000 }).toBe('cleaned')
  expect((await buyer.truth()).charges).toHaveLength(1)
  expect(filesOf(buyer.zecchino)).toEqual([])
})

test('behavior: it is away until the process ends ⇒ the next one has the answer from the disk', async () => {
  const outage = awayFromTheCall()
  await using buyer = await trial.buyer({ wrap: outage.wrap })
  const id = await start(buyer, privateRequest)
  const path = await answerIn(buyer.zecchino)

  const { queue_id: queueId = '' } = (await buyer.truth()).jobs[0] ?? {}
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(queueId).not.toBe('')
  expect(readFileSync(path, 'latin1')).not.toMatch(new RegExp(`${queueId}|storage|http`))
  await buyer.zecchino.close()
  expect(existsSync(path)).toBe(true)
  outage.back()
  await buyer.restart()

  const status = async () => (await buyer.ledger.findJob(id))?.status
  await expect.poll(status, { timeout: 20_000 }).toBe('cleaned')
  expect(await buyer.ledger.findJob(id)).toMatchObject({ queueId })
  expect((await buyer.truth()).charges).toHaveLength(1)
  expect(filesOf(buyer.zecchino)).toEqual([])
})

test('behavior: the disk is full from then on, for files too ⇒ the room was there', async () => {
  const outage = awayFromTheCall()
  const wrap: Wrap = (ledger) => {
    const wrapped = outage.wrap(ledger)
    const moveJob: Ledger.Ledger['moveJob'] = async (id, move) => {
      const moved = await wrapped.moveJob(id, move)
      full ||= outage.isAway()
      return moved
    }
    return { ...wrapped, moveJob }
  }
  await using buyer = await trial.buyer({ wrap })
  const id = await start(buyer, privateRequest)
  await answerIn(buyer.zecchino)
  await buyer.zecchino.close()
  outage.back()
  full = false
  await buyer.restart()

  const status = async () => (await buyer.ledger.findJob(id))?.status
  await expect.poll(status, { timeout: 20_000 }).toBe('cleaned')
})

test.each([
  ['the disk is full', () => (full = true), () => (full = false)],
  [
    'the folder cannot be made',
    (home: string) => writeFileSync(join(home, 'answers'), ''),
    (home: string) => rmSync(join(home, 'answers')),
  ],
])(
  'error: no room, because %s ⇒ nothing is sent, the job says why, and goes on',
  async (_, spoil, mend) => {
    await using buyer = await trial.buyer()
    await buyer.zecchino.ready()
    const { quote: made } = await quote(buyer.zecchino, request)
    spoil(buyer.home)
    const { id } = (await buyVideo(buyer.zecchino, { quoteId: made.id })).job
    const job = () => buyer.ledger.findJob(id)

    await expect
      .poll(async () => (await job())?.detail, { timeout: 20_000 })
      .toMatch(/^Nothing was sent, because there is no room for the answer: .+ Free some space/)
    await expect.poll(() => buyer.zecchino.worker.errorOf(id)?.code).toBe('FILE_FAILED')
    expect(await job()).toMatchObject({ sentAt: undefined, status: 'reserved' })
    expect((await buyer.truth()).charges).toEqual([])
    mend(buyer.home)

    await expect.poll(async () => (await job())?.status, { timeout: 20_000 }).toBe('cleaned')
    expect((await job())?.detail).toBeFalsy()
  },
)

test('behavior: a newer program takes the ledger over during the call ⇒ the answer is on record', async () => {
  const setVersion = (path: string, to: number) => {
    const database = new Database(path, { timeout: 5_000 } as Database.Options)
    database.exec(`UPDATE schema_version SET version = ${to}`)
    database.close()
  }
  let path = ''
  await using buyer = await trial.buyer({
    wrap: (ledger) => ({
      ...ledger,
      async moveJob(id, move) {
        const moved = await ledger.moveJob(id, move)
        if (move.to === 'sending') setVersion(path, version + 1)
        return moved
      },
    }),
  })
  path = join(buyer.home, 'ledger.sqlite')
  const id = await start(buyer, privateRequest)
  const job = () => buyer.ledger.findJob(id)

  await expect.poll(async () => (await job())?.status, { timeout: 20_000 }).toBe('queued')
  await expect.poll(() => buyer.zecchino.worker.errorOf(id)?.code).toBe('LEDGER_NEWER')
  expect((await job())?.sealedUrl).toBeDefined()
  // Stands for the newer program that goes on with it.
  setVersion(path, version)

  await expect.poll(async () => (await job())?.status, { timeout: 20_000 }).toBe('cleaned')
})

test.each([
  ['a refusal', { kind: 'status', route: 'queue', status: 400, body: { error: 'No such thing' } }],
  ['no connection', { kind: 'reset', route: 'queue', when: 'before' }],
  ['an answer', undefined],
])('behavior: after %s no file stays', async (_, fault) => {
  await using buyer = await trial.buyer({ faults: fault ? [fault] : [] })
  await buyer.buy()
  expect(filesOf(buyer.zecchino)).toEqual([])
})

test('behavior: a refusal that the ledger could not take at once is not lost either', async () => {
  const outage = awayFromTheCall()
  await using buyer = await trial.buyer({
    faults: [{ body: { error: 'No such thing' }, kind: 'status', route: 'queue', status: 400 }],
    wrap: outage.wrap,
  })
  const id = await start(buyer, request)
  await expect.poll(outage.isAway, { timeout: 20_000 }).toBe(true)
  const since = buyer.zecchino.client.now().getTime()
  const passed = () => buyer.zecchino.client.now().getTime() - since
  await expect.poll(passed, { timeout: 20_000 }).toBeGreaterThan(60_000)

  outage.back()

  const job = () => buyer.ledger.findJob(id)
  await expect.poll(async () => (await job())?.status, { timeout: 20_000 }).toBe('rejected')
})

/** A job that was sent, in a process that is not there any more, and its room. */
async function createSent(options: { now?: () => Date } = {}) {
  // Nothing listens there: only the ledger and the disk matter.
  const buyer = await createBuyer({ apiUrl: 'http://127.0.0.1:9/api/v1', ...options })
  const { ledger } = buyer.zecchino
  const sentAt = new Date(1_700_000_000_000)
  const jobId = await reserve(ledger, 'q')
  await ledger.moveJob(jobId, { from: 'reserved', patch: { sentAt }, to: 'sending' })
  const call = { jobId, sentAt }
  const answer = { ...call, downloadUrl: 'https://x.example/y', queueId: 'v1', queuedAt: sentAt }
  return { answer, buyer, call, job: () => ledger.findJob(jobId), ledger, zecchino: buyer.zecchino }
}

function leave(zecchino: Zecchino, answer: Answer.Answer): string {
  const room = reserveRoom(zecchino, answer)
  expect(room.write(answer)).toBe(true)
  room.leave()
  return room.path
}

test('behavior: an answer that was left is taken once, by whoever looks', async () => {
  const { answer, buyer, job, zecchino } = await createSent()
  await using _ = buyer
  const path = leave(zecchino, answer)

  await takeAnswers(zecchino)
  await takeAnswers(zecchino)

  expect(await job()).toMatchObject({ queueId: 'v1', status: 'queued' })
  expect(zecchino.seal.open((await job())?.sealedUrl ?? '')).toBe('https://x.example/y')
  expect(existsSync(path)).toBe(false)
})

test('behavior: its file stays while the ledger does not take it', async () => {
  const { answer, buyer, job, zecchino } = await createSent()
  await using _ = buyer
  const path = leave(zecchino, answer)
  const away = new Ledger.UnavailableError({ reason: 'the disk is full.', where: 'here' })
  const recordAnswer = async () => Promise.reject(away)
  const without = { ...zecchino, ledger: { ...zecchino.ledger, recordAnswer } }

  await expect(takeAnswers(without)).rejects.toBe(away)
  expect(existsSync(path)).toBe(true)

  await takeAnswers(zecchino)
  expect(await job()).toMatchObject({ status: 'queued' })
})

test('behavior: it is taken for its own call only, whatever the file is called', async () => {
  const { answer, buyer, call, job, ledger, zecchino } = await createSent()
  await using _ = buyer
  const path = leave(zecchino, { ...answer, sentAt: new Date(call.sentAt.getTime() - 1) })
  renameSync(path, join(path, '..', Answer.fileOf(call)))

  await takeAnswers(zecchino)
  await takeAnswers(zecchino)

  expect(await job()).toMatchObject({ queueId: undefined, status: 'sending' })
  expect(await ledger.events()).toHaveLength(2)
  expect(keptAnswers(zecchino)).toHaveLength(1)
  const warnings = buyer.events.filter(({ type }) => type === 'warning')
  expect(warnings).toMatchObject([
    { message: expect.stringContaining('does not open with this key') as string },
  ])
})

test('behavior: one that fits no job is kept and told once, and taken when it fits', async () => {
  const { answer, buyer, call, job, ledger, zecchino } = await createSent()
  await using _ = buyer
  const again = new Date(call.sentAt.getTime() + 60_000)
  const late = { ...answer, sentAt: again }
  leave(zecchino, late)

  await takeAnswers(zecchino)
  await takeAnswers(zecchino)

  expect(await job()).toMatchObject({ status: 'sending' })
  expect((await ledger.events()).filter(({ type }) => type === 'answer_kept')).toMatchObject([
    {
      data: { queue_id: 'v1', sent_at: again.toISOString(), status: 'sending' },
      subject: call.jobId,
    },
  ])
  expect(buyer.events.filter(({ type }) => type === 'warning')).toHaveLength(1)
  expect(keptAnswers(zecchino)).toHaveLength(1)

  await ledger.moveJob(call.jobId, { from: 'sending', to: 'reserved' })
  await ledger.moveJob(call.jobId, { from: 'reserved', patch: { sentAt: again }, to: 'sending' })
  await takeAnswers(zecchino)
  expect(await job()).toMatchObject({ queueId: 'v1', status: 'queued' })
  expect(keptAnswers(zecchino)).toEqual([])
})

test('behavior: an answer that comes while its owner is asked anew takes the place of the question', async () => {
  const { answer, buyer, call, job, ledger, zecchino } = await createSent()
  await using _ = buyer
  leave(zecchino, answer)
  await ledger.moveJob(call.jobId, { from: 'sending', to: 'reserved' })
  const expiresAt = new Date((await ledger.now()).getTime() + 60_000)
  const approval = { expiresAt, hash: 'shown', id: 'approval_1', topUp: 0n }
  const { jobId } = call
  const price = 2_000_000n
  const anew = {
    approval,
    detail: 'more',
    from: 'reserved',
    jobId,
    price,
    replaces: undefined,
  } as const
  await ledger.askAgain(anew)
  expect(await job()).toMatchObject({ status: 'needs_approval' })

  await takeAnswers(zecchino)

  expect(await job()).toMatchObject({ queueId: 'v1', status: 'queued' })
  expect(await ledger.approvals()).toEqual([])
  expect(keptAnswers(zecchino)).toEqual([])
  expect(buyer.events.filter(({ type }) => type === 'warning')).toEqual([])
})

test('behavior: a link brings back a job that was given up without it', async () => {
  const { answer, buyer, call, job, ledger, zecchino } = await createSent()
  await using _ = buyer
  const patch = { queueId: 'v1', queuedAt: call.sentAt }
  await ledger.moveJob(call.jobId, { from: 'sending', patch, to: 'queued' })
  await ledger.moveJob(call.jobId, {
    from: 'queued',
    patch: { detail: 'no link' },
    to: 'lost_media',
  })
  leave(zecchino, answer)

  await takeAnswers(zecchino)

  expect(Job.isGivenUp((await job())?.status ?? 'lost_media')).toBe(false)
  expect((await job())?.sealedUrl).toBeDefined()
})

test('behavior: room that a dead process has left is cleared when no call can be under way', async () => {
  let at = new Date(1_700_000_000_000)
  const { buyer, call, zecchino } = await createSent({ now: () => at })
  await using _ = buyer
  const { path } = reserveRoom(zecchino, call)

  at = new Date(at.getTime() + 9 * 60_000)
  await takeAnswers(zecchino)
  expect(existsSync(path)).toBe(true)

  at = new Date(at.getTime() + 2 * 60_000)
  await takeAnswers(zecchino)
  expect(existsSync(path)).toBe(false)
})

test('behavior: room that somebody took away is made anew for the answer', async () => {
  const { answer, buyer, job, zecchino } = await createSent()
  await using _ = buyer
  const room = reserveRoom(zecchino, answer)
  rmSync(join(room.path, '..'), { recursive: true })

  expect(room.write(answer)).toBe(true)
  room.leave()
  await takeAnswers(zecchino)

  expect(await job()).toMatchObject({ queueId: 'v1', status: 'queued' })
})
