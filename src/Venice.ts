import type { Address } from 'viem'
import * as z from 'zod'

import * as Money from './Money.js'
import * as Network from './Network.js'

/** Base URL of Venice's API. */
export const apiUrl = 'https://api.venice.ai/api/v1'

/** Domains Venice accepts in a sign-in; the first is the one this package signs for. */
/** Whom Venice has payments go to, on Base: in its guides, and in all traffic that was recorded of it. */
export const payee: Address = '0x2670b922ef37c7df47158725c0cc407b5382293f'

/** Whom an API is known to have payments go to; of any other nobody knows before it has said so. */
export function payeeOf(baseUrl: string, network: Network.Network): Address | undefined {
  const isVenice = new URL(baseUrl).host === new URL(apiUrl).host
  return isVenice && Network.isMainnet(network) ? payee : undefined
}

export const signInDomains = ['api.venice.ai', 'venice.ai'] as const

/** Credit needed to be admitted at all, in micro-dollars. */
export const floor = 100_000n

/** Requests in flight per wallet that Venice admits. */
export const maxConcurrent = 5

/** Looks at jobs that a wallet makes in a minute; Venice admits about 120. */
export const maxRetrievesPerMinute = 100

/** The largest request body, in bytes. */
export const maxBodyBytes = 35 * 1024 * 1024

/** Codes of `401` on paid routes, after the prefix `X402_SIGN_IN_`. */
export const signInCodes = [
  'INVALID_PAYLOAD',
  'PARSE_ERROR',
  'INVALID_MESSAGE',
  'ADDRESS_MISMATCH',
  'INVALID_CHAIN_ID',
  'CHAIN_MISMATCH',
  'UNSUPPORTED_CHAIN',
  'MISSING_NONCE',
  'DOMAIN_MISMATCH',
  'TIMESTAMP_MISMATCH',
  'EXPIRED',
  'FUTURE_TIMESTAMP',
  'NOT_BEFORE',
  'INVALID_SIGNATURE',
  'INVALID_WALLET',
  'NONCE_REUSED',
] as const
export type SignInCode = (typeof signInCodes)[number]

/** The code by which a paid route refuses a sign-in whose nonce was used before. */
export const nonceReused: `X402_SIGN_IN_${SignInCode}` = 'X402_SIGN_IN_NONCE_REUSED'

/** How an answer says the same, in whichever field and form. */
export const nonceReusedWords =
  /\bnonce(?:[_ -]|was|is|has|been|already)*(?:re-?)?used\b|_nonce_reused\b/i

/** Codes in `error` of `400` on `/x402/top-up`. */
export const topUpCodes = [
  'INVALID_PAYMENT_FORMAT',
  'INVALID_PAYMENT',
  'UNSUPPORTED_NETWORK',
  'INVALID_PAYMENT_RECIPIENT',
  'UNSUPPORTED_TOKEN',
  'UNSUPPORTED_SCHEME',
  'INVALID_AMOUNT',
  'INVALID_PAYMENT_PAYER',
  'AMOUNT_TOO_LOW',
  'AMOUNT_TOO_HIGH',
  'PAYMENT_VERIFICATION_FAILED',
] as const
export type TopUpCode = (typeof topUpCodes)[number]

/**
 * Those of them that may be about the envelope: each names something that an envelope says besides
 * what is signed. The rest is about the payer, the value or the signature, the same in every one.
 */
export const formCodes: ReadonlySet<string> = new Set<TopUpCode>([
  'INVALID_PAYMENT_FORMAT',
  'INVALID_PAYMENT',
  'UNSUPPORTED_NETWORK',
  'INVALID_PAYMENT_RECIPIENT',
  'UNSUPPORTED_TOKEN',
  'UNSUPPORTED_SCHEME',
  'INVALID_AMOUNT',
])

/** A list that is missing, or cannot be read, says nothing; an empty one says "none". */
const Texts = z.array(z.string()).optional().catch(undefined)

/** One entry of `GET /models?type=video`. An empty list means that the model takes no such option. */
export const Model = z.looseObject({
  id: z.string().min(1),
  type: z.literal('video'),
  model_spec: z.looseObject({
    name: z.string().optional(),
    privacy: z.string().optional(),
    offline: z.boolean().optional(),
    beta: z.boolean().optional(),
    deprecation: z
      .looseObject({
        date: z.string().optional(),
        removesAt: z.string().optional(),
        replacementModelId: z.string().optional(),
      })
      .optional()
      .catch(undefined),
    regionRestrictions: z.array(z.string()).optional().catch(undefined),
    constraints: z.looseObject({
      model_type: z.string(),
      aspect_ratios: Texts,
      resolutions: Texts,
      durations: Texts,
      audio: z.boolean().optional().catch(undefined),
      audio_configurable: z.boolean().optional().catch(undefined),
      audio_input: z.boolean().optional().catch(undefined),
      video_input: z.boolean().optional().catch(undefined),
      per_reference_audio: z.boolean().optional().catch(undefined),
      prompt_character_limit: z.number().positive().optional().catch(undefined),
      reference_image_max_aspect_ratio: z.number().positive().optional().catch(undefined),
      reference_image_min_aspect_ratio: z.number().positive().optional().catch(undefined),
    }),
  }),
})
export type Model = z.output<typeof Model>

