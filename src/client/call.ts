import type { Response } from 'undici'
import type * as z from 'zod'

import * as Errors from '../Errors.js'
import { parseJson } from '../internal/base64Json.js'
import { printable } from '../internal/printable.js'
import { redact } from '../internal/redact.js'
import * as Proxies from '../Proxies.js'
import * as Venice from '../Venice.js'
import type { Client } from './createClient.js'
import type { Init } from './createWire.js'
import { issuesOf, type ServerIssue } from './issuesOf.js'
import { readBody } from './readBody.js'
import { UnreachableError } from './UnreachableError.js'

/** A complete answer: whatever the status, all of it has arrived. */
export type Answer = {
  headers: { get(name: string): string | null }
  /** `undefined` for what is no JSON, and for an error of more than 64 KiB, which is cut. */
  json: unknown
  path: string
  status: number
  text: string
  /** The proxy that it came through, as it may be shown: it may have answered by itself. */
  via?: string | undefined
}

/** How much is read of a good answer, in bytes: Venice's longest, the models, has 66 kB. */
const maxAnswerBytes = 1024 * 1024

/** How much is read of an error, in bytes. */
const maxErrorBytes = 64 * 1024

/**
 * Makes one API call and reads the whole answer, whatever its status. The one place where bytes
 * become text.
 *
 * @throws {@link UnreachableError} when no answer came; `sent` tells whether bytes may have left.
 * @throws {@link ResponseTooLargeError} when the answer is over 1 MiB.
 */
export async function call(client: Client, options: call.Options): Promise<Answer> {
  const response = await send(client, options)
  return readAnswer(client, { path: options.path, response })
}

export declare namespace call {
  type Options = {
    /** Sent as JSON; text is sent as it is. */
    body?: unknown
    /** Milliseconds for the whole exchange. @default 30_000 */
    deadline?: number | undefined
    /** Milliseconds until the head of the answer. @default the deadline, and never more than 180_000 */
    headDeadline?: number | undefined
    headers?: Record<string, string> | undefined
    /** @default 'POST' with a body, else 'GET' */
    method?: Init['method'] | undefined
    path: string
    /** Whether sending it twice does no harm. @default true */
    repeatable?: boolean | undefined
    signal?: AbortSignal | undefined
    /** @default true */
    signIn?: boolean | undefined
    /** While it waits for its turn: whoever has the greatest goes first. @default 0 */
    urgency?: (() => number) | undefined
  }
}

/** Makes one API call and returns as soon as the head of the answer is there. */
export async function send(client: Client, options: call.Options): Promise<Response> {
  const {
    body,
    deadline = 30_000,
    headDeadline,
    headers,
    path,
    repeatable = true,
    signal,
    signIn = true,
    urgency,
  } = options
  const { method = body === undefined ? 'GET' : 'POST' } = options
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  try {
    return await client.fetch(client.baseUrl + path, {
      body: text,
      deadline,
      headDeadline,
      headers: { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers },
      method,
      repeatable,
      signal,
      signIn,
      urgency,
    })
  } catch (error) {
    if (error instanceof Errors.BaseError) throw error
    throw new UnreachableError({
      baseUrl: client.baseUrl,
      cause: error,
      path,
      via: Proxies.viaOf(client.proxies, client.baseUrl),
    })
  }
}

/** Reads the rest of an answer, as far as an honest one goes. */
export async function readAnswer(
  client: Client,
  { path, response }: { path: string; response: Response },
): Promise<Answer> {
  const via = client.proxies && Proxies.viaOf(client.proxies, response.url)
  const { headers, ok, status } = response
  const max = ok ? maxAnswerBytes : maxErrorBytes
  const { bytes, isCut } = await readBody(response, max).catch((cause: unknown) => {
    throw new UnreachableError({ baseUrl: response.url, cause, path, via })
  })
  if (ok && isCut) throw new ResponseTooLargeError({ path })
  // A server may repeat what it was sent, in any part of its answer.
  const text = client.hide(bytes.toString('utf8'))
  const json = isCut ? undefined : parseJson(text)
  return { headers, json, path, status, text, via: via?.shown }
}

/**
 * Takes the value out of a good answer.
 *
 * @throws {@link ApiRefusedError} for an error status, {@link StrangeAnswerError} for a proxy's page.
 * @throws {@link MalformedAnswerError} for a good status with a body that does not fit.
 */
export function valueOf<schema extends z.ZodType>(
  answer: Answer,
  schema: schema,
): z.output<schema> {
  if (answer.status !== 200) throw errorOf(answer)
  const value = schema.safeParse(answer.json)
  if (!value.success) throw new MalformedAnswerError({ ...answer, cause: value.error })
  return value.data
}

/** The error that an error status stands for. The API answers in JSON: whatever else came through a proxy may be its. */
export function errorOf(answer: Answer): ApiRefusedError | StrangeAnswerError {
  const { json, path, status, via } = answer
  if (via !== undefined && json === undefined) return new StrangeAnswerError({ path, status, via })
  return new ApiRefusedError({ answer })
}

