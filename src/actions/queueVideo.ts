import * as Errors from '../Errors.js'
import { type Answer, call, codeOf, sentenceOf, wasSent } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import { suggestionOf } from '../client/suggestionOf.js'
import { issuesOf, type ServerIssue } from '../client/issuesOf.js'
import * as Venice from '../Venice.js'
import * as X402 from '../X402.js'

/** What is known after the one paid call. Only `unknown` may have cost money. */
export type QueueOutcome =
  | { kind: 'queued'; queued: Venice.Queued }
  /** A complete, schema-valid refusal: the server says that it took nothing. */
  | {
      kind: 'refused'
      code: string | undefined
      demand?: X402.Demand
      /** What the server says is wrong, field by field. */
      issues: readonly ServerIssue[]
      says: string
      status: number
      /** What it suggests instead, in a sentence. */
      suggestion: string | undefined
    }
  | { kind: 'needs_consent'; consent: Venice.NeedsConsent }
  /** The wallet did not sign, or no connection was made: not a byte has left. */
  | { kind: 'unsent'; error: Errors.BaseError }
  /** Anything else: a lost answer, another 5xx, an answer that cannot be read. */
  | { kind: 'unknown'; reason: string }

const refusals = new Set([400, 401, 402, 403, 409, 413, 422, 429])

/** Refusals too, but only in Venice's own words: whatever stands before it answers these as well. */
const edgeStatuses = new Set([404, 410, 503])

/**
 * Queues one video: the call that costs money, and that knows no idempotency. It is sent exactly
 * once and never throws: what happened comes back as a value that must be written down first.
 *
 * @param options.body Canonical JSON of the request, as it was quoted.
 * @param options.signedIn Headers of `client.signIn`, for a request whose sign-in has to be on record.
 */
export async function queueVideo(
  client: Client,
  options: {
    body: string
    deadline?: number | undefined
    signedIn?: Record<string, string> | undefined
  },
): Promise<QueueOutcome> {
  const { body, deadline = 150_000, signedIn: headers } = options
  const signIn = headers === undefined
  let answer: Answer
  try {
    const path = '/video/queue'
    answer = await call(client, { body, deadline, headers, path, repeatable: false, signIn })
  } catch (error) {
    const known = Errors.from(error)
    if (!wasSent(known)) return { error: known, kind: 'unsent' }
    // It was reached, or this would not be in doubt.
    const isBroken = known.code === 'API_UNREACHABLE'
    const reason = isBroken
      ? 'The connection broke before its answer was here.'
      : known.shortMessage
    return { kind: 'unknown', reason }
  }
  if (answer.status === 200) {
    const queued = Venice.Queued.safeParse(answer.json).data
    return queued
      ? { kind: 'queued', queued }
      : { kind: 'unknown', reason: 'The answer was 200, but could not be read.' }
  }
  return (
    refusalOf(answer, client.wallet ? 'sign-in' : 'api-key') ?? {
      kind: 'unknown',
      reason: `The answer was status ${answer.status}.`,
    }
  )
}

function refusalOf(answer: Answer, sent: X402.Sent): QueueOutcome | undefined {
  const { json, status } = answer
  // A nonce that was used before says that somebody was here with it: perhaps a copy of this.
  if (Venice.nonceReusedWords.test(answer.text)) return undefined
  if (!refusals.has(status) && !(edgeStatuses.has(status) && isVenices(answer))) return undefined
  const consent = status === 409 ? Venice.NeedsConsent.safeParse(json).data : undefined
  if (consent) return { consent, kind: 'needs_consent' }
  const refused = {
    code: codeOf(answer),
    issues: issuesOf(answer),
    kind: 'refused',
    says: sentenceOf(answer),
    status,
    suggestion: suggestionOf(answer),
  } as const
  if (status === 402) {
    const demand = X402.demandOf({ headers: answer.headers, sent, text: answer.text })
    return demand.kind === 'unknown' ? undefined : { ...refused, demand }
  }
  const failure = Venice.Failure.safeParse(json).data
  return failure?.error === undefined && failure?.code === undefined ? undefined : refused
}

/** Whether an answer is Venice's own JSON, by its type and by its fields. */
function isVenices({ headers, json }: Answer): boolean {
  const isJson = /^application\/json\b/i.test(headers.get('content-type') ?? '')
  return isJson && Venice.Refusal.safeParse(json).success
}
