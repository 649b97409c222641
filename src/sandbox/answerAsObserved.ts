import * as Fixture from '../Fixture.js'
import { parseJson } from '../internal/base64Json.js'
import type { Masked } from '../internal/maskJson.js'
import * as X402 from '../X402.js'
import { signInOf } from './admit.js'
import { idOf } from './idOf.js'
import type { Trace, World } from './world.js'

/**
 * Gives a refusal the status and the words that a live service had for the same question. What stands
 * behind a placeholder is still our own. Without fixtures an answer passes as it is.
 */
export async function answerAsObserved(
  world: World,
  options: answerAsObserved.Options,
): Promise<Response> {
  const { response, trace } = options
  const { observed } = world
  if (!observed || trace.route === 'download') return response
  const own = response.status < 400 ? undefined : parseJson(await response.clone().text())
  const asked = trace.case ?? caseOf(world, { ...options, own })
  const found = observed.exchanges.find((exchange) => exchange.case === asked)
  if (!found || found.status < 400) return response
  trace.verdict = `${trace.verdict ?? ''} (answered as ${observed.taken.host} did)`
  // A page of an edge has no form to fill.
  const isPage = typeof found.body !== 'object'
  const body = fill(world, found.body ?? '', isPage ? undefined : own)
  const headers = new Headers(response.headers)
  const told = [...found.others, ...Object.keys(found.headers)]
  for (const name of ['content-length', ...ours]) if (!told.includes(name)) headers.delete(name)
  headers.set('content-type', found.headers['content-type'] ?? 'application/json')
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return new Response(text, { headers, status: found.status })
}

/** Headers that say what the service itself does, not what carries it. */
const ours = Object.values(X402.headers)
  .flat()
  .map((name) => name.toLowerCase())

export declare namespace answerAsObserved {
  type Options = { request: Request; response: Response; trace: Trace }
}

/** Which of the questions it was that the sandbox has just answered in its own words. */
function caseOf(
  world: World,
  { own, request, response, trace }: answerAsObserved.Options & { own: unknown },
): Fixture.Case | undefined {
  const { model, route } = trace
  const { status } = response
  const anonymous = signInOf(request) === undefined && !request.headers.has('authorization')
  const unknown = model !== undefined && !world.catalogue.has(model)
  const { code, issues } = Object(own) as { code?: unknown; issues?: { path?: unknown[] }[] }
  const isPoor = status === 402 && code === 'PAYMENT_REQUIRED'
  const isWrong = status === 400 || status === 404
  const isStrange = /unrecognized|unknown (field|key)/i.test(JSON.stringify(own))
  switch (route) {
    case 'balance':
      return anonymous ? 'balance.anonymous' : undefined
    case 'complete':
      return isWrong ? 'complete.unknown-id' : undefined
    case 'queue':
      if (anonymous) return 'queue.anonymous'
      if (isPoor) return 'queue.floor'
      if (!isWrong) return undefined
      if (unknown) return 'queue.unknown-model'
      return model === undefined && !isStrange ? 'queue.no-model' : undefined
    case 'quote':
      if (!isWrong) return undefined
      if (unknown) return 'quote.unknown-model'
      return issues?.[0]?.path?.[0] === 'duration' ? 'quote.unlisted-duration' : undefined
    case 'retrieve':
      if (isPoor) return 'retrieve.floor'
      return status === 400 ? 'retrieve.unknown-id' : undefined
    case 'other':
      return status === 410 ? 'route.retired' : status === 404 ? 'route.unknown' : undefined
    default:
      return undefined
  }
}

/** Puts our own values where a masked body has placeholders: those of the same place, or made up. */
function fill(world: World, masked: Masked, own: unknown): unknown {
  if (Array.isArray(masked)) {
    const list = Array.isArray(own) ? (own as unknown[]) : []
    return masked
      .filter((part) => typeof part !== 'string' || !/^<\d+ more>$/.test(part))
      .map((part, index) => fill(world, part, list[index]))
  }
  if (typeof masked === 'object' && masked !== null) {
    const known = Object(own) as Record<string, unknown>
    return Object.fromEntries(
      Object.entries(masked)
        .filter(([key]) => key !== '<key>')
        .map(([key, part]) => [
          key,
          fill(world, part, Object.hasOwn(known, key) ? known[key] : undefined),
        ]),
    )
  }
  if (typeof masked !== 'string' || !masked.includes('<')) return masked
  // Ours, if it would be told in the same words.
  if (own !== undefined && isMaskOf(masked, own)) return own
  if (/^<number[ \d]*>$/.test(masked)) return 0
  return idOf(world, masked)
    .replaceAll('<address>', world.payTo.toLowerCase())
    .replaceAll('<time>', world.now().toISOString())
    .replaceAll(/<[a-z][^<>]*>/g, '…')
}

function isMaskOf(masked: string, own: unknown): boolean {
  if (/^<[^<>]+>$/.test(masked)) return true
  const { error } = Object(Fixture.maskBody({ error: own })) as { error?: unknown }
  return error === masked
}
