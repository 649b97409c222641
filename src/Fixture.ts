import * as z from 'zod'

import * as Errors from './Errors.js'
import { parseJson } from './internal/base64Json.js'
import { holdsSecret, looksSecret } from './internal/findSecret.js'
import { isPlain, type Masked, maskJson, maskWords } from './internal/maskJson.js'

/** Parts of the API that exchanges are told apart by. */
export const routes = [
  'balance',
  'complete',
  'models',
  'other',
  'queue',
  'quote',
  'retrieve',
  'top-up',
  'transactions',
] as const
export type Route = (typeof routes)[number]

/**
 * Answers that one question has by itself, whoever asks it: these a sandbox can give again. By name,
 * what was asked.
 */
export const cases = {
  'balance.anonymous': 'a balance, without a sign-in',
  'complete.unknown-id': 'to complete a job that nobody queued',
  'queue.anonymous': 'a paid route, without credentials',
  'queue.floor': 'a paid route, signed in, with less credit than it takes to be admitted',
  'queue.no-model': 'a queue request that names no model',
  'queue.unknown-model': 'a queue request for a model that does not exist',
  'quote.unknown-model': 'the price of a model that does not exist',
  'quote.unlisted-duration': 'the price of a length that the model does not list',
  'retrieve.floor': 'a look at a job, with less credit than it takes to be admitted',
  'retrieve.unknown-id': 'a look at a job that nobody queued',
  'route.retired': 'a route that was taken back',
  'route.unknown': 'a route that never was',
  'top-up.replay': 'a payment that was credited, once more',
} as const
export type Case = keyof typeof cases

/** How a question was answered, where two answers are possible. */
const Verdict = z.enum(['refused', 'taken'])
/** By envelope: `taken`, or the code that it was refused with. */
const Verdicts = z.record(
  z.string().regex(/^[a-z][a-z\d-]{0,30}$/),
  z.string().regex(/^(taken|[A-Z][A-Z_\d]{1,60})$/),
)
const Status = z.int().min(100).max(599)
const Ms = z.int().min(0).max(86_400_000)
const Name = z.string().max(80).refine(isPlain)

/**
 * What no document says, as it was found. A question that was not asked, or not answered, is
 * absent. Times are milliseconds.
 */
export const Facts = z
  .strictObject({
    /** How long after a credited top-up the balance showed it. */
    balance_lag_ms: Ms,
    /** Whether good answers carry `X-Balance-Remaining`. */
    balance_header: z.boolean(),
    /** How long after the paid call its CHARGE was dated. */
    charge_after_ms: Ms,
    /** Rows that one video was charged in. */
    charge_rows: z.int().min(0).max(1_000),
    /** What `/video/complete` said to a finished job. */
    complete: z.enum(['deleted', 'not_deleted', 'refused']),
    /** The most decimals in an amount of the provider's rows. */
    decimals: z.int().min(0).max(20),
    /** By model: whether the queue answer carried a link. */
    download_url: z.record(Name, z.boolean()),
    /** Whether flat `reference_image_urls` are taken beside `elements`. */
    elements_with_images: Verdict,
    /** By name, at the minimum and above it: which envelopes of a payment were credited. */
    envelopes: z.strictObject({ above: Verdicts, minimum: Verdicts }).partial(),
    /** Fields of the offer to be paid. */
    offer_fields: z.array(Name).max(40),
    /** Form of `paymentId`, such as `x402-<hex 32>`. */
    payment_id: z.string().max(60),
    /** Whether a credited top-up carried `PAYMENT-RESPONSE`. */
    payment_response: z.boolean(),
    /** Names of the headers about limits, by route. */
    rate_headers: z.partialRecord(z.enum(routes), z.array(Name).max(20)),
    /** What a payment that was credited is answered when it is sent again. */
    replay: z.strictObject({ code: Name.optional(), status: Status }),
    /** What a video's CHARGE is booked under. */
    request_id: z.enum(['another', 'none', 'queue_id']),
    /** Whether a wallet below the floor may look at a job. */
    retrieve_below_floor: z.enum(['admitted', 'refused']),
    /** Whether the queue takes `reference_video_total_duration`. */
    queue_total_duration: Verdict,
    /** Whether motion control needs an `image_url`. */
    motion_image: z.enum(['needed', 'optional']),
    /** Catalogue as it was listed: how many rows, which fields, and what differs from ours. */
    models: z.strictObject({
      added: z.array(Name).max(200),
      fields: z.array(z.string().max(120)).max(200),
      missing: z.array(Name).max(200),
      rows: z.int().min(0),
    }),
  })
  .partial()
export type Facts = z.output<typeof Facts>

const Json: z.ZodType<Masked> = z.lazy(() =>
  z.union([
    z.null(),
    z.boolean(),
    z.number(),
    z.string().max(4_000),
    z.array(Json),
    z.record(z.string(), Json),
  ]),
)

