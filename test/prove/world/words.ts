import { type Verdict, verdicts } from '../../../src/Verdict.js'
import * as Policy from '../../../src/Policy.js'
import type { Evidence } from './play.js'
import type { ToldPayment } from './told.js'

/** A rule that the owner sets on the way. */
export type Rule = Extract<
  Policy.Key,
  'approveAboveUsd' | 'maxPaidTotalUsd' | 'maxSpendPerDayUsd' | 'maxSpendTotalUsd' | 'maxTopUpUsd'
>

/** Something that only the owner says. `request`: the job of this one of the plan's requests. */
export type Word =
  | { request: number; say: 'approve' | 'consent' | 'deny' }
  /** Buys the same once more, as whoever wants a second one does. */
  | { request: number; say: 'anew' }
  /** `named`: says which video, by the id that the likeliest charge names, or by one that is wrong. */
  | { named?: 'right' | 'wrong'; request: number; say: 'resolve'; verdict: Verdict }
  /** About the newest payment. */
  | { say: 'pay'; verdict: (typeof ofPayments)[number] }
  /** A row of the provider's, counted from the newest, is for a job. */
  | { request: number; row: number; say: 'tie' }
  | { key: Rule; say: 'policy'; usd: string }
  | { say: 'freeze' | 'unfreeze' }

/** What the owner was shown, and what became of their word. */
export type Spoken = {
  /** The job, payment or row that it was about. */
  about?: string | undefined
  /** What was agreed to: the request as it was shown, by its sha256, and micro-dollars. */
  agreed?: { hash: string; price: string; topUp: string } | undefined
  /** Code of the error by which it was refused. */
  code?: string | undefined
  /** When it began, in milliseconds since the run began. */
  from: number
  /** sha256 of the request of the job that it was about. */
  hash?: string | undefined
  /** Rows of the provider's that count as nobody's from here on. */
  rows?: readonly string[] | undefined
  /** What was shown before, line by line. */
  shown: readonly string[]
  /** When it was carried out. */
  to: number
  word: Word
}

/** Verdicts about a payment. */
const ofPayments = ['abandon', 'credited', 'unpaid'] as const

/** What an owner may say, by the name under which it is counted. */
export const sayings: readonly string[] = [
  ...verdicts.filter((one) => one !== 'credited' && one !== 'unpaid').map((one) => `job --${one}`),
  ...ofPayments.map((one) => `payment --${one}`),
  'row --job',
  'approve',
  'deny',
  'consent',
  'anew',
  'policy',
  'freeze',
  'unfreeze',
]

/** The name under which a word is counted. */
export function sayingOf(word: Word): string {
  if (word.say === 'resolve') return `job --${word.verdict}`
  if (word.say === 'pay') return `payment --${word.verdict}`
  return word.say === 'tie' ? 'row --job' : word.say
}

/** The owner's words that were carried out. */
export function carriedOut({ words }: Pick<Evidence, 'words'>): Spoken[] {
  return words.filter(({ code }) => code === undefined)
}

/**
 * The most that a rule allows in a span of time, in USD: the owner's last word before it, or whatever they
 * said in it. A word holds from somewhere between when it began and when it was carried out.
 */
export function mostOf(
  evidence: Pick<Evidence, 'plan' | 'words'>,
  { from, key, to }: { from: number; key: Rule; to: number },
): bigint {
  const said = carriedOut(evidence).flatMap(({ word, ...times }) =>
    word.say === 'policy' && word.key === key ? [{ ...times, usd: word.usd }] : [],
  )
  const before = said.filter((one) => one.to <= from).at(-1)
  const within = said.filter((one) => one.to > from && one.from <= to)
  const { policy } = evidence.plan
  const first = before?.usd ?? policy[key] ?? Policy.defaults.sandbox[key]
  const amounts = [first, ...within.map(({ usd }) => usd)].map(
    (usd) => Policy.parse({ [key]: usd })?.[key] ?? 0n,
  )
  return amounts.reduce((largest, amount) => (amount > largest ? amount : largest))
}

/** Whether the owner's word about a payment, carried out, is why it stands where it stands. */
export function isByWord(
  evidence: Pick<Evidence, 'words'>,
  { id, status }: Pick<ToldPayment, 'id' | 'status'>,
): boolean {
  const ends = { abandon: 'abandoned', credited: 'credited', unpaid: 'failed_unpaid' } as const
  return carriedOut(evidence).some(
    ({ about, word }) => word.say === 'pay' && about === id && ends[word.verdict] === status,
  )
}

/** Whether the owner's word, carried out, is why a row is tied to this, and to nothing else. */
export function isTiedByWord(
  evidence: Pick<Evidence, 'words'>,
  { rowId, subject }: { rowId: string; subject: string | undefined },
): boolean {
  return carriedOut(evidence).some(
    ({ about, rows, word }) =>
      rows?.includes(rowId) && subject === (word.say === 'tie' ? about : 'foreign'),
  )
}

/** How often a request was bought once more, by somebody who wanted to. */
export function boughtAnew({ words }: Pick<Evidence, 'words'>): number {
  return words.filter(({ about, word }) => word.say === 'anew' && about !== undefined).length
}
