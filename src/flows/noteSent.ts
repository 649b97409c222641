import { closeSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import * as Clock from '../Clock.js'
import * as Errors from '../Errors.js'
import { makeFolder } from '../internal/makeFolder.js'
import { syncFolder } from '../internal/syncFolder.js'
import type { Zecchino } from './createZecchino.js'
import { answersOf } from './reserveRoom.js'

/** A paid call for a job, or a payment that is presented, and when it left, as it is on the ledger. */
export type Sent = { id: string; sentAt: Date }

/**
 * Leaves a note beside the ledger that a paid call leaves now, once that is on the ledger and before it
 * does: an older copy of the ledger, put back later, knows nothing of the call. Without the note it may leave
 * all the same: it takes a copy as well to do harm.
 */
export function noteSent(zecchino: Zecchino, call: Sent): void {
  const folder = answersOf(zecchino)
  try {
    makeFolder(folder)
    closeSync(openSync(join(folder, fileOf(zecchino, call)), 'w', 0o600))
    syncFolder(folder)
  } catch (error) {
    const message = `${call.id}: it could not be noted that its paid call leaves: ${Errors.from(error).shortMessage}`
    zecchino.client.onEvent({ message, type: 'warning' })
  }
}

/** The calls that have left from here, by the notes of them; of each job or payment the last one, the newest first. */
export function notedCalls(zecchino: Zecchino): Sent[] {
  const folder = answersOf(zecchino)
  const calls = new Map<string, Sent>()
  for (const file of list(folder)) {
    const call = callOf(zecchino, file)
    const other = call && calls.get(call.id)
    if (call && (!other || other.sentAt < call.sentAt)) calls.set(call.id, call)
  }
  return [...calls.values()].toSorted((a, b) => b.sentAt.getTime() - a.sentAt.getTime())
}

/** Forgets a call and those before it of the same id: the ledger has been told, or it is long ago. */
export function forgetSent(zecchino: Zecchino, call: Sent): void {
  const folder = answersOf(zecchino)
  for (const file of list(folder)) {
    const one = callOf(zecchino, file)
    if (one?.id === call.id && one.sentAt <= call.sentAt)
      rmSync(join(folder, file), { force: true })
  }
}

/** Whether a call is so long ago that no copy of the ledger is as old. */
export function isLongAgo({ sentAt }: Sent, now: Date): boolean {
  return now.getTime() - sentAt.getTime() > Clock.noted
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // nothing was ever sent from here
  }
}

/** A ledger of another name has jobs of its own: it is no copy of this one. */
function fileOf({ ledger }: Zecchino, { id, sentAt }: Sent): string {
  return `${encodeURIComponent(id)}.${sentAt.getTime()}.${ledger.id ?? 'unnamed'}.sent`
}

function callOf({ ledger }: Zecchino, file: string): Sent | undefined {
  const [, id, at, name] = /^(.+)\.(\d{1,15})\.(\w+)\.sent$/.exec(file) ?? []
  if (id === undefined || at === undefined || name !== (ledger.id ?? 'unnamed')) return undefined
  return { id: decodeURIComponent(id), sentAt: new Date(Number(at)) }
}
