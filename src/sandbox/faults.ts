import * as z from 'zod'

import * as Venice from '../Venice.js'
import { envelopes } from './envelopes.js'
import { shapes } from './outages.js'

/**
 * Where a fault strikes. `top-up` is both of its halves, `*` is every route of the API; `rpc` is the
 * chain's and no part of it.
 */
export const routes = [
  '*',
  'balance',
  'complete',
  'download',
  'models',
  'queue',
  'quote',
  'retrieve',
  'rpc',
  'top-up',
  'top-up-discovery',
  'top-up-payment',
  'transactions',
] as const

const Route = z.enum(routes)
const Ms = z.number().int().min(0).max(86_400_000)
const Moment = z.enum(['before', 'after', 'mid-body'])
const Skew = z.number().int().min(-86_400_000).max(86_400_000)
const Side = z.enum(['before', 'after'])
const Usd = z.string().regex(/^\d{1,9}(\.\d{1,8})?$/)
const Address = z.string().regex(/^0x[0-9a-fA-F]{40}$/)
const Headers = z.record(z.string().regex(/^[\w-]{1,60}$/), z.string().max(20_000))

/**
 * Every fault the sandbox knows: its fields, what it does, and an example. `before` answers
 * without doing the work, `after` does the work and spoils the answer, `mid-body` breaks off.
 */
