import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import * as Errors from '../Errors.js'
import { makeFolder } from '../internal/makeFolder.js'
import { nameFile } from '../internal/nameFile.js'
import { probeMp4 } from '../internal/probeMp4.js'
import { syncFolder } from '../internal/syncFolder.js'
import { syncPath } from '../internal/syncPath.js'
import type * as Job from '../Job.js'
import * as Video from '../Video.js'
import { clearParts } from './clearParts.js'
import type { Zecchino } from './createZecchino.js'
import { mismatchOf } from './mismatchOf.js'
import { moveJob } from './moveJob.js'
import { isFileError, receiveFile } from './receiveFile.js'
import { requestOf } from './requestOf.js'
import { writeSidecar } from './writeSidecar.js'

/** Where the finished video of a job lies. Nothing but the job's id decides the name. */
export function pathOf({ outputDir }: Zecchino, job: { id: string }): string {
  return join(outputDir, `${job.id}.mp4`)
}

/**
 * Streams a finished video into a part file, checks that it is a playable MP4, and only then gives
 * it its final name: fsync file, name, sidecar, fsync folder, commit. Whole or absent, never
 * overwritten.
 *
 * @throws {@link Video.NotAVideoError} {@link FileError} and leaves no file behind.
 */
export async function download(zecchino: Zecchino, options: download.Options): Promise<void> {
  const { client, outputDir } = zecchino
  const { job, response } = options
  await moveJob(zecchino, { from: 'queued', jobId: job.id, to: 'ready' })
  // A name of its own for each attempt: no other process can rename our half-written bytes.
  const part = join(outputDir, `${job.id}.${client.randomHex(6)}.part`)
  let checked: { facts: Video.Facts } | undefined
  try {
    makeFolder(outputDir)
    await clearParts(zecchino, job).catch(() => {}) // what is saved does not depend on what is left
    await receiveFile(zecchino, { ...options, part })
    const facts = await check(part)
    if (await nameFile(part, pathOf(zecchino, job))) checked = { facts }
    else await rm(part, { force: true })
  } catch (error) {
    await response.body?.cancel().catch(() => {}) // read to the end, or broken: nothing to give back
    await rm(part, { force: true })
    throw error instanceof Errors.BaseError ? error : fileError(error)
  }
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
  if (!existsSync(path)) return false
  const facts =
    checked?.facts ??
    (await check(path).catch((cause: unknown) => {
      throw new FileError({ cause: { cause, code: 'EEXIST', syscall: 'link' } })
    }))
  const file = { ...facts, path }
  const request = await requestOf(zecchino, job)
  const warnings = mismatchOf(request, file)
  try {
    await clearParts(zecchino, job).catch(() => {})
    const sidecar = await writeSidecar(zecchino, { file, job, request, warnings })
    // Where a folder cannot be synced, a name gets to the disk with its file.
    if (!syncFolder(zecchino.outputDir)) [path, sidecar].forEach(syncPath)
  } catch (error) {
    throw fileError(error)
  }
  const current = await zecchino.ledger.findJob(job.id)
  if (current?.status === 'queued')
    await moveJob(zecchino, { from: 'queued', jobId: job.id, to: 'ready' })
  // What was said on the way is over; it stays in the audit log.
  const patch = { detail: warnings.join(' '), file }
  return moveJob(zecchino, { from: 'ready', jobId: job.id, patch, to: 'saved' })
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
