import * as Money from '../../../src/Money.js'
import { earlier } from './createLane.js'
import type { Finding } from './judge.js'
import type { Plan } from './planOf.js'
import type { Evidence } from './play.js'
import type { ToldJob, ToldPayment } from './told.js'
import { linked, linkedPrice, silentPrice } from '../../support/cheap.js'
import { timeOf } from './outages.js'
import { boughtAnew, carriedOut, isByWord, isTiedByWord, mostOf, type Rule } from './words.js'

/** How long before its charge a job may have been on its way, in milliseconds. */
const sending = 2_000

/** Below this credit nothing is queued, in micro-dollars. */
const floor = 100_000n

/**
 * Holds the money of a run against the truth: every settlement, charge and refund, and every
 * micro-dollar of credit, has its counterpart on the buyer's ledger.
 */
export function judgeMoney(evidence: Evidence): Finding[] {
  return [
    ...settlementsOf(evidence),
    ...signaturesOf(evidence),
    ...rowsOf(evidence),
    ...usageOf(evidence),
    ...capsOf(evidence),
    ...chainOf(evidence),
  ]
}

function settlementsOf(evidence: Evidence): Finding[] {
  const { plan, told, truth } = evidence
  const { payments } = told[1]
  const found: Finding[] = []
  const say = (counter: Finding['counter'], says: string) => void found.push({ counter, says })
  const paid = new Map<string, string>()
  for (const { amount_usd: usd, credited, nonce } of truth.settlements) {
    const payment = payments.find((one) => one.nonce.toLowerCase() === nonce.toLowerCase())
    if (!payment) {
      say('unexplained', `the settlement ${nonce} is not on record`)
      continue
    }
    if (usd !== dollars(payment.amount))
      say('unexplained', `${payment.id} settled ${usd}, on record is ${dollars(payment.amount)}`)
    const right = credited ? 'credited' : 'paid_not_credited'
    if (payment.status !== right && !isByWord(evidence, payment))
      say('unexplained', `${payment.id} is ${payment.status}; in truth it is ${right}`)
    if (!payment.jobId) continue
    if (paid.has(payment.jobId))
      say('double_settlements', `${payment.jobId} was topped up for twice`)
    paid.set(payment.jobId, nonce)
  }
  if (truth.settlements.length - paid.size > wishesOf(plan))
    say('double_settlements', 'more was paid without a job than was asked for')
  found.push(...needless(evidence))

  const settled = new Set(truth.settlements.map(({ nonce }) => nonce.toLowerCase()))
  for (const { id, nonce, status } of payments)
    if (
      status !== 'failed_unpaid' &&
      !settled.has(nonce.toLowerCase()) &&
      !isByWord(evidence, { id, status })
    )
      say('unexplained', `${id} is ${status}, and the chain has not seen it`)
  return found
}

/** How often somebody asks for credit without a video. */
function wishesOf(plan: Plan): number {
  if ('script' in plan) return plan.script.filter((one) => one.do === 'topUp').length
  return plan.acts.flatMap(({ parts }) => parts).filter(({ deed }) => deed === 'topUp').length
}

/** A payment is signed once, whatever becomes of its forms, and each signature has a payment. */
function signaturesOf({ signed, told }: Evidence): Finding[] {
  const known = new Set(told[1].payments.map(({ nonce }) => nonce.toLowerCase()))
  return signed.flatMap((nonce, index): Finding[] => {
    const again = signed.indexOf(nonce) < index
    if (!again && known.has(nonce.toLowerCase())) return []
    const says = again ? `${nonce} was signed again` : `${nonce} was signed, and is not on record`
    return [{ counter: 'signed_twice', says }]
  })
}

/** Payments made while the credit covered all that was asked for, with a provider that told so. */
function needless({ hits, plan, truth, words }: Evidence): Finding[] {
  if (hits.get('balance-lie') || hits.get('endless-402')) return []
  // What was there from the start, and the balance did not show, nobody could count on.
  const isHidden = lagOf(plan) > earlier
  const hidden = isHidden ? Money.parseExact(plan.credit) : 0n
  const wanted = plan.requests.reduce(
    (sum, { model }) => sum + priceOf(model),
    floor + BigInt(boughtAnew({ words })) * silentPrice.micros,
  )
  return (
    truth.rows
      .filter(({ modelId, type }) => type === 'TOP_UP' && modelId === null)
      .slice(plan.credit === '0' ? 0 : 1)
      .filter(
        (row) => Money.floor(exactOf(row.balanceAfter) - exactOf(row.amount) - hidden) >= wanted,
      )
      .filter(() => wishesOf(plan) === 0)
      // What the owner has given up is not counted on, and may come all the same.
      .filter(
        () =>
          !words.some(
            ({ code, word }) => !code && word.say === 'pay' && word.verdict === 'abandon',
          ),
      )
      .map(({ id }) => ({
        counter: 'double_settlements',
        says: `the top-up of row ${id} was not needed`,
      }))
  )
}