export const faults = {
  reset: {
    does: 'Drops the connection: before the work, after it, or in the middle of the answer.',
    example: { kind: 'reset', route: 'queue', when: 'after' },
    fields: { when: Moment.default('after') },
  },
  hang: {
    does: 'Never answers, or never finishes its answer.',
    example: { kind: 'hang', route: 'retrieve', when: 'mid-body' },
    fields: { when: Moment.default('after') },
  },
  delay: {
    does: 'Waits `ms`, before the work, after it, or in the middle of the answer.',
    example: { kind: 'delay', ms: 3000, route: 'balance' },
    fields: { ms: Ms, when: Moment.default('before') },
  },
  status: {
    does: 'Answers with this status, body (JSON, or text as it is) and headers.',
    example: { body: { error: 'Bad gateway' }, kind: 'status', route: 'retrieve', status: 502 },
    fields: {
      body: z.unknown().optional(),
      headers: Headers.optional(),
      status: z.number().int().min(200).max(599),
      when: Side.default('before'),
    },
  },
  outage: {
    does: 'Answers with this status, in a `shape` that is not Venice’s (`page`, `gateway`, `status-code`, `problem`, `phrase`, `empty`) or is (`venice`). Decided here.',
    example: { kind: 'outage', lasts_ms: 3600000, route: '*', shape: 'page', times: 'always' },
    fields: {
      shape: z.enum(shapes).default('page'),
      status: z.number().int().min(200).max(599).default(502),
      when: Side.default('before'),
    },
  },
  'rate-limited': {
    does: 'Answers 429, with `Retry-After` when `retry_after` (seconds) is given.',
    example: { kind: 'rate-limited', retry_after: 2, route: 'retrieve' },
    fields: { retry_after: z.number().int().min(0).optional() },
  },
  capacity: {
    does: 'Answers 503: the model is at capacity.',
    example: { kind: 'capacity', route: 'queue' },
    fields: {},
  },
  unconfigured: {
    does: 'Answers 503 X402_NOT_CONFIGURED: payments are down.',
    example: { kind: 'unconfigured', route: 'top-up' },
    fields: {},
  },
  'malformed-json': {
    does: 'Cuts the JSON of the answer in half, under a correct length.',
    example: { kind: 'malformed-json', route: 'queue' },
    fields: {},
  },
  truncated: {
    does: 'Announces the whole body, sends a `share` of it (half), and closes the connection.',
    example: { kind: 'truncated', route: 'download', share: 0.9 },
    fields: { share: z.number().min(0).max(1).default(0.5) },
  },
  'slow-body': {
    does: 'Sends the body in small pieces, spread over `ms`.',
    example: { kind: 'slow-body', ms: 10000, route: 'retrieve' },
    fields: { ms: Ms },
  },
  'oversized-header': {
    does: 'Adds a response header of `bytes` bytes.',
    example: { bytes: 20000, kind: 'oversized-header', route: 'balance' },
    fields: { bytes: z.number().int().min(1).max(1_000_000).default(20_000) },
  },
  'gzip-bomb': {
    does: 'Answers with a small gzip body that unpacks to `megabytes` of spaces.',
    example: { kind: 'gzip-bomb', megabytes: 100, route: 'models' },
    fields: { megabytes: z.number().int().min(1).max(1_000).default(100) },
  },
  'huge-body': {
    does: 'Answers with `megabytes` of spaces, without announcing a length.',
    example: { kind: 'huge-body', megabytes: 300, route: 'transactions' },
    fields: { megabytes: z.number().int().min(1).max(10_000).default(300) },
  },
  redirect: {
    does: 'Redirects to a URL.',
    example: { kind: 'redirect', route: 'top-up', status: 307, to: 'http://127.0.0.1:9/' },
    fields: {
      status: z.union([301, 302, 303, 307, 308].map((status) => z.literal(status))).default(307),
      to: z.string().min(1).max(2_000),
      when: Side.default('before'),
    },
  },
  'content-type': {
    does: 'Sends the right body under the wrong content type.',
    example: { kind: 'content-type', route: 'retrieve', value: 'text/html' },
    fields: { value: z.string().max(200).default('text/html') },
  },
  'settle-then-reset': {
    does: 'Settles and credits the payment, then drops the connection.',
    example: { kind: 'settle-then-reset', route: 'top-up' },
    fields: {},
  },
  'settle-then-504': {
    does: 'Settles and credits the payment, then answers 504 SETTLEMENT_TIMEOUT.',
    example: { kind: 'settle-then-504', route: 'top-up' },
    fields: {},
  },
  'settle-slowly': {
    does: 'Takes `ms` to settle; copies that arrive meanwhile get 409 PAYMENT_IN_PROGRESS.',
    example: { kind: 'settle-slowly', ms: 3000, route: 'top-up' },
    fields: { ms: Ms },
  },
  'settlement-failed': {
    does: 'Answers 402 SETTLEMENT_FAILED: nothing moved, and the payment can be sent again.',
    example: { kind: 'settlement-failed', route: 'top-up' },
    fields: {},
  },
  'credit-lost': {
    does: 'The chain pays, the credit never comes (or `credit_after_ms` later): 504, now and on every re-send until then.',
    example: { kind: 'credit-lost', route: 'top-up' },
    fields: { credit_after_ms: Ms.optional() },
  },
  'refuse-replay': {
    does: 'Answers a re-send of a credited payment with 400, nonce already used, or with this `code` and no such words.',
    example: { kind: 'refuse-replay', route: 'top-up' },
    fields: { code: z.enum(Venice.topUpCodes).optional() },
  },
  'receipt-missing': {
    does: 'Credits the payment, and leaves the `PAYMENT-RESPONSE` header out of the answer.',
    example: { kind: 'receipt-missing', route: 'top-up' },
    fields: {},
  },
  'pay-to-swap': {
    does: 'Asks for payment to another address.',
    example: {
      kind: 'pay-to-swap',
      route: 'top-up',
      to: '0x00000000000000000000000000000000000bad00',
    },
    fields: { to: Address.default('0x00000000000000000000000000000000000bad00') },
  },
  offer: {
    does: 'Changes fields of the first offer, in header and body, and leaves out those of `omit`.',
    example: { change: { amount: '0x4c4b40' }, kind: 'offer', route: 'top-up' },
    fields: {
      change: z.record(z.string().max(60), z.unknown()).default({}),
      omit: z.array(z.string().max(60)).max(20).default([]),
    },
  },
  envelopes: {
    does: 'Takes payments in these forms only: `both`, `full`, `full-unchanged`, `full-labelled`, `flat` or `none`.',
    example: { kind: 'envelopes', route: 'top-up-payment', takes: 'flat', times: 'always' },
    fields: { takes: z.enum(envelopes) },
  },
  'endless-402': {
    does: 'Answers 402 whatever the credit and whatever is paid; `after` settles the payment first.',
    example: { kind: 'endless-402', route: 'queue', times: 'always' },
    fields: { when: Side.default('before') },
  },
  'price-lie': {
    does: 'On quote: tells the price times `factor`. On queue: charges that much instead.',
    example: { factor: 10, kind: 'price-lie', route: 'queue' },
    fields: { factor: z.number().min(0).max(1_000).default(2) },
  },
  'balance-lie': {
    does: 'Tells a balance of `usd`, whatever the credit.',
    example: { kind: 'balance-lie', route: 'balance', usd: '1000' },
    fields: { usd: Usd },
  },
  'clock-skew': {
    does: 'Runs the server clock `ms` ahead (or behind), in `Date` headers and in every check of time.',
    example: { kind: 'clock-skew', ms: 90000, route: '*', times: 'always' },
    fields: { ms: Skew },
  },
  'row-clock': {
    does: 'Dates the rows of the ledger by a clock that is `ms` ahead (or behind). Decided here.',
    example: { kind: 'row-clock', ms: 300000, route: '*', times: 'always' },
    fields: { ms: z.number().int().min(-86_400_000).max(3e12) },
  },
  'block-clock': {
    does: 'Dates the blocks that the RPC shows `ms` ahead (or behind). Decided here.',
    example: { kind: 'block-clock', ms: 300000, route: 'rpc', times: 'always' },
    fields: { ms: Skew },
  },
  'other-chain': {
    does: 'Answers at the RPC as a node of the chain with this `chain_id` would. Decided here.',
    example: { chain_id: 1, kind: 'other-chain', route: 'rpc', times: 'always' },
    fields: { chain_id: z.number().int().min(1).default(1) },
  },
  'no-safe-block': {
    does: 'Knows only `latest` and numbers at the RPC, as some nodes do. Decided here.',
    example: { kind: 'no-safe-block', route: 'rpc', times: 'always' },
    fields: {},
  },
  'late-balance': {
    does: 'Tells a balance to which a payment is added `ms` of simulated time late. Decided here.',
    example: { kind: 'late-balance', ms: 30000, route: 'balance', times: 'always' },
    fields: { ms: Ms },
  },
  'nonce-forgotten': {
    does: 'Lets any nonce of a sign-in pass, and does not remember it.',
    example: { kind: 'nonce-forgotten', route: '*', times: 'always' },
    fields: {},
  },
  'needs-consent': {
    does: 'Answers 409 needs_consent to a body without `consents`, whatever its model. With a `version` the policy has changed: earlier consents are void.',
    example: { kind: 'needs-consent', route: 'queue' },
    fields: { version: z.string().min(1).max(40).optional() },
  },
  'content-policy': {
    does: 'On queue: 422 with a `suggested_prompt`. On retrieve: 422 by the provider, for good, with or without a refund, in one `shape` or the other; Runway keeps the charge.',
    example: { kind: 'content-policy', refund: false, route: 'retrieve' },
    fields: {
      refund: z.boolean().default(true),
      shape: z.enum(['flat', 'nested']).default('nested'),
    },
  },
  'job-failed': {
    does: 'Fails the job: 500 on this and every later retrieve, with or without a refund.',
    example: { kind: 'job-failed', route: 'retrieve' },
    fields: { refund: z.boolean().default(true) },
  },
  'media-gone': {
    does: 'Loses the file: 404 on retrieve, 410 on download.',
    example: { kind: 'media-gone', route: 'retrieve' },
    fields: {},
  },
  'other-request-id': {
    does: 'Books the CHARGE under a `requestId` that is not the `queue_id`: in a `form` of 32 hex digits, of a chat completion, or none.',
    example: { form: 'chat', kind: 'other-request-id', route: 'queue' },
    fields: { form: z.enum(['hex', 'chat', 'none']).default('hex') },
  },
  dust: {
    does: 'Adds `units` hundred-millionths of a dollar to the price: on quote to what is told, on queue to what is charged.',
    example: { kind: 'dust', route: '*', times: 'always', units: 44 },
    fields: { units: z.number().int().min(1).max(99).default(44) },
  },
  'split-charge': {
    does: 'Books the CHARGE in `rows` rows with eight decimals each. A refund is one row, of their sum.',
    example: { kind: 'split-charge', route: 'queue', rows: 3 },
    fields: { rows: z.number().int().min(2).max(20).default(3) },
  },
  'late-charge': {
    does: 'Books the CHARGE `ms` of simulated time after the job was accepted.',
    example: { kind: 'late-charge', ms: 60000, route: 'queue' },
    fields: { ms: Ms },
  },
  'late-rows': {
    does: 'Shows rows of these types (`of`, all) `ms` of simulated time late, with the date that they had. Decided here.',
    example: {
      kind: 'late-rows',
      ms: 60000,
      of: ['CHARGE'],
      route: 'transactions',
      times: 'always',
    },
    fields: {
      ms: Ms,
      of: z.array(z.enum(['CHARGE', 'REFUND', 'TOP_UP'])).default(['CHARGE', 'REFUND', 'TOP_UP']),
    },
  },
  'mixed-rows': {
    does: 'Shows the rows in an order that is not that of their dates. Decided here.',
    example: { kind: 'mixed-rows', route: 'transactions', times: 'always' },
    fields: {},
  },
  'odd-row': {
    does: 'Also books a row of a `type` that nobody knows, for `usd` of credit (negative: it takes), and `dated` as it likes. Decided here.',
    example: { kind: 'odd-row', route: 'queue', type: 'BONUS', usd: '0.01' },
    fields: {
      dated: z.iso.datetime().optional(),
      type: z
        .string()
        .regex(/^[A-Z_]{1,30}$/)
        .default('BONUS'),
      usd: z
        .string()
        .regex(/^-?\d{1,9}(\.\d{1,8})?$/)
        .default('0.01'),
    },
  },
  'late-refund': {
    does: 'Books the REFUND of a job that fails `ms` of simulated time after that. Decided here.',
    example: { kind: 'late-refund', ms: 600000, route: 'retrieve', times: 'always' },
    fields: { ms: Ms },
  },
  'nameless-refund': {
    does: 'Books the REFUND of a job that fails without a `requestId`. Decided here.',
    example: { kind: 'nameless-refund', route: 'retrieve', times: 'always' },
    fields: {},
  },
  'foreign-charge': {
    does: 'Also books a CHARGE of `usd` that no request of this client caused.',
    example: { kind: 'foreign-charge', route: 'queue', usd: '0.2' },
    fields: { usd: Usd.default('0.2') },
  },
} as const satisfies Record<string, { does: string; example: object; fields: z.ZodRawShape }>

