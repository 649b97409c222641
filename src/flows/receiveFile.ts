import { writeSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

import type { Response } from 'undici'

import type { DownloadOutcome, openDownload } from '../actions/openDownload.js'
import * as Errors from '../Errors.js'
import { syncFile } from '../internal/syncFile.js'
import type * as Job from '../Job.js'
import * as Video from '../Video.js'
import type { Zecchino } from './createZecchino.js'
import { isFileError } from './fileErrorOf.js'

/** The largest video that is kept, in bytes. */
const maxBytes = 8 * 1024 ** 3

/** How often the rest is asked for, when the connection is lost again and again. */
const maxRests = 6

/**
 * Streams the body of an answer into a new file, durably. Memory does not grow with it.
 *
 * When the connection is lost half-way and the server offers ranges of a file that it can name for
 * sure, the rest is asked for; otherwise whoever calls starts anew.
 *
 * @throws {@link Video.NotAVideoError} when not all of it arrived, or an error of the file system.
 */
export async function receiveFile(
  { client }: Zecchino,
  options: receiveFile.Options,
): Promise<void> {
  const { job, openRest, part, response, signal } = options
  const total = lengthOf(response)
  const etag = rangesOf(response)
  const tell = (bytes: number) =>
    client.onEvent({ bytes, jobId: job.id, total, type: 'job.download' })
  if ((total ?? 0) > maxBytes) throw new Video.NotAVideoError({ reason: `it has ${total} bytes` })

  const file = await open(part, 'wx', 0o600)
  try {
    let poured = await pour(file, { at: 0, response, tell })
    for (let rests = 1; poured.lost && rests <= maxRests; rests += 1) {
      if (!openRest || etag === undefined || total === undefined) break
      if (poured.at >= total) break
      client.onEvent({ message: `${job.id}: lost after ${poured.at} bytes`, type: 'warning' })
      await client.sleep(1_000 * 2 ** (rests - 1), signal)
      const outcome = await openRest({ etag, from: poured.at, total }).catch(() => 'lost' as const)
      if (outcome === undefined) break
      if (outcome === 'lost') continue
      if (outcome.kind === 'rest')
        poured = await pour(file, { at: poured.at, response: outcome.response, tell })
      else if (outcome.kind === 'file') {
        // It is another file by now, or the server has changed its mind about ranges.
        await outcome.response.body?.cancel()
        break
      } else if (outcome.kind === 'gone') break
    }
    if (poured.lost)
      throw new Video.NotAVideoError({
        cause: poured.lost,
        reason: 'the connection was lost half-way',
      })
    if (total !== undefined && poured.at !== total)
      throw new Video.NotAVideoError({ reason: `${poured.at} of ${total} bytes arrived` })
    await syncFile(file)
  } finally {
    await file.close()
  }
}

export declare namespace receiveFile {
  type Options = {
    job: Job.Job
    /** Asks for the rest of the file, if that may be done by now; without it, a lost connection is the end. */
    openRest?:
      | ((rest: NonNullable<openDownload.Options['rest']>) => Promise<DownloadOutcome | undefined>)
      | undefined
    /** Path of the file, which does not exist yet. */
    part: string
    response: Response
    signal: AbortSignal
  }
}

type Pour = { at: number; response: Response; tell: (bytes: number) => void }

/** Writes a body from a byte on. Returns where it ended, and what cut it off, if something did. */
async function pour(file: FileHandle, { at, response, tell }: Pour) {
  try {
    for await (const chunk of response.body ?? []) {
      const piece = chunk as Uint8Array
      if (at + piece.byteLength > maxBytes)
        throw new Video.NotAVideoError({ reason: 'it does not end' })
      // At once, so that bytes never pile up in memory: the connection is not paused.
      for (let from = 0; from < piece.byteLength;) {
        const written = writeSync(file.fd, piece, from, piece.byteLength - from, at)
        from += written
        at += written
      }
      tell(at)
    }
    return { at, lost: undefined }
  } catch (error) {
    if (error instanceof Errors.BaseError || isFileError(error)) throw error
    return { at, lost: error }
  }
}

/** A length counts what was sent; behind an encoding that is not what arrives here. */
export function lengthOf({ headers }: Response): number | undefined {
  const length = Number(headers.get('content-length') ?? Number.NaN)
  const plain = headers.get('content-encoding') === null
  return plain && Number.isSafeInteger(length) && length >= 0 ? length : undefined
}

/** The strong name of the file, if it has one. */
export function etagOf({ headers }: Pick<Response, 'headers'>): string | undefined {
  const etag = headers.get('etag') ?? ''
  return /^"[^"]+"$/.test(etag) ? etag : undefined
}

/** The same, if the server offers ranges of the file. */
function rangesOf(response: Response): string | undefined {
  const offered = response.headers.get('accept-ranges')?.toLowerCase() === 'bytes'
  return offered ? etagOf(response) : undefined
}
