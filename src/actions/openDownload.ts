import type { Response } from 'undici'

import { readAnswer, sentenceOf } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import { fetchDownload } from '../client/fetchDownload.js'

/** What a pre-signed link gave. */
export type DownloadOutcome =
  /** The whole file, from its first byte. */
  | { kind: 'file'; response: Response }
  /** The rest of the same file, from the byte that was asked for. */
  | { kind: 'rest'; response: Response }
  /** 403, 404 or 410: not there yet, revoked, expired or deleted. */
  | { kind: 'gone'; status: number }
  /** Something that may pass: 429, 5xx, or an answer to another question. */
  | { kind: 'transient'; says: string; status: number }

/**
 * Opens the pre-signed link of a private video, or the rest of the file from a byte on. A few GETs
 * are allowed, so a failure is not repeated here. The request carries no credentials.
 */
export async function openDownload(
  client: Client,
  options: openDownload.Options,
): Promise<DownloadOutcome> {
  const { rest, signal, url } = options
  const headers = rest && { 'if-range': rest.etag, range: `bytes=${rest.from}-` }
  const response = await fetchDownload(client, { headers, method: 'GET', signal, url })
  const { status } = response
  if (status === 200) return { kind: 'file', response }
  if (status === 206 && rest && isRest(response, rest)) return { kind: 'rest', response }
  if (status === 206) {
    await response.body?.cancel()
    return { kind: 'transient', says: 'another part than was asked for', status }
  }
  const answer = await readAnswer(client, { path: '/(download link)', response })
  if (status === 403 || status === 404 || status === 410) return { kind: 'gone', status }
  return { kind: 'transient', says: sentenceOf(answer) || `status ${status}`, status }
}

export declare namespace openDownload {
  type Options = {
    /** Only what follows these bytes, if the file is still the same. */
    rest?: { etag: string; from: number; total: number } | undefined
    signal?: AbortSignal | undefined
    url: string
  }
}

/** Whether it is the rest of the very file that the first bytes came from. */
function isRest({ headers }: Response, rest: NonNullable<openDownload.Options['rest']>): boolean {
  const { etag, from, total } = rest
  const range = headers.get('content-range') ?? ''
  return headers.get('etag') === etag && range === `bytes ${from}-${total - 1}/${total}`
}
