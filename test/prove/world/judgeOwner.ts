import * as Money from '../../../src/Money.js'
import type { Finding } from './judge.js'
import { timeOf } from './outages.js'
import type { Evidence } from './play.js'
import { recordOf } from './recordOf.js'
import { carriedOut, mostOf, type Spoken } from './words.js'

/**
 * Holds what was bought against what the owner said: nothing was paid again because they said what the
 * product let them say, and nothing was bought past a word that it needed.
 *
 * An owner may say what is not so. Then they may lose what they were told that they may lose, and nothing else:
 * whoever has a job sent again although a charge fits it was shown that charge; whoever calls a payment unpaid
 * that was paid was told that nothing is proven; and whoever buys the same again was told of the job before.
 * Where they were not, the product has led them to pay twice.
 */
export function judgeOwner(evidence: Evidence): Finding[] {
  return [
    ...requestsOf(evidence).flatMap((made) => paidAgain(evidence, made)),
    ...boughtUntold(evidence),
    ...paymentsAgain(evidence),
    ...jobsUnasked(evidence),
    ...paymentsUnasked(evidence),
  ]
}

type Made = Evidence['truth']['jobs'][number]

/** The provider's jobs of each job on record, in their order. */
function requestsOf(evidence: Evidence): Made[][] {
  const requests = new Map<string, Made[]>()
  for (const made of evidence.truth.jobs) {
    const key = recordOf(evidence, made)?.id ?? made.body_hash
    requests.set(key, [...(requests.get(key) ?? []), made])
  }
  return [...requests.values()].map((list) =>
    list.toSorted((one, other) => one.created_at.localeCompare(other.created_at)),
  )
}

/** Words that let a job be paid again. */
const letting = new Set<Spoken['word']['say']>(['approve', 'consent', 'resolve', 'tie', 'unfreeze'])

/** What the provider has charged more than once for a job. */
function paidAgain(evidence: Evidence, made: Made[]): Finding[] {
  return made.slice(1).flatMap((again, index): Finding[] => {
    const first = made[index] as Made
    const [from, to] = [timeOf(evidence, first.created_at), timeOf(evidence, again.created_at)]
    const between = carriedOut(evidence).filter(
      (one) => one.to >= from && one.from <= to && letting.has(one.word.say) && isAbout(one, again),
    )
    const what = `${again.queue_id} was charged for what ${first.queue_id} was charged for`
    if (between.length === 0) return [{ counter: 'duplicate_paid_jobs', says: what }]
    if (between.some((one) => isTold(evidence, one, first))) return []
    const words = between.map(wordsOf).join(', ')
    return [{ counter: 'paid_again_by_owner_word', says: `${what}, after ${words}` }]
  })
}

/**
 * Requests that were bought once more by somebody who was not told that they had been bought: while the one
 * before was not over. What is saved may be bought again; that is nobody's mistake.
 */
function boughtUntold(evidence: Evidence): Finding[] {
  const { live, told, truth } = evidence
  return carriedOut(evidence).flatMap(({ about, from, hash, shown, word }): Finding[] => {
    if (word.say !== 'anew' || shown.some((line) => line.includes(warning))) return []
    const again = told[1].jobs.find(({ quoteId }) => quoteId === about)
    const bought = truth.jobs.some((made) => again && recordOf(evidence, made)?.id === again.id)
    const before = truth.jobs.find((made) => {
      const record = recordOf(evidence, made)
      const isOver = live?.moves.some(
        ({ at, jobId, to }) => jobId === record?.id && done.has(to) && at <= from,
      )
      const isBefore = timeOf(evidence, made.created_at) <= from
      return made.body_hash === hash && record?.id !== again?.id && isBefore && !isOver
    })
    if (!bought || !before) return []
    const says = `${before.queue_id} was bought once more, and nobody was told of it`
    return [{ counter: 'paid_again_by_owner_word', says }]
  })
}

/** What whoever quotes a request again is told of the job before. */
const warning = 'Buying this quote makes and charges a second one'

/** Where a job ends well: its file is here, or its money is back. */
const done = new Set(['cleaned', 'failed_refunded', 'saved'])

/** Whether a word is about a request, or about the wallet as a whole. */
function isAbout({ hash }: Spoken, { body_hash: request }: Made): boolean {
  return hash === undefined || hash === request
}

