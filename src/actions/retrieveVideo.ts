import type { Response } from 'undici'
import type * as z from 'zod'

import type { Failed } from '../BadNews.js'
import { type Answer, readAnswer, send, sentenceOf } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import { silence } from '../client/createWire.js'
import { peekBody } from '../client/peekBody.js'
import { suggestionOf } from '../client/suggestionOf.js'
import { isText } from '../internal/isText.js'
import * as Venice from '../Venice.js'

/** Where a queued job stands, as the provider tells it. */
export type RetrieveOutcome =
  | { kind: 'processing'; elapsed: number; estimate: number }
  /** Ready; the file is behind the `download_url` of the queue answer. */
  | { kind: 'completed' }
  /** Ready; the body of this response is the file. The caller reads it or cancels it. */
  | { kind: 'video'; response: Response }
  /** 422 in Venice's own form: the provider refused it. */
  | ({ kind: 'failed' } & Failed)
  /** 404 or 410 in Venice's own form: the media is gone. */
  | { kind: 'gone'; says: string }
  /** 400 in Venice's own form: unknown, or older than 24 hours. */
  | { kind: 'unknown_id'; says: string }
  /**
   * Something that may pass: 401, 402, 429, 5xx, an answer that cannot be read, and all of the above
   * in any other form: whatever stands before Venice answers so. A 500 in its own form may be the end
   * of the job too, and then it comes with `failed`; an outage looks the same.
   */
  | { failed?: Failed; kind: 'transient'; says: string; status: number }

/**
 * Asks once where a job stands. Whose answer it is shows in its form. Free and harmless to repeat, unless `deleteMedia` is set: then the
 * provider deletes the media after this answer.
 */
export async function retrieveVideo(
  client: Client,
  options: retrieveVideo.Options,
): Promise<RetrieveOutcome> {
  const { deadline = 20 * 60_000, deleteMedia = false, model, queueId, signal, urgency } = options
  const path = '/video/retrieve'
  let response = await send(client, {
    body: {
      model,
      queue_id: queueId,
      ...(deleteMedia && { delete_media_on_completion: true }),
    },
    deadline,
    headDeadline: silence,
    headers: { 'accept-encoding': 'identity' }, // the file may be in the answer
    path,
    repeatable: false,
    signal,
    urgency,
  })
  const type = response.headers.get('content-type') ?? ''
  // The bytes themselves are checked later, so a vague type will do.
  if (response.status === 200 && /^(video\/|(application|binary)\/octet-stream)/i.test(type))
    return { kind: 'video', response }
  if (response.status === 200) {
    // Under whatever type: what does not read like an answer is a file, and it is paid for.
    const { head, response: whole } = await peekBody(response, 512)
    if (!isText(head)) return { kind: 'video', response: whole }
    response = whole
  }

  const answer = await readAnswer(client, { path, response })
  const { json, status } = answer
  if (status === 200) {
    const progress = Venice.Progress.safeParse(json).data
    if (!progress) return { kind: 'transient', says: 'an answer that cannot be read', status }
    if (progress.status === 'COMPLETED') return { kind: 'completed' }
    return {
      elapsed: progress.execution_duration,
      estimate: progress.average_execution_time,
      kind: 'processing',
    }
  }
  const says = sentenceOf(answer)
  const isOwn = (form: z.ZodType) =>
    /^application\/json\b/i.test(type) && form.safeParse(json).success
  if ((status === 404 || status === 410) && isOwn(Venice.Gone)) return { kind: 'gone', says }
  if (status === 400 && isOwn(Venice.Gone)) return { kind: 'unknown_id', says }
  if (status === 422 && isOwn(Venice.Refused)) return { kind: 'failed', ...failureOf(answer) }
  const failed = status === 500 && isOwn(Venice.Broken) ? { failed: failureOf(answer) } : {}
  return { kind: 'transient', says: says || `status ${status}`, status, ...failed }
}

/** Reads a failure, in either of its two shapes: all of it under `error`, or beside it. */
function failureOf(answer: Answer): Failed {
  const failure = Venice.Failure.safeParse(answer.json).data
  const inner = typeof failure?.error === 'object' ? failure.error : undefined
  return {
    refunded: inner?.credits_refunded ?? failure?.credits_refunded,
    says: sentenceOf(answer),
    suggestion: suggestionOf(answer),
  }
}

export declare namespace retrieveVideo {
  type Options = {
    /** Milliseconds for the whole exchange, the file included; it begins within 100 s. @default 20 minutes */
    deadline?: number | undefined
    /** Deletes the media at the provider. Only after the file is durable here. @default false */
    deleteMedia?: boolean | undefined
    model: string
    queueId: string
    signal?: AbortSignal | undefined
    /** While it waits for its turn: whoever has the greatest goes first. @default 0 */
    urgency?: (() => number) | undefined
  }
}
