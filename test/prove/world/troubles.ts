import type { FaultInput, Kind } from '../../../src/sandbox/faults.js'
import type { Dice } from './createDice.js'
import { linkedPrice, silentPrice } from '../../support/cheap.js'

/** What goes wrong at the provider in a run, and what the wallet needs for it to be met. */
export type Trouble = {
  faults: readonly FaultInput[]
  /** A model whose file is behind a link, or one that hands it out; either, if left out. */
  model?: 'private' | 'public'
  /** Only a wallet that has to top up meets it. */
  topUp?: true
}

type Make = (dice: Dice) => Trouble

const anywhere = [
  'balance',
  'complete',
  'queue',
  'retrieve',
  'top-up-payment',
  'transactions',
] as const
const answered = ['balance', 'queue', 'retrieve', 'top-up-payment', 'transactions'] as const
const moments = ['before', 'after', 'mid-body'] as const

/** The same fault, in a wallet that meets it wherever it strikes. */
const met = (...faults: FaultInput[]): Trouble => ({
  faults,
  ...(faults.some(({ route }) => route === 'download') && { model: 'private' }),
  ...(faults.some(({ route }) => route.startsWith('top-up')) && { topUp: true }),
})
const often = (dice: Dice) => dice.pick([1, 1, 1, 2, 3])

/** Kinds that take their time, so that they belong to dimensions of their own. */
export const slow = [
  'block-clock',
  'late-balance',
  'late-refund',
  'late-rows',
  'mixed-rows',
  'nameless-refund',
  'no-safe-block',
  'odd-row',
  'other-chain',
  'outage',
  'row-clock',
] as const satisfies readonly Kind[]

type Quick = Exclude<Kind, 'hang' | (typeof slow)[number]>

/**
 * Every other kind of fault that the sandbox has, as a buyer meets it. A request that hangs is missing:
 * it ends with its process, so it belongs to the boundaries.
 */