/** How late a balance may show what came in, at most, in milliseconds. */
function lagOf(plan: Plan): number {
  const faults =
    'script' in plan ? plan.script.flatMap((one) => (one.do === 'faults' ? one.faults : [])) : []
  return Math.max(
    0,
    ...faults.map((fault) => (fault.kind === 'late-balance' ? (fault.ms ?? 0) : 0)),
  )
}

function rowsOf(evidence: Evidence): Finding[] {
  const { hits, plan, told, truth } = evidence
  const { jobs, payments, rows, state } = told[1]
  const found: Finding[] = []
  const say = (says: string) => void found.push({ counter: 'unexplained', says })
  const known = new Map(rows.map(({ id, subject }) => [id, subject]))
  if (known.size !== truth.rows.length) say(`${known.size} rows on record of ${truth.rows.length}`)
  let gifts = plan.credit === '0' ? 0 : 1
  const credits = new Map<string, ToldPayment>(payments.map((one) => [one.id, one]))
  for (const row of truth.rows) {
    const subject = known.get(row.id)
    const what = `the ${row.type} row ${row.id}`
    if (isTiedByWord(evidence, { rowId: row.id, subject })) continue
    if (row.type === 'TOP_UP') {
      if (gifts-- > 0) {
        if (subject !== 'history') say(`${what}, there from the start, is tied to ${subject}`)
        continue
      }
      const payment = credits.get(subject ?? '')
      credits.delete(subject ?? '')
      if (
        !payment ||
        (payment.status !== 'credited' && !isByWord(evidence, payment)) ||
        Money.exact(BigInt(payment.amount)) !== exactOf(row.amount)
      )
        say(`${what} is tied to ${subject}, which it does not fit`)
      continue
    }
    const job = jobs.find(({ id }) => id === subject)
    if (row.type !== 'CHARGE' && row.type !== 'REFUND') {
      if (job) say(`${what}, of no known type, is tied to ${subject}`)
      continue
    }
    if (row.type === 'REFUND' && row.requestId === null && hits.get('nameless-refund')) {
      // It is for any of those that it fits.
      const fits = truth.jobs.some(
        ({ body_hash: hash, model, refunded }) =>
          hash === job?.hash && model === row.modelId && refunded,
      )
      // Of a video that is here it is Venice's gift: it names nothing, and nothing here has failed.
      const isGift = jobs.some(({ model, status }) => status === 'cleaned' && model === row.modelId)
      if (!fits && !(isGift && !subject)) say(`${what}, without a name, is tied to ${subject}`)
      continue
    }
    const made = truth.jobs.find(
      ({ queue_id: id, request_id: booked = id }) => booked === row.requestId,
    )
    const named = made?.queue_id === row.requestId
    // A row that names no job stays untied when it fits none: then spending has stopped, or a job of
    // the model is the owner's to decide about, and it may be that one's.
    const open = jobs.some(({ model, status }) => status === 'ambiguous' && model === row.modelId)
    if (!subject && !named && (state.frozen || open)) continue
    // What the owner has given up keeps its own charge, under no queue id.
    const isGivenUp = job?.status === 'abandoned' && !job.queueId && job.sentAt !== undefined
    // Where rows name no job, they are told apart by nothing: one of the same model is as good.
    const isPaid = job?.queueId !== undefined || isGivenUp
    const alike = hits.get('other-request-id') && job?.model === row.modelId && isPaid
    if (!made) {
      if (!alike) say(`${what} of a stranger is tied to ${subject}`)
      continue
    }
    const isOpen = jobs.some(
      ({ hash, status }) => hash === made.body_hash && status === 'ambiguous',
    )
    const isTaken = jobs.some(({ queueId }) => queueId === made.queue_id)
    if (!subject && isOpen && !isTaken) continue
    const same =
      job?.queueId === made.queue_id || (isGivenUp && job.hash === made.body_hash && !isTaken)
    if (!same && !alike) say(`${what} of ${made.queue_id} is tied to ${subject}`)
  }
  return found
}