/** Whether the owner was shown, with their word, what there was of a request already. */
function isTold(
  evidence: Evidence,
  { shown, word }: Spoken,
  { queue_id: id, request_id: booked = id }: Made,
): boolean {
  if (word.say !== 'resolve' || word.verdict !== 'retry') return false
  const rows = evidence.truth.rows.filter(
    ({ requestId, type }) => type === 'CHARGE' && requestId === (booked || null),
  )
  const lines = shown.filter((line) => rows.some(({ id: row }) => line.includes(row)))
  // What has its charge, or a video that may be its own, is not paid for again, whoever says so.
  return lines.length > 0 && !lines.some((line) => /has a video job|is tied to this job/.test(line))
}

/** Payments that settled although the owner was let call them unpaid. */
function paymentsAgain(evidence: Evidence): Finding[] {
  const { told, truth } = evidence
  return carriedOut(evidence).flatMap((spoken): Finding[] => {
    const { about, shown, word } = spoken
    if (word.say !== 'pay' || word.verdict !== 'unpaid') return []
    const payment = told[1].payments.find(({ id }) => id === about)
    const nonce = payment?.nonce.toLowerCase()
    const settled = truth.settlements.find((one) => one.nonce.toLowerCase() === nonce)
    if (!settled || shown.some((line) => line.includes('nothing is proven'))) return []
    const says = `${about} settled, and counts as unpaid by the owner's word`
    return [{ counter: 'paid_again_by_owner_word', says }]
  })
}

/** Jobs that were charged although a person had to agree to them, and none did to as much. */
function jobsUnasked(evidence: Evidence): Finding[] {
  const { live, told, truth } = evidence
  return truth.jobs.flatMap((made): Finding[] => {
    const at = timeOf(evidence, made.created_at)
    const mine = told[1].jobs.filter(({ hash }) => hash === made.body_hash).map(({ id }) => id)
    const sent = live?.moves.findLast(
      (one) => one.to === 'sending' && one.at <= at && mine.includes(one.jobId),
    )
    const free = mostOf(evidence, { from: sent?.at ?? at, key: 'approveAboveUsd', to: at })
    const price = priceOf(evidence, made)
    if (price <= free || isAgreed(evidence, { at, hash: made.body_hash, price })) return []
    const what = `${made.queue_id} was charged ${Money.format(price)}`
    return [
      {
        counter: 'approval_bypassed',
        says: `${what}; above ${Money.format(free)} a person agrees`,
      },
    ]
  })
}

/** What a job came to when it was queued; where the provider lies about that, no more than something. */
function priceOf({ hits }: Evidence, { price_usd: usd }: Made): bigint {
  return hits.get('price-lie') ? 1n : Money.parse(usd)
}

/** Whether a person agreed to this very request, at no lower a price, before it was bought. */
function isAgreed(
  evidence: Evidence,
  wanted: { at: number; hash: string; price: bigint },
): boolean {
  return carriedOut(evidence).some(
    ({ agreed, from, word }) =>
      word.say === 'approve' &&
      agreed?.hash === wanted.hash &&
      BigInt(agreed.price) >= wanted.price &&
      from <= wanted.at,
  )
}

/** Payments that settled although a person had to agree to them, and none did to as much. */
function paymentsUnasked(evidence: Evidence): Finding[] {
  const { told, truth } = evidence
  return truth.settlements.flatMap(({ amount_usd: usd, at, nonce }): Finding[] => {
    const payment = told[1].payments.find((one) => one.nonce.toLowerCase() === nonce.toLowerCase())
    const booked = payment ? timeOf(evidence, payment.createdAt) : timeOf(evidence, at)
    const free = mostOf(evidence, { from: booked, key: 'approveAboveUsd', to: booked })
    const amount = Money.parse(usd)
    const hash = told[1].jobs.find(({ id }) => id === payment?.jobId)?.hash
    const isAgreed = carriedOut(evidence).some(
      ({ agreed, from }) =>
        agreed !== undefined &&
        agreed.hash === hash &&
        BigInt(agreed.topUp) >= amount &&
        from <= booked,
    )
    if (amount <= free || isAgreed) return []
    const says = `a payment of ${usd} settled; above ${Money.format(free)} a person agrees`
    return [{ counter: 'approval_bypassed', says }]
  })
}

function wordsOf({ word }: Spoken): string {
  return 'verdict' in word ? `--${word.verdict}` : word.say
}