/** Name of a fault. */
export type Kind = keyof typeof faults

const common = {
  /** How long it strikes, in simulated milliseconds from when it is switched on; without it, on and on. */
  lasts_ms: z.number().int().min(1).max(3e9).optional(),
  route: Route,
  /** How many matching requests to let pass first. */
  skip: z.number().int().min(0).max(1_000_000).default(0),
  /** How often it strikes. */
  times: z.union([z.number().int().min(1).max(1_000_000), z.literal('always')]).default(1),
}

type Fields<K extends Kind> = (typeof faults)[K]['fields']
type Outputs<Shape> = { [F in keyof Shape]: z.output<Shape[F]> }
type Inputs<Shape> = { [F in keyof Shape]?: z.input<Shape[F]> }

type FaultByKind = {
  [K in Kind]: Outputs<Fields<K>> & Outputs<typeof common> & { kind: K }
}
/** A fault of these kinds, as it is kept. */
export type FaultOf<K extends Kind> = FaultByKind[K]

/** A fault as the control API and the options take it. */
export type FaultInput = {
  [K in Kind]: Inputs<Fields<K>> & { kind: K; route: (typeof routes)[number] } & Inputs<
      Omit<typeof common, 'route'>
    >
}[Kind]

/** Strict, so that a misspelt field is an error and not a fault that never strikes. */
export const Fault: z.ZodType<FaultOf<Kind>> = z.discriminatedUnion(
  'kind',
  Object.entries(faults).map(([kind, { fields }]) =>
    z.strictObject({ ...common, ...fields, kind: z.literal(kind) }),
  ) as unknown as [z.ZodObject<{ kind: z.ZodLiteral<Kind> }>],
) as unknown as z.ZodType<FaultOf<Kind>>

/** A fault that waits for its request. `until`: simulated milliseconds. */
export type ActiveFault = FaultOf<Kind> & {
  hits: number
  id: string
  passed: number
  until?: number | undefined
}