/**
 * What is booked on the budgets is what was agreed to, or charged beyond it, less refunds. One request
 * may be charged in several rows, so a smaller charge frees nothing.
 */
function usageOf(evidence: Evidence): Finding[] {
  const { live, told, truth } = evidence
  const { jobs, payments, rows, usage } = told[1]
  const tied = new Set(rows.flatMap(({ id, subject }) => (subject ? [id] : [])))
  const refunds = new Set(truth.rows.filter(({ type }) => type === 'REFUND').map(({ id }) => id))
  // One that names nothing, of a video that is here, is nobody's.
  const back = new Set(rows.filter(({ id }) => refunds.has(id)).map(({ subject }) => subject))
  let spent = 0n
  const isOpenToWords = carriedOut(evidence).length > 0
  for (const job of jobs) {
    const { hash, id, price, status } = job
    if (isOpenToWords) {
      spent += bookedFor(evidence, job)
      continue
    }
    const made = truth.jobs.find(({ body_hash: one }) => one === hash)
    if (status === 'ambiguous' || status === 'reserved') spent += BigInt(price)
    else if (made) {
      const taken = truth.rows.filter(
        ({ requestId, type }) =>
          type === 'CHARGE' && requestId === (made.request_id ?? made.queue_id),
      )
      const [row] = taken
      const isKnown = row === undefined || tied.has(row.id) || row.requestId === made.queue_id
      const total = Money.ceil(-taken.reduce((sum, { amount }) => sum + exactOf(amount), 0n))
      const charged = !isKnown ? 0n : row ? total : Money.parse(made.price_usd)
      const booked = charged > BigInt(price) ? charged : BigInt(price)
      const isBack = made.refunded && (status !== 'cleaned' || back.has(id))
      spent += booked - (isBack ? charged : 0n)
    }
  }
  const counted = payments.filter(({ status }) => status !== 'failed_unpaid')
  const paid = counted.reduce((sum, { amount }) => sum + BigInt(amount), 0n)
  const today = [
    ['perDay', usage.perDay, `${spent}`],
    ['topUpsPerDay', usage.topUpsPerDay, `${counted.length}`],
  ]
  const wrong = [
    // What was booked on an earlier day is not told any more.
    ...(isOneDay(live) ? today : []),
    ['total', usage.total, `${spent}`],
    ['paid', usage.paid, `${paid}`],
  ].filter(([, is, should]) => is !== should)
  return wrong.map(([scope, is, should]) => ({
    counter: 'unexplained',
    says: `${scope} has ${is} booked; in truth it is ${should}`,
  }))
}

/**
 * What is booked for a job where the owner may have said what is so and what is not: its price, unless nothing
 * was ever charged for it, or what the rows come to that are tied to it, less what those give back.
 */
function bookedFor(evidence: Evidence, job: ToldJob): bigint {
  const { live, told, truth } = evidence
  const { id, price, sentAt, status } = job
  const mine = new Set(told[1].rows.flatMap((row) => (row.subject === id ? [row.id] : [])))
  const rows = truth.rows.filter((row) => mine.has(row.id))
  const sum = (type: string) =>
    rows.filter((row) => row.type === type).reduce((all, { amount }) => all + exactOf(amount), 0n)
  const charged = Money.ceil(-sum('CHARGE'))
  // The call of one that waited for a person when it was given up was refused before.
  const moves = (live?.moves ?? []).filter(({ jobId, to }) => jobId === id && to !== 'abandoned')
  const isUnsent = !sentAt || isSetAside(evidence, job) || waiting.has(moves.at(-1)?.to ?? '')
  const isFree =
    waiting.has(status) || status === 'rejected' || (status === 'abandoned' && isUnsent)
  const aside = isFree ? 0n : BigInt(price)
  const back = Money.floor(sum('REFUND'))
  const booked = charged > aside ? charged : aside
  return back > 0n && back >= charged ? 0n : booked - back
}

/**
 * Whether a job was set aside before it was ever sent, because somebody else's charge of its price may be that of
 * a copy of the ledger.
 */
export function isSetAside({ hits, live }: Evidence, { id }: ToldJob): boolean {
  const isSent = live?.moves.some(({ jobId, to }) => jobId === id && to === 'sending')
  return isSent === false && (hits.get('foreign-charge') ?? 0) > 0
}

/** Statuses in which a job waits for a person's word, and nothing is set aside for it. */
const waiting = new Set(['needs_approval', 'needs_consent'])