/** Answer of `GET /models`. Entries are read one by one: a strange one does not hide the others. */
export const ModelList = z.object({ data: z.array(z.unknown()) })

/** Answer of `POST /video/quote`. `quote` is USD, micro-dollars in memory. */
export const Quote = z.object({ quote: Money.WirePrice.refine((amount) => amount >= 0n) })

/**
 * Answer of `POST /video/queue`. `download_url` comes for private models, once, and is a secret.
 * The id alone is worth the price of the job, so nothing strange beside it hides it.
 */
export const Queued = z.object({
  model: z.string().catch(''),
  queue_id: z.string().min(1).max(500),
  download_url: z.string().min(1).optional().catch(undefined),
})
export type Queued = z.output<typeof Queued>

/** Milliseconds; what no clock can show says nothing. */
const Duration = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER).catch(0)

/** JSON answer of `POST /video/retrieve`. Times are milliseconds; the average is a P80 estimate. */
export const Progress = z.object({
  status: z.enum(['PROCESSING', 'COMPLETED']),
  average_execution_time: Duration,
  execution_duration: Duration,
})
export type Progress = z.output<typeof Progress>

/** Answer of `POST /video/complete`. */
export const Completed = z.object({ success: z.boolean() })

/** Answer of `GET /x402/balance/{wallet}`. Money is USD on the wire, micro-dollars in memory. */
export const Balance = z.object({
  success: z.literal(true),
  data: z.object({
    walletAddress: z.string(),
    balanceUsd: Money.Wire,
    canConsume: z.boolean(),
    minimumTopUpUsd: Money.WirePrice,
    suggestedTopUpUsd: Money.WirePrice,
    // Beside the credit, and often null: nothing strange in it hides the credit.
    diemBalanceUsd: Money.Wire.nullish()
      .transform((usd) => usd ?? undefined)
      .catch(undefined),
  }),
})
export type Balance = z.output<typeof Balance>['data']

/** Characters of a name in a row. Venice's own have 36 to 60. */
const maxName = 200

/** Rows of a page, of which 100 are asked for. */
const maxRows = 1_000

/** `null` where there is none: the field is missing, or is no text that could name anything. */
const Name = z
  .string()
  .max(maxName)
  .nullish()
  .transform((name) => name ?? null)
  .catch(null)

/**
 * A row of the provider's own ledger. `TOP_UP` and `REFUND` are positive, `CHARGE` negative; other types
 * may come, and the sign tells whether they take. `amount` is rounded, so rows are added up by `exact`.
 */
const Row = z.object({
  id: z.string().min(1).max(maxName),
  amount: Money.WireExact,
  balanceAfter: Money.Wire,
  type: z.string().max(maxName),
  createdAt: z
    .string()
    .max(maxName)
    .refine((text) => !Number.isNaN(Date.parse(text)), 'not a time'),
  requestId: Name,
  modelId: Name,
})
export const Transaction = Row.transform(({ amount, ...row }): Transaction => {
  return { ...row, amount: Money.floor(amount), exact: amount }
})
export type Transaction = z.output<typeof Row> & {
  /** Hundred-millionths of a dollar. Missing in rows that were kept before it was: `amount` is all. */
  exact?: bigint | undefined
}

/** The types of rows that there are known to be. Whether another one takes money, its sign tells. */
export const rowTypes: ReadonlySet<string> = new Set(['CHARGE', 'REFUND', 'TOP_UP'])

/** Answer of `GET /x402/transactions/{wallet}`, newest first. */
export const Transactions = z.object({
  success: z.literal(true),
  data: z.object({
    walletAddress: z.string(),
    currentBalance: Money.Wire,
    transactions: z.array(Transaction).max(maxRows),
    pagination: z.object({ limit: z.number(), offset: z.number(), hasMore: z.boolean() }),
  }),
})
export type Transactions = z.output<typeof Transactions>['data']

/** Answer of a paid `POST /x402/top-up`. */
export const TopUp = z.object({
  success: z.literal(true),
  data: z.object({
    walletAddress: z.string(),
    amountCredited: Money.Wire,
    newBalance: Money.Wire,
    paymentId: z.string().min(1),
  }),
})
export type TopUp = z.output<typeof TopUp>['data']