/** One question and its answer, masked. */
export const Exchange = z.strictObject({
  /** Stable name of what was asked, such as `retrieve.unknown-id`. */
  case: z.string().regex(/^[a-z][a-z\d.-]{2,60}$/),
  method: z.enum(['DELETE', 'GET', 'POST']),
  route: z.enum(routes),
  request: z.strictObject({ body: Json.optional(), headers: z.array(z.string().max(60)).max(40) }),
  status: Status,
  /** Those that say something, with values; of the others only the names, under `others`. */
  headers: z.record(z.string().max(60), z.string().max(400)),
  others: z.array(z.string().max(60)).max(60),
  body: Json.optional(),
})
export type Exchange = z.output<typeof Exchange>

/** What a live service was found to answer: the one format that probe and sandbox share. */
export const Fixture = z.strictObject({
  format: z.literal('zecchino-fixtures'),
  version: z.literal(1),
  taken: z.strictObject({
    at: z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'not a time'),
    /** Version of zecchino that asked. */
    by: z.string().max(40),
    host: z.string().max(120),
    network: z.string().max(40),
  }),
  exchanges: z.array(Exchange).max(1_000),
  facts: Facts,
})
export type Fixture = z.output<typeof Fixture>

/** Fields whose plain texts say how the service works, and nothing about who asked. */
const kept = setOf(`
  amount aspect_ratio aspect_ratios code consent_flow duration durations expected format
  id keys model modelId model_sets model_type name network origin path privacy reason
  received regionRestrictions resolution resolutions scheme status supportedChains
  supportedTokens traits type values version
`)

/** Fields whose numbers do. */
const numbers = setOf(`
  limit maxTimeoutSeconds maximum minimum minimumAmountUsd minimumBalanceUsd
  minimumTopUpUsd offset path prompt_character_limit quote suggestedTopUpUsd tokenDecimals
  upscale_factor x402Version
`)

/** Fields that hold sentences of the service: it may repeat in them what was sent. */
const words = setOf(`
  description details error errors _errors hint message statement step1 step2 step3
`)

/** Headers whose values are kept, as words; of any other only the name is. */
const headers = setOf(`
  content-type deprecation retry-after sunset x-balance-remaining
`)

function setOf(names: string): ReadonlySet<string> {
  return new Set(names.trim().split(/\s+/))
}

/** Masks a body: a JSON value, or text that is none. */
export function maskBody(body: unknown): Masked {
  return maskJson(body, { kept, numbers, words })
}

/** Masks headers: values of a few that say something, and the names of the others. */
export function maskHeaders(all: Iterable<readonly [string, string]>) {
  const shown: Record<string, string> = {}
  const others: string[] = []
  for (const [name, value] of all) {
    const known = headers.has(name) || isRateHeader(name)
    if (known)
      shown[name] = /^\d+(\.\d+)?$/.test(value)
        ? '<number>'
        : maskWords(value.split(';')[0]?.slice(0, 200) ?? '')
    else if (isPlain(name) && !name.startsWith('x-sandbox-')) others.push(name)
  }
  return { headers: shown, others: others.toSorted().slice(0, 60) }
}

/** Whether a header is about limits. */
export function isRateHeader(name: string): boolean {
  return /^(x-)?ratelimit-/.test(name)
}

/** Writes fixtures down. `secrets` are all values of the session that are none of a reader's business. */
export function format(fixture: Fixture, { secrets }: { secrets: Iterable<string> }): string {
  const text = `${JSON.stringify(Fixture.parse(fixture), undefined, 2)}\n`
  const leaks = (part: unknown) =>
    looksSecret(JSON.stringify(part)) || holdsSecret(JSON.stringify(part), secrets)
  // What leaks in a part leaks in the whole: the parts are searched only to tell where.
  if (!leaks(fixture)) return text
  // Where it leaks is told, what leaks is not.
  const where = fixture.exchanges.find(leaks)?.case ?? (leaks(fixture.facts) ? 'facts' : 'file')
  throw new LeakError({ where })
}

/**
 * Reads fixtures.
 *
 * @throws {@link InvalidError} naming what is wrong.
 */
export function parse(text: string): Fixture {
  const value = parseJson(text)
  const version = z.object({ version: z.number() }).safeParse(value).data?.version ?? 1
  if (version > 1)
    throw new InvalidError({ issues: [`version ${version} is newer than this zecchino`] })
  const parsed = Fixture.safeParse(value)
  if (parsed.success) return parsed.data
  throw new InvalidError({
    issues: parsed.error.issues.map(
      ({ message, path }) => `${path.join('.') || 'the file'}: ${message}`,
    ),
  })
}

/** A secret would be in the file, so it is not written. */
export class LeakError extends Errors.BaseError {
  override readonly code = 'SECRET_FOUND'
  override readonly name = 'Fixture.LeakError'

  constructor({ where }: { where: string }) {
    super('The fixtures would hold something secret, so they were not written.', {
      facts: [`Where: ${where}`],
      hint: 'Report this; the value itself is not shown. Nothing else is wrong.',
    })
  }
}

/** The file holds no fixtures that this version can read. */
export class InvalidError extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  override readonly name = 'Fixture.InvalidError'

  constructor({ issues }: { issues: readonly string[] }) {
    super('These are no fixtures.', {
      facts: issues.slice(0, 8),
      hint: 'Take them with `zecchino probe`.',
    })
  }
}