export const troubles: Record<Quick, Make> = {
  'balance-lie': (dice) =>
    met({
      kind: 'balance-lie',
      route: 'balance',
      times: dice.pick([1, 4]),
      usd: dice.pick(['0', '1000']),
    }),
  capacity: (dice) => met({ kind: 'capacity', route: dice.pick(anywhere), times: often(dice) }),
  'clock-skew': (dice) =>
    met({
      kind: 'clock-skew',
      ms: dice.pick([-45_000, 45_000, 90_000]),
      route: '*',
      times: dice.pick([1, 20, 'always']),
    }),
  'content-policy': (dice) =>
    met(
      dice.pick<FaultInput>([
        { kind: 'content-policy', route: 'queue' },
        { kind: 'content-policy', refund: true, route: 'retrieve' },
        { kind: 'content-policy', refund: false, route: 'retrieve' },
      ]),
    ),
  'content-type': (dice) =>
    met({ kind: 'content-type', route: dice.pick([...answered, 'download']), times: often(dice) }),
  'credit-lost': (dice) =>
    met({
      kind: 'credit-lost',
      route: 'top-up-payment',
      ...dice.pick([{}, { credit_after_ms: 3_000 }, { credit_after_ms: 240_000 }]),
    }),
  delay: (dice) =>
    met({
      kind: 'delay',
      ms: 40,
      route: dice.pick([...anywhere, 'download']),
      when: dice.pick(moments),
    }),
  dust: (dice) => met({ kind: 'dust', route: '*', times: 'always', units: dice.pick([1, 44, 99]) }),
  'endless-402': (dice) =>
    met(
      dice.pick<FaultInput>([
        { kind: 'endless-402', route: 'queue', times: dice.pick([1, 'always']) },
        { kind: 'endless-402', route: 'top-up-payment', times: dice.pick([1, 'always']) },
        { kind: 'endless-402', route: 'top-up-payment', when: 'after' },
      ]),
    ),
  envelopes: (dice) =>
    met({
      kind: 'envelopes',
      route: 'top-up-payment',
      takes: dice.pick(['flat', 'full', 'full-labelled', 'full-unchanged', 'none']),
      times: 'always',
    }),
  'foreign-charge': (dice) =>
    met({
      kind: 'foreign-charge',
      route: 'queue',
      usd: dice.pick(['0.2', silentPrice.usd, linkedPrice.usd, '0.00053844']),
    }),
  'gzip-bomb': (dice) => met({ kind: 'gzip-bomb', megabytes: 12, route: dice.pick(answered) }),
  'huge-body': (dice) => met({ kind: 'huge-body', megabytes: 12, route: dice.pick(answered) }),
  'job-failed': (dice) => met({ kind: 'job-failed', refund: dice.chance(0.5), route: 'retrieve' }),
  'late-charge': (dice) =>
    met({
      kind: 'late-charge',
      ms: dice.pick([5_000, 60_000, 300_000]),
      route: 'queue',
      times: often(dice),
    }),
  'malformed-json': (dice) =>
    met({ kind: 'malformed-json', route: dice.pick(answered), times: often(dice) }),
  'media-gone': (dice) => met({ kind: 'media-gone', route: dice.pick(['download', 'retrieve']) }),
  'needs-consent': () => met({ kind: 'needs-consent', route: 'queue' }),
  // A server that forgets some nonces and not others would lie about what it promises most.
  'nonce-forgotten': (dice) =>
    met({ kind: 'nonce-forgotten', route: dice.pick(['*', 'balance', 'queue']), times: 'always' }),
  offer: (dice) =>
    met({
      change: dice.pick<Record<string, unknown>>([
        { amount: '0x4c4b40' },
        { asset: `0x${'bad0'.repeat(10)}` },
        { amount: '900000000' },
      ]),
      kind: 'offer',
      route: 'top-up-discovery',
      times: dice.pick([1, 'always']),
    }),
  'other-request-id': (dice) =>
    met({
      form: dice.pick(['hex', 'chat', 'none']),
      kind: 'other-request-id',
      route: 'queue',
      times: 'always',
    }),
  'oversized-header': (dice) =>
    met({ bytes: 20_000, kind: 'oversized-header', route: dice.pick(answered) }),
  'pay-to-swap': (dice) =>
    met({ kind: 'pay-to-swap', route: 'top-up-discovery', times: dice.pick([1, 'always']) }),
  'price-lie': (dice) =>
    met(
      dice.pick<FaultInput>([
        { factor: 2, kind: 'price-lie', route: 'queue' },
        { factor: 2, kind: 'price-lie', route: 'quote', skip: 1 },
      ]),
    ),
  'rate-limited': (dice) =>
    met({ kind: 'rate-limited', retry_after: 2, route: dice.pick(anywhere), times: often(dice) }),
  'receipt-missing': () =>
    met({ kind: 'receipt-missing', route: 'top-up-payment', times: 'always' }),
  redirect: (dice) =>
    met({
      kind: 'redirect',
      route: dice.pick(answered),
      status: dice.pick([302, 307]),
      to: 'http://127.0.0.1:9/',
      when: dice.pick(['before', 'after']),
    }),
  'refuse-replay': (dice) =>
    met(
      { kind: 'settle-then-reset', route: 'top-up-payment' },
      {
        kind: 'refuse-replay',
        route: 'top-up-payment',
        times: 'always',
        ...dice.pick([{}, { code: 'INVALID_PAYMENT_FORMAT' } as const]),
      },
    ),
  reset: (dice) =>
    met({
      kind: 'reset',
      route: dice.pick([...anywhere, 'download']),
      times: often(dice),
      when: dice.pick(moments),
    }),
  'settle-slowly': () => met({ kind: 'settle-slowly', ms: 60, route: 'top-up-payment' }),
  'settle-then-504': () => met({ kind: 'settle-then-504', route: 'top-up-payment' }),
  'settle-then-reset': () => met({ kind: 'settle-then-reset', route: 'top-up-payment' }),
  'settlement-failed': (dice) =>
    met({ kind: 'settlement-failed', route: 'top-up-payment', times: dice.pick([1, 'always']) }),
  'split-charge': (dice) =>
    met(
      { kind: 'split-charge', route: 'queue', rows: dice.pick([2, 3, 7]), times: 'always' },
      ...dice.pick<FaultInput[]>([
        [],
        [{ kind: 'job-failed', refund: true, route: 'retrieve' }],
        [{ kind: 'dust', route: 'queue', times: 'always', units: 7 }],
      ]),
    ),
  'slow-body': (dice) =>
    met({ kind: 'slow-body', ms: 50, route: dice.pick([...answered, 'download']) }),
  status: (dice) =>
    met({
      kind: 'status',
      route: dice.pick(anywhere),
      status: dice.pick([404, 500, 502, 520]),
      times: often(dice),
      when: dice.pick(['before', 'after']),
    }),
  truncated: (dice) =>
    met({ kind: 'truncated', route: dice.pick([...answered, 'download']), times: often(dice) }),
  unconfigured: (dice) =>
    met({ kind: 'unconfigured', route: 'top-up-payment', times: often(dice) }),
}

/** Every kind, in a fixed order. */
export const kinds = Object.keys(troubles) as Quick[]