/** The machine code of an error answer, if it carries one that looks like a code. */
export function codeOf(answer: Answer): string | undefined {
  const failure = Venice.Failure.safeParse(answer.json).data
  const { error } = failure ?? {}
  const inner = typeof error === 'object' ? (error.code ?? error.type) : undefined
  const text = typeof error === 'string' && /^[A-Z][A-Z0-9_]+$/.test(error) ? error : undefined
  const code = failure?.code ?? inner ?? text
  return code !== undefined && /^[\w.:-]{1,60}$/.test(code) ? code : undefined
}

/**
 * The sentence of an error answer, stripped and capped: it is the server's word, not ours, and it
 * may repeat what was sent.
 */
export function sentenceOf(answer: Answer): string {
  const failure = Venice.Failure.safeParse(answer.json).data
  const { error } = failure ?? {}
  const words = failure?.message ?? (typeof error === 'object' ? error.message : error)
  return printable(redact((words ?? '').slice(0, 20_000)))
}

/** Whether bytes of the request may have left before it failed. */
export function wasSent(error: unknown): boolean {
  return !(error instanceof Errors.BaseError && 'sent' in error && error.sent === false)
}

/** The API answered with an error status. */
export class ApiRefusedError extends Errors.BaseError {
  override readonly code: 'API_REFUSED' | 'API_UNAVAILABLE' | 'RATE_LIMITED' | 'SIGN_IN_REFUSED'
  override readonly name = 'ApiRefusedError'
  /** The API's own code, such as `X402_SIGN_IN_EXPIRED`. */
  readonly apiCode: string | undefined
  /** What the server says is wrong, field by field. */
  readonly issues: readonly ServerIssue[]
  readonly status: number

  constructor({ answer }: { answer: Answer }) {
    const { path, status } = answer
    const apiCode = codeOf(answer)
    const says = sentenceOf(answer)
    super(
      status === 429
        ? 'The API asks to slow down.'
        : status === 401
          ? 'The API did not accept the sign-in.'
          : `The API refused the request with status ${status}.`,
      {
        facts: [
          `Path: ${path.split('?')[0]}`,
          ...(apiCode ? [`Code: ${printable(apiCode)}`] : []),
          ...(says ? [`The server says (untrusted): ${says}`] : []),
        ],
        hint:
          hints[status] ??
          (status >= 500 ? 'Try again in a minute.' : 'Correct the request and try again.'),
      },
    )
    this.apiCode = apiCode
    this.issues = issuesOf(answer)
    this.status = status
    this.code =
      status === 429
        ? 'RATE_LIMITED'
        : status === 401
          ? 'SIGN_IN_REFUSED'
          : status >= 500
            ? 'API_UNAVAILABLE'
            : 'API_REFUSED'
  }
}

const hints: Record<number, string> = {
  401: 'Check that this machine’s clock is right and that ZECCHINO_NETWORK fits the API; with an API key, check VENICE_API_KEY.',
  429: 'Wait a minute and try again.',
}

/** A page with an error status came through a proxy. It says nothing about what was asked. */
export class StrangeAnswerError extends Errors.BaseError {
  override readonly code = 'API_UNREACHABLE'
  override readonly name = 'StrangeAnswerError'

  constructor({ path, status, via }: { path: string; status: number; via: string }) {
    super(`What answered with status ${status} is not the API: it may be the proxy.`, {
      facts: [`Path: ${path.split('?')[0]}`, `Proxy: ${via}`],
      hint: askProxy,
    })
  }
}

const askProxy =
  'Try again in a minute; then ask whoever runs the proxy, or name the host in NO_PROXY where it can be reached without.'

/** The API answered with something this version does not understand. */
export class MalformedAnswerError extends Errors.BaseError {
  override readonly code = 'API_MALFORMED'
  override readonly name = 'MalformedAnswerError'

  constructor({
    cause,
    json,
    path,
    via,
  }: Pick<Answer, 'path' | 'via'> & { cause?: unknown; json?: unknown }) {
    // A page in the place of an answer, as networks show it to whoever has not signed in to them.
    const strange = json === undefined ? via : undefined
    super('The API gave an answer that cannot be read.', {
      cause,
      facts: [`Path: ${path.split('?')[0]}`, ...(via === undefined ? [] : [`Proxy: ${via}`])],
      hint:
        strange === undefined
          ? 'Check ZECCHINO_API_URL; if it is right, look for an update of zecchino.'
          : `The proxy may have answered by itself. ${askProxy}`,
    })
  }
}

/** The answer is larger than any honest one. */
export class ResponseTooLargeError extends Errors.BaseError {
  override readonly code = 'RESPONSE_TOO_LARGE'
  override readonly name = 'ResponseTooLargeError'

  constructor({ path }: { path: string }) {
    super('The API sent more than an answer may hold; the rest was not read.', {
      facts: [`Path: ${path.split('?')[0]}`],
      hint: 'Check ZECCHINO_API_URL.',
    })
  }
}
