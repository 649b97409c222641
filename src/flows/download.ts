import { lstatSync, type Stats } from 'node:fs'
import { rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'

import { freeBytes } from '../internal/freeBytes.js'
import { makeFolder } from '../internal/makeFolder.js'
import { nameFile } from '../internal/nameFile.js'
import { probeMp4 } from '../internal/probeMp4.js'
import { fullError } from '../internal/probeFolder.js'
import { syncFolder } from '../internal/syncFolder.js'
import { syncPath } from '../internal/syncPath.js'
import * as Errors from '../Errors.js'
import type * as Job from '../Job.js'
import * as Video from '../Video.js'
import { clearParts } from './clearParts.js'
import type { Zecchino } from './createZecchino.js'
import { type FileError, fileErrorOf, isFileError, isFull } from './fileErrorOf.js'
import { keepBytes } from './keepBytes.js'
import { isDue, type Kept, keptOf, keptWords } from './keptOf.js'
import { mismatchOf } from './mismatchOf.js'
import { moveJob } from './moveJob.js'
import { noteTrouble } from './noteTrouble.js'
import { pathOf } from './pathOf.js'
import { etagOf, lengthOf, receiveFile } from './receiveFile.js'
import { remembered } from './remembered.js'
import { requestOf } from './requestOf.js'
import { writeSidecar } from './writeSidecar.js'

/**
 * Streams a finished video into a part file, checks that it is a playable MP4, and only then gives
 * it its final name: fsync file, name, sidecar, fsync folder, commit. Whole or absent, never
 * overwritten. What keeps it from that is on the job at once, with the way out.
 *
 * @throws {@link Video.NotAVideoError} when what came is none; whatever arrived whole is kept.
 * @throws {@link FileError} and leaves no file behind.
 */
export async function download(zecchino: Zecchino, options: download.Options): Promise<void> {
  const { client, outputDir } = zecchino
  const { job, response } = options
  await refuseSame(zecchino, options)
  await markReady(zecchino, job)
  const memory = remembered(zecchino, job)
  const needs = lengthOf(response)
  // A name of its own for each attempt: no other process can rename our half-written bytes.
  const part = join(outputDir, `${job.id}.${client.randomHex(6)}.part`)
  let checked: { facts: Video.Facts } | undefined
  try {
    makeFolder(outputDir)
    await clearParts(zecchino, job).catch(() => {}) // what is saved does not depend on what is left
    if (needs !== undefined && ((await freeBytes(outputDir)) ?? needs) < needs) throw fullError()
    await receiveFile(zecchino, { ...options, part })
    const facts = await check(part).catch(async (error: unknown) => {
      if (error instanceof Video.NotAVideoError) await keep(zecchino, { ...options, error, part })
      throw error
    })
    if (await nameFile(part, pathOf(zecchino, job))) checked = { facts }
    else await rm(part, { force: true })
  } catch (cause) {
    await response.body?.cancel().catch(() => {}) // read to the end, or broken: nothing to give back
    memory.unsaved = true
    if (isFull(cause)) memory.needs = Math.max(needs ?? 0, lookAt(part)?.size ?? 0)
    await rm(part, { force: true }).catch(() => {}) // what went wrong before is what counts
    throw await noted(zecchino, job, cause, { needs: memory.needs })
  }
  memory.needs = undefined
  memory.unsaved = false
  await adopt(zecchino, job, checked)
}

export declare namespace download {
  type Options = Omit<receiveFile.Options, 'part'>
}

/**
 * Takes a file that is already complete under its final name, as after a crash before the commit,
 * and clears away what that crash left beside it.
 *
 * @throws {@link FileError} when something else has the name: it is neither kept nor replaced.
 */
export async function adopt(
  zecchino: Zecchino,
  job: Job.Job,
  checked?: { facts: Video.Facts },
): Promise<boolean> {
  const path = pathOf(zecchino, job)
  const there = lookAt(path)
  if (!there) return false
  // Where a link leads is another's file, and who reads a pipe waits for whoever writes to it.
  if (!there.isFile()) throw await noted(zecchino, job, taken())
  const facts =
    checked?.facts ??
    (await check(path).catch(async (cause: unknown) => {
      throw await noted(zecchino, job, isFileError(cause) ? cause : taken(cause))
    }))
  const file = { ...facts, path }
  const request = await requestOf(zecchino, job)
  const warnings = mismatchOf(request, file)
  try {
    await clearParts(zecchino, job).catch(() => {})
    const sidecar = await writeSidecar(zecchino, { file, job, request, warnings })
    // Where a folder cannot be synced, a name gets to the disk with its file.
    if (!syncFolder(zecchino.outputDir)) [path, sidecar].forEach(syncPath)
  } catch (cause) {
    throw await noted(zecchino, job, cause, { saved: true })
  }
  const current = await zecchino.ledger.findJob(job.id)
  if (current?.status === 'queued')
    await moveJob(zecchino, { from: 'queued', jobId: job.id, to: 'ready' })
  // What was said on the way is over; it stays in the audit log.
  const detail = `${warnings.join(' ')}${keptWords(await keptOf(zecchino, job))}`.trim()
  return moveJob(zecchino, { from: 'ready', jobId: job.id, patch: { detail, file }, to: 'saved' })
}

/**
 * Says that the file is there to be fetched. A ledger that is away is no reason not to: its link is good
 * for a few uses, and once the file has its name it is found whenever the ledger is back.
 */
async function markReady(zecchino: Zecchino, { id: jobId }: Job.Job): Promise<void> {
  try {
    await moveJob(zecchino, { from: 'queued', jobId, to: 'ready' })
  } catch (error) {
    if (!Errors.from(error).code.startsWith('LEDGER_')) throw error
  }
}

/** As a link to a name that something else has. */
function taken(cause?: unknown): Error {
  return Object.assign(new Error('taken', { cause }), {
    code: 'EEXIST',
    errno: -17,
    syscall: 'link',
  })
}

/**
 * Refuses a file that is most likely what came before and could not be read: of the same length, and
 * the same by its strong name or not due yet.
 */
async function refuseSame(zecchino: Zecchino, { job, response }: download.Options): Promise<void> {
  const kept = await keptOf(zecchino, job)
  const [last] = kept
  if (!last) return
  const now = zecchino.client.now()
  const length = lengthOf(response) ?? last.bytes
  if (kept.every(({ bytes }) => bytes !== length)) return
  const etag = etagOf(response)
  if (etag !== undefined && etag === remembered(zecchino, job).etag)
    await utimes(last.path, now, now) // surely the same; a link waits for as long as now
  else if (isDue({ job, kept, now, source: 'answer' })) return
  await response.body?.cancel()
  // Something else may have been said meanwhile.
  const said = (await zecchino.ledger.findJob(job.id))?.detail ?? ''
  if (!said.includes(last.path))
    await noteTrouble(zecchino, job, troubleOf(last, remembered(zecchino, job).reason))
  throw new Video.NotAVideoError({ reason: 'it is what came before' })
}

/** Keeps what arrived whole and is no video, and tells of it on the job. */
async function keep(
  zecchino: Zecchino,
  options: download.Options & { error: Video.NotAVideoError; part: string },
): Promise<void> {
  const { error, job, part, response } = options
  const kept = await keepBytes(zecchino, { job, part })
  const reason = error.facts.join(' ').replace(/^Reason: /, '')
  if (kept) Object.assign(remembered(zecchino, job), { etag: etagOf(response), reason })
  const none = `What came in place of this video is none (${reason}). It is asked for again.`
  await noteTrouble(zecchino, job, kept ? troubleOf(kept, reason) : none)
}

/** What is said of bytes that are kept, with why they cannot be read, if this process knows. */
function troubleOf({ bytes, path }: Pick<Kept, 'bytes' | 'path'>, reason?: string): string {
  const why = reason === undefined ? '' : ` (${reason})`
  return `What came for this video cannot be read as an MP4${why}. All of its ${bytes} bytes are kept as ${path}. The copy at the provider is left alone; it is asked for again, less and less often, as long as it is kept there.`
}

async function check(path: string): Promise<Video.Facts> {
  try {
    const { durationSeconds, ...facts } = await probeMp4(path)
    return Video.Facts.parse({ ...facts, duration_seconds: durationSeconds })
  } catch (cause) {
    if (isFileError(cause)) throw cause // the disk, and not what is on it
    const reason = cause instanceof Error ? cause.message : 'unreadable'
    throw new Video.NotAVideoError({ cause, reason: reason.slice(0, 200) })
  }
}

/** Puts what went wrong with a file into words, and those on the job. */
async function noted(
  zecchino: Zecchino,
  job: Job.Job,
  cause: unknown,
  place: Partial<FileError.Place> = {},
) {
  const { outputDir: folder } = zecchino
  const error = fileErrorOf(cause, { folder, path: pathOf(zecchino, job), ...place })
  if (error.code === 'FILE_FAILED') await noteTrouble(zecchino, job, error)
  return error
}

/** What has a name, even if it leads nowhere. `undefined`: nothing, or the name cannot be looked at. */
function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined // why, is told by whatever is tried next
  }
}
