import { AsyncLocalStorage } from 'node:async_hooks'

import type { Response } from 'undici'

import type { Fetch, Init } from '../../client/createWire.js'
import * as Fixture from '../../Fixture.js'
import { parseJson } from '../../internal/base64Json.js'
import { secretsIn } from '../../internal/findSecret.js'

/** An answer as it came. It is never written down. */
export type Seen = {
  /** When its head was here, by our clock. */
  at: Date
  headers: ReadonlyMap<string, string>
  json: unknown
  route: Fixture.Route
  /** Whether the request was signed in. */
  signedIn: boolean
  status: number
}

/** Writes exchanges down, masked, and remembers what was secret in them. */
export type Recorder = {
  /**
   * Names what is asked in here. A question with one answer goes by the name alone; of `several`
   * each kind of answer is kept once, by route and status. What others do meanwhile is left out.
   */
  ask<value>(name: string, run: () => Promise<value>, kind?: 'several'): Promise<Asked<value>>
  readonly exchanges: readonly Fixture.Exchange[]
  /** All that was sent or received and is no plain word. */
  readonly secrets: Iterable<string>
  /** Every answer to a question, oldest first. */
  readonly seen: readonly Seen[]
  tap(fetch: Fetch): Fetch
}

/** What came of a question: the last answer, and what the caller made of it. */
export type Asked<value> = { answers: readonly Seen[]; value: value }

/** Values that are secret however plain they look. */
const bearers = new Set(
  'address authorization download_url nonce paymentId queue_id requestId'.split(' '),
)

/** The largest answer that is looked into, in characters. */
const longest = 8_000_000

/** Creates a recorder. Its tap belongs directly on the wire, under sign-in and retries. */
export function createRecorder({ now }: { now: () => Date }): Recorder {
  const kept = new Map<string, Fixture.Exchange>()
  const secrets = new Set<string>()
  const seen: Seen[] = []
  const current = new AsyncLocalStorage<{ answers: Seen[]; kind?: 'several'; name: string }>()
  const hide = (value: unknown) => {
    for (const secret of [...secretsIn(value), ...bearersIn(value)]) secrets.add(secret)
  }

  return {
    async ask(name, run, kind) {
      const answers: Seen[] = []
      const value = await current.run({ answers, name, ...(kind && { kind }) }, run)
      return { answers, value }
    },
    get exchanges() {
      return [...kept.values()]
    },
    secrets,
    seen,
    tap: (fetch) => async (url, init) => {
      const { accept: _, 'content-type': __, ...credentials } = init.headers ?? {}
      hide(credentials)
      hide(typeof init.body === 'string' ? parseJson(init.body) : undefined)
      hide(url)
      const response = await fetch(url, init)
      const at = now()
      const json = await read(response)
      hide(json)
      hide(Object.fromEntries(response.headers))
      const asked = current.getStore()
      if (!asked) return response
      const exchange = exchangeOf({ init, json, response, url })
      const { route, status } = exchange
      const name = asked.kind ? `${asked.name}.${route}.${status}` : asked.name
      if (!asked.kind || !kept.has(name)) kept.set(name, { ...exchange, case: name })
      const headers = new Map(response.headers)
      const signedIn = Object.keys(credentials).length > 0
      const answer = { at, headers, json, route, signedIn, status }
      asked.answers.push(answer)
      seen.push(answer)
      return response
    },
  }
}

function exchangeOf(options: {
  init: Init
  json: unknown
  response: Response
  url: string
}): Omit<Fixture.Exchange, 'case'> {
  const { init, json, response, url } = options
  const body = typeof init.body === 'string' ? parseJson(init.body) : undefined
  return {
    method: init.method,
    route: routeOf(new URL(url).pathname),
    request: {
      ...(body !== undefined && { body: Fixture.maskBody(body) }),
      headers: Fixture.maskHeaders(headersOf(init)).others,
    },
    status: response.status,
    ...Fixture.maskHeaders(response.headers),
    ...(json !== undefined && { body: Fixture.maskBody(json) }),
  }
}

function headersOf({ headers = {} }: Init): [string, string][] {
  return Object.keys(headers).map((name) => [name.toLowerCase(), ''])
}

/** The part of the API that a path belongs to. */
function routeOf(path: string): Fixture.Route {
  const parts = path.split('/').slice(3)
  const [area = '', name = ''] = parts
  const known = (area === 'x402' || area === 'video') && name !== 'transcriptions' ? name : area
  return Fixture.routes.find((route) => route === known) ?? 'other'
}

/** A copy of a body that is text; a video passes unread. */
async function read(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? ''
  const length = Number(response.headers.get('content-length') ?? 0)
  if (length > longest || /^(video|application\/octet|binary)/i.test(type)) return undefined
  // A broken answer is the caller's to report.
  const text = await response
    .clone()
    .text()
    .catch(() => '')
  return text === '' ? undefined : (parseJson(text) ?? text)
}

function bearersIn(value: unknown, depth = 0): string[] {
  if (typeof value !== 'object' || value === null || depth > 12) return []
  return Object.entries(value).flatMap(([key, part]) =>
    typeof part === 'string' && bearers.has(key) && part.length >= 6
      ? [part]
      : bearersIn(part, depth + 1),
  )
}
