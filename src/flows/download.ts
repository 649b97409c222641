import { existsSync, writeSync } from 'node:fs'
import { link, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { Response } from 'undici'

import * as Errors from '../Errors.js'
import { makeFolder } from '../internal/makeFolder.js'
import { probeMp4 } from '../internal/probeMp4.js'
import type * as Job from '../Job.js'
import * as Video from '../Video.js'
import type { Zecchino } from './createZecchino.js'
import { moveJob } from './moveJob.js'

/** The largest video that is kept, in bytes. */
const maxBytes = 8 * 1024 ** 3

/** Where the finished video of a job lies. Nothing but the job's id decides the name. */
export function pathOf({ outputDir }: Zecchino, job: { id: string }): string {
  return join(outputDir, `${job.id}.mp4`)
}

/**
 * Streams a finished video into a part file, checks that it is a playable MP4, and only then gives
 * it its final name: fsync file, link, fsync folder, commit. Whole or absent, never overwritten.
 *
 * @throws {@link Video.NotAVideoError} {@link FileError} and leaves no file behind.
 */
export async function download(
  zecchino: Zecchino,
  options: { job: Job.Job; response: Response },
): Promise<void> {
  const { client, outputDir } = zecchino
  const { job, response } = options
  await moveJob(zecchino, { from: 'queued', jobId: job.id, to: 'ready' })
  // A name of its own for each attempt: no other process can rename our half-written bytes.
  const part = join(outputDir, `${job.id}.${client.randomHex(6)}.part`)
  try {
    makeFolder(outputDir)
    await clearParts(zecchino, job)
    await stream(zecchino, { job, part, response })
    await check(part)
    // Unlike rename, link never replaces what is there.
    await link(part, pathOf(zecchino, job)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    await rm(part)
    await syncFolder(outputDir)
  } catch (error) {
    await response.body?.cancel().catch(() => {}) // read to the end, or broken: nothing to give back
    await rm(part, { force: true })
    throw error instanceof Errors.BaseError ? error : fileError(error)
  }
  await adopt(zecchino, job)
}

/**
 * Takes a file that is already complete under its final name, as after a crash before the commit,
 * and clears away what that crash left beside it.
 *
 * @throws {@link FileError} when something else has the name: it is neither kept nor replaced.
 */
export async function adopt(zecchino: Zecchino, job: Job.Job): Promise<boolean> {
  const path = pathOf(zecchino, job)
  if (!existsSync(path)) return false
  const facts = await check(path).catch((cause: unknown) => {
    throw new FileError({ cause: { cause, code: 'EEXIST', syscall: 'link' } })
  })
  await clearParts(zecchino, job)
  const current = await zecchino.ledger.findJob(job.id)
  if (current?.status === 'queued')
    await moveJob(zecchino, { from: 'queued', jobId: job.id, to: 'ready' })
  const patch = { file: { ...facts, path } }
  return moveJob(zecchino, { from: 'ready', jobId: job.id, patch, to: 'saved' })
}

async function stream(
  { client }: Zecchino,
  { job, part, response }: { job: Job.Job; part: string; response: Response },
): Promise<void> {
  const announced = Number(response.headers.get('content-length') ?? Number.NaN)
  // A length counts what was sent; behind an encoding that is not what arrives here.
  const plain = response.headers.get('content-encoding') === null
  const total = plain && !Number.isNaN(announced) ? announced : undefined
  const file = await open(part, 'wx', 0o600)
  try {
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      const piece = chunk as Uint8Array
      bytes += piece.byteLength
      if (bytes > maxBytes) throw new Video.NotAVideoError({ reason: 'it does not end' })
      // At once, so that bytes never pile up in memory: the connection is not paused.
      for (let at = 0; at < piece.byteLength;) at += writeSync(file.fd, piece, at)
      client.onEvent({ bytes, jobId: job.id, total, type: 'job.download' })
    }
    if (total !== undefined && bytes !== total)
      throw new Video.NotAVideoError({ reason: `${bytes} of ${total} bytes arrived` })
    await file.sync()
  } catch (cause) {
    if (cause instanceof Errors.BaseError || isFileError(cause)) throw cause
    throw new Video.NotAVideoError({ cause, reason: 'the connection was lost half-way' })
  } finally {
    await file.close()
  }
}

async function check(path: string): Promise<Video.Facts> {
  try {
    const { durationSeconds, ...facts } = await probeMp4(path)
    return Video.Facts.parse({ ...facts, duration_seconds: durationSeconds })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable'
    throw new Video.NotAVideoError({ cause, reason: reason.slice(0, 200) })
  }
}

/** Removes what earlier attempts at this job left behind. */
async function clearParts({ outputDir }: Zecchino, job: Job.Job): Promise<void> {
  for (const name of await readdir(outputDir))
    if (name.startsWith(`${job.id}.`) && name.endsWith('.part'))
      await rm(join(outputDir, name), { force: true })
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && 'syscall' in error && !('address' in error)
}

function fileError(cause: unknown): Errors.BaseError {
  return isFileError(cause) ? new FileError({ cause }) : Errors.from(cause)
}

/** The finished video cannot be written here. It stays at the provider. */
export class FileError extends Errors.BaseError {
  override readonly code = 'FILE_FAILED'
  override readonly name = 'FileError'

  constructor({ cause }: { cause: unknown }) {
    const { code = 'error', syscall = 'write' } = cause as { code?: string; syscall?: string }
    super('The video could not be written to the output folder; it is still at the provider.', {
      cause,
      facts: [`Reason: ${syscall}: ${code}`],
      hint: 'Free space or fix the permissions of ZECCHINO_OUTPUT_DIR; the download is tried again.',
      moneyMoved: 'yes',
    })
  }
}