/** Absent where it is no text. */
const Word = z.string().optional().catch(undefined)

/** What error bodies have in common: `error` is a sentence, a code, or an object with either. */
export const Failure = z.object({
  code: Word,
  details: z.unknown().optional(),
  error: z
    .union([
      z.string(),
      z.looseObject({
        code: Word,
        credits_refunded: z.boolean().optional().catch(undefined),
        hint: Word,
        message: Word,
        recommended_model: Word,
        type: Word,
      }),
    ])
    .optional()
    .catch(undefined),
  credits_refunded: z.boolean().optional().catch(undefined),
  hint: Word,
  issues: z.unknown().optional(),
  message: Word,
  recommended_model: Word,
  suggested_prompt: Word,
})
export type Failure = z.output<typeof Failure>

/**
 * An error body in Venice's own form and in nobody else's: a sentence under `error`, and no field that
 * Venice's errors do not have. What gateways answer in JSON (`{message}`, `{error, statusCode}`, a
 * problem document, the bare phrase of a status) does not fit, and says nothing about who read what.
 */
export const Refusal = z.strictObject({
  code: z.string().optional(),
  details: z.unknown().optional(),
  error: z
    .string()
    .refine(isSentence)
    .refine((words) => !doubtWords.test(words)),
  issues: z.unknown().optional(),
  suggested_prompt: z.string().optional(),
})

/** Words of Venice's own about a queued job, and about nothing else. */
const JobSentence = z
  .string()
  .refine(isSentence)
  .refine((words) => !brokenWords.test(words) && !otherWords.test(words))

/**
 * How Venice says that a queued job, or its media, is not there any more: one sentence, and perhaps a
 * code. What says more is about the request; what speaks of a route or a model is about those.
 */
export const Gone = z.strictObject({ code: z.string().optional(), error: JobSentence })

/** How Venice says that a queued job ended without a video: `500`, the same each time. */
export const Broken = z.strictObject({
  code: z.string().optional(),
  credits_refunded: z.boolean().optional(),
  error: JobSentence,
  hint: z.string().optional(),
})

/**
 * How it says that a provider refused one: `422`, all of it under `error` or beside it. Any server
 * answers 422 with a sentence. What became of the money, that it was a provider, and which prompt
 * would pass, only Venice says.
 */
export const Refused = z.union([
  z.looseObject({ error: z.looseObject({ credits_refunded: z.boolean(), message: z.string() }) }),
  z.looseObject({
    error: z.looseObject({ message: z.string(), type: z.string().startsWith('provider_') }),
  }),
  z.looseObject({ credits_refunded: z.boolean(), error: z.string() }),
  z.looseObject({ error: z.string(), suggested_prompt: z.string() }),
])

function isSentence(words: string): boolean {
  return /\w\W+\w/.test(words) && !edgeWords.test(words.trim())
}

/** The phrases of the statuses that gateways make up by themselves, and what gateways speak of. */
const edgeWords =
  /^(?:error\W*)?(?:\d{3}\W*)?(?:(?:page |route |resource )?not found|bad request|gone|service (?:temporarily )?unavailable|unavailable)\W*$|\b(?:backend|gateway|proxy|upstream)\b/i

/** Words for an answer that did not come, or a break on the way. */
const brokenWords =
  /\btime[sd]?[ -]?out|\bdeadline\b|\bconnect|\bsocket\b|\bdns\b|\bexception\b|\b(?:internal|server) error\b|\binternal server\b|\bfailed to respond\b|\bservice your request\b|\bno healthy\b|\broute matched\b/i

/** Those, and words that leave it open: what was asked may be done all the same. */
const doubtWords = new RegExp(`${brokenWords.source}|\\bmay (?:have|be|still)\\b`, 'i')

/** What a sentence speaks of that is not about one job. */
const otherWords = /\b(?:endpoint|model|route|url)\b/i

/** `409` of `/video/queue`: a person has to consent before the same body is sent again. */
export const NeedsConsent = z.object({
  error: z.object({ code: z.literal('needs_consent'), message: z.string().optional() }),
  consent_flow: z.string().optional().catch(undefined),
  face_media_roles: z.array(z.string()).catch([]),
  consent: z.object({ consent_version: z.string(), policy_text: z.string() }),
  docs_url: z.string().optional().catch(undefined),
})
export type NeedsConsent = z.output<typeof NeedsConsent>

/** What a person confirms, one by one, in `consents.seedance`; any other field is refused. */
export const consents = {
  confirmed_legal_right: true,
  confirmed_screening_acknowledged: true,
  confirmed_terms_and_privacy: true,
} as const
