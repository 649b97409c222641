import { closeSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import type * as Answer from '../Answer.js'
import * as Errors from '../Errors.js'
import { makeFolder } from '../internal/makeFolder.js'
import { syncFolder } from '../internal/syncFolder.js'
import type { Zecchino } from './createZecchino.js'
import { answersOf } from './reserveRoom.js'

/** For how long it is remembered that a call left, in milliseconds: as long as anybody keeps copies. */
const remembered = 365 * 24 * 3_600_000

/**
 * Leaves a note beside the ledger that a paid call leaves now, once that is on the ledger and before it
 * does: an older copy of the ledger, put back later, knows nothing of the call. Without the note it may leave
 * all the same: it takes a copy as well to do harm.
 */
export function noteSent(zecchino: Zecchino, call: Answer.Call): void {
  const folder = answersOf(zecchino)
  try {
    makeFolder(folder)
    closeSync(openSync(join(folder, fileOf(call)), 'w', 0o600))
    syncFolder(folder)
  } catch (error) {
    const message = `${call.jobId}: it could not be noted that its paid call leaves: ${Errors.from(error).shortMessage}`
    zecchino.client.onEvent({ message, type: 'warning' })
  }
}

/** The calls that have left from here, by the notes of them; of each job the last one. */
export function notedCalls(zecchino: Zecchino): Answer.Call[] {
  const folder = answersOf(zecchino)
  const calls = new Map<string, Answer.Call>()
  for (const file of list(folder)) {
    const call = callOf(file)
    const other = call && calls.get(call.jobId)
    if (call && (!other || other.sentAt < call.sentAt)) calls.set(call.jobId, call)
  }
  return [...calls.values()]
}

/** Forgets a call and those before it of the same job: the ledger has been told, or it is long ago. */
export function forgetSent(zecchino: Zecchino, call: Answer.Call): void {
  const folder = answersOf(zecchino)
  for (const file of list(folder)) {
    const one = callOf(file)
    if (one?.jobId === call.jobId && one.sentAt <= call.sentAt)
      rmSync(join(folder, file), { force: true })
  }
}

/** Whether a call is so long ago that no copy of the ledger is as old. */
export function isLongAgo({ sentAt }: Answer.Call, now: Date): boolean {
  return now.getTime() - sentAt.getTime() > remembered
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // nothing was ever sent from here
  }
}

function fileOf({ jobId, sentAt }: Answer.Call): string {
  return `${encodeURIComponent(jobId)}.${sentAt.getTime()}.sent`
}

function callOf(file: string): Answer.Call | undefined {
  const [, job, at] = /^(.+)\.(\d{1,15})\.sent$/.exec(file) ?? []
  if (job === undefined || at === undefined) return undefined
  return { jobId: decodeURIComponent(job), sentAt: new Date(Number(at)) }
}
