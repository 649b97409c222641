import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import * as Answer from '../Answer.js'
import * as Clock from '../Clock.js'
import * as Errors from '../Errors.js'
import type { Zecchino } from './createZecchino.js'
import { recordAnswer } from './recordAnswer.js'
import { answersOf } from './reserveRoom.js'
import { markTold, tellKept } from './tellKept.js'

/** The largest file that is read, in bytes. */
const most = 4 * 1024 * 1024

/**
 * Takes up the answers to paid calls that processes of this machine have left beside the ledger: each
 * for its one move, and its file goes only after that is committed. What fits no job is kept and told.
 * Room that nobody waits for any more is cleared. It sends nothing, and books nothing but what was freed.
 *
 * @throws what the ledger throws; the files stay.
 */
export async function takeAnswers(zecchino: Zecchino): Promise<void> {
  const folder = answersOf(zecchino)
  for (const file of list(folder)) {
    const call = Answer.callOf(file)
    if (call) await take(zecchino, { call, path: join(folder, file) })
  }
}

/** An answer to a paid call that lies in a file, because it is not on the ledger. */
export type Left = {
  jobId: string
  path: string
  sentAt: Date
  /** Whether it fits no job as it stands, and the owner was told so. Another goes on the ledger by itself. */
  told: boolean
}

/** The answers that lie in files, the oldest call first. Room for one that has not come is none. */
export function leftAnswers(zecchino: Zecchino): Left[] {
  const folder = answersOf(zecchino)
  const left = list(folder).flatMap((file) => {
    const call = Answer.callOf(file)
    const path = join(folder, file)
    return call && (call.told || read(path)?.kind === 'answer') ? [{ ...call, path }] : []
  })
  return left.toSorted((one, other) => one.sentAt.getTime() - other.sentAt.getTime())
}

/** Answers that the owner should know of: they fit no job as it stands. Their paths. */
export function keptAnswers(zecchino: Zecchino): string[] {
  return leftAnswers(zecchino).flatMap(({ path, told }) => (told ? [path] : []))
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted()
  } catch {
    return [] // nothing was ever sent from here
  }
}

type Found = { call: Answer.Call & { told: boolean }; path: string }

async function take(zecchino: Zecchino, { call, path }: Found): Promise<void> {
  const { client, ledger, worker } = zecchino
  const content = read(path)
  if (content?.kind === 'room') {
    const age = (await ledger.now()).getTime() - call.sentAt.getTime()
    if (age > Clock.answering) rmSync(path, { force: true })
    return
  }
  const answer = content?.kind === 'answer' && open(zecchino, { call, sealed: content.sealed })
  if (answer) {
    if (await recordAnswer(zecchino, answer)) {
      rmSync(path, { force: true })
      worker.start(answer.jobId)
    } else if (!call.told) await tellKept(zecchino, { answer, path })
  } else if (content && !call.told) {
    client.onEvent({ message: wordsOf(call, path), type: 'warning' })
    markTold(path, call)
  }
}

function open(
  { ledger, seal }: Zecchino,
  { call, sealed }: { call: Answer.Call; sealed: string },
): Answer.Answer | undefined {
  try {
    return Answer.parse(seal.open(sealed, Answer.about(ledger.account, call)), call)
  } catch (error) {
    if (error instanceof Errors.BaseError) return undefined // another form of the key, or changed
    throw error
  }
}

function read(path: string): Answer.Content | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return undefined
  }
  try {
    const bytes = Buffer.alloc(Math.min(fstatSync(file).size, most))
    return Answer.contentOf(bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0)))
  } catch {
    return undefined
  } finally {
    closeSync(file)
  }
}

function wordsOf({ jobId, sentAt }: Answer.Call, path: string): string {
  return `${jobId}: the answer to its paid call of ${sentAt.toISOString()}, kept in ${path}, does not open with this key. It stays there: start once with the key in the form that it had then.`
}