/** Whether a run, which begins at noon, ends before midnight. */
export function isOneDay(live: Evidence['live']): boolean {
  return (live?.steps.at(-1)?.to ?? 0) < 10 * 3_600_000
}

/** At no moment was more paid, charged or held as credit than the owner allows. */
function capsOf(evidence: Evidence): Finding[] {
  const { live, plan, told, truth } = evidence
  const { policy } = plan
  const found: Finding[] = []
  const say = (says: string) => void found.push({ counter: 'over_cap', says })
  /** What a rule allowed when a payment was booked. */
  const allowed = (key: Rule, { at, nonce }: { at: string; nonce: string }) => {
    const payment = told[1].payments.find((one) => one.nonce.toLowerCase() === nonce.toLowerCase())
    const booked = timeOf(evidence, payment?.createdAt ?? at)
    return mostOf(evidence, { from: booked, key, to: booked })
  }
  let paid = 0n
  for (const settlement of truth.settlements) {
    paid += Money.parse(settlement.amount_usd)
    const ever = allowed('maxPaidTotalUsd', settlement)
    if (paid <= ever) continue
    const says = `${Money.format(paid)} USDC left the wallet; ${Money.format(ever)} may ever`
    found.push({ counter: 'usdc_over_cap', says })
  }
  const open = told[1].payments.filter(({ status }) => status !== 'failed_unpaid').length
  const most = Number(policy.maxTopUpsPerDay)
  if (isOneDay(live) && Math.max(truth.settlements.length, open) > most)
    say(`${truth.settlements.length} payments settled and ${open} may; ${most} a day are allowed`)
  for (const settlement of truth.settlements)
    if (Money.parse(settlement.amount_usd) > allowed('maxTopUpUsd', settlement))
      say(`a payment of ${settlement.amount_usd} settled`)

  let spent = 0n
  for (const row of truth.rows) {
    const made = truth.jobs.some(
      ({ queue_id: id, request_id: booked = id }) => booked === row.requestId,
    )
    if (made) spent -= exactOf(row.amount)
    const at = timeOf(evidence, row.createdAt)
    const perDay = mostOf(evidence, { from: at - sending, key: 'maxSpendPerDayUsd', to: at })
    if (row.type === 'CHARGE' && isOneDay(live) && spent > Money.exact(perDay))
      say(`${Money.formatExact(spent)} was charged; ${Money.format(perDay)} a day is allowed`)
    const held = Money.floor(exactOf(row.balanceAfter))
    if (row.type === 'TOP_UP' && held > Money.parse(String(policy.maxCreditUsd)))
      say(`the credit was ${Money.format(held)}`)
  }
  return found
}

/** What left the wallet, and what became of it. */
function chainOf({ address, plan, truth }: Evidence): Finding[] {
  const found: Finding[] = []
  const say = (says: string) => void found.push({ counter: 'unexplained', says })
  const left = truth.chain.transfers.filter(({ from }) => from.toLowerCase() === address)
  if (left.length !== truth.settlements.length) say(`${left.length} transfers, other settlements`)
  for (const { to } of left)
    if (to.toLowerCase() !== truth.chain.payTo.toLowerCase()) say(`a transfer went to ${to}`)

  const sum = (list: readonly { amount_usd: string }[]) =>
    list.reduce((total, { amount_usd: usd }) => total + Money.parseExact(usd), 0n)
  const settled = truth.settlements.filter(({ credited }) => credited)
  const known = new Set(['CHARGE', 'REFUND', 'TOP_UP'])
  const odd = truth.rows.filter(({ type }) => !known.has(type))
  const gifts = odd.reduce((total, { amount }) => total + exactOf(amount), 0n)
  const credit =
    Money.parseExact(plan.credit) + sum(settled) - sum(truth.charges) + sum(truth.refunds) + gifts
  const wallet = truth.wallets.find((one) => one.address === address)
  if (wallet?.credit_usd !== Money.formatExact(credit))
    say(`the credit is ${wallet?.credit_usd}; the rows make ${Money.formatExact(credit)}`)
  const usdc = Money.parseExact('20') - sum(truth.settlements)
  if (wallet?.usdc !== Money.formatExact(usdc)) say(`${wallet?.usdc} USDC are left of 20`)
  return found
}

function priceOf(model: string): bigint {
  return model === linked.model ? linkedPrice.micros : silentPrice.micros
}

function dollars(amount: string): string {
  return Money.format(BigInt(amount))
}

/** Exact: hundred-millionths of a dollar. */
function exactOf(amount: number): bigint {
  return Money.exactOf(amount)
}
