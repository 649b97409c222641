import { describe, expect, test } from 'vitest'

import * as Charges from '../src/Charges.js'
import * as Clock from '../src/Clock.js'
import type * as Job from '../src/Job.js'
import type * as Ledger from '../src/Ledger.js'
import * as Ownership from '../src/Ownership.js'
import type * as Venice from '../src/Venice.js'

const [second, minute, day] = [1_000, 60_000, 86_400_000]
const noon = Date.UTC(2026, 9, 1, 12)
const at = (ms: number) => new Date(noon + ms)
const price = 100_000n

/** A job of $0.10 that was sent at noon and is queued. */
function jobOf(id: string, job: Partial<Job.Job> = {}): Job.Job {
  const { providerSentAt = at(0), sentAt = providerSentAt } = job
  return {
    createdAt: at(-minute),
    hash: 'hash',
    id,
    model: 'm',
    price,
    quoteId: `quote ${id}`,
    status: 'queued',
    updatedAt: sentAt,
    ...job,
    providerSentAt: 'providerSentAt' in job ? job.providerSentAt : at(0),
    sentAt: 'sentAt' in job ? job.sentAt : sentAt,
  }
}

/** A charge of $0.10, a second after noon, that names nothing. */
function rowOf(id: string, row: Partial<Venice.Transaction> & { ms?: number } = {}) {
  const { ms = second, ...rest } = row
  const { amount = -price } = rest
  return {
    amount,
    balanceAfter: 0n,
    createdAt: at(ms).toISOString(),
    id,
    modelId: 'm',
    requestId: null,
    type: 'CHARGE',
    ...rest,
  }
}

const refundOf = (id: string, row: Parameters<typeof rowOf>[1] = {}) =>
  rowOf(id, { amount: price, ms: 5 * minute, type: 'REFUND', ...row })

/** $5, signed at noon for ten minutes. */
function paymentOf(id: string, payment: Partial<Ledger.Payment> = {}): Ledger.Payment {
  return {
    amount: 5_000_000n,
    createdAt: at(0),
    id,
    nonce: '0x00',
    payTo: '0x00',
    status: 'sent',
    updatedAt: at(0),
    validBefore: at(10 * minute),
    ...payment,
  }
}

const topUpOf = (id: string, row: Parameters<typeof rowOf>[1] = {}) =>
  rowOf(id, { amount: 5_000_000n, modelId: null, type: 'TOP_UP', ...row })

type Given = {
  jobs?: Job.Job[]
  now?: number
  payments?: Ledger.Payment[]
  rows: Venice.Transaction[]
  tied?: Record<string, Venice.Transaction[]>
  within?: number
}

function factsOf({ jobs = [], now = day, payments = [], rows, tied = {}, within = 0 }: Given) {
  const policy = { priceTolerance: 0.05 }
  const reading = { at: at(now), within }
  return { jobs, now: reading, payments, policy, rows, tied: new Map(Object.entries(tied)) }
}

/** Whose each row is: `a` certainly, `a?` perhaps, `a|b?` perhaps one of two, `!` nobody's and spending. */
function owners(given: Given): string {
  const facts = factsOf(given)
  const found = Ownership.ownersOf(facts)
  return facts.rows
    .map((row) => {
      const owner = found.get(row.id)
      if (owner?.kind === 'certain') return owner.id
      if (owner?.kind === 'possible') return `${owner.ids.join('|')}?`
      return Ownership.isForeign(row, { now: facts.now, owner }) ? '!' : '-'
    })
    .join(' ')
}

/** The same row, dated when it cannot have been made. */
const undated = (row: Venice.Transaction, createdAt = '2099-01-01T00:00:00Z') => ({
  ...row,
  createdAt,
})
const epoch = '1970-01-01T00:00:00Z'

const lost = (id: string, job: Partial<Job.Job> = {}) => jobOf(id, { status: 'sending', ...job })
const ambiguous = (id: string, job: Partial<Job.Job> = {}) =>
  lost(id, { ...job, status: 'ambiguous' })
const paid = (id: string, job: Partial<Job.Job> = {}) => jobOf(id, { queueId: `q ${id}`, ...job })

describe('a charge', () => {
  const named = (id: string) => rowOf('r', { requestId: `q ${id}` })
  test.each<[string, string, Given]>([
    ['names the job', 'a', { jobs: [paid('a')], now: second, rows: [named('a')] }],
    [
      'names it, whatever its date',
      'a',
      { jobs: [paid('a')], rows: [{ ...named('a'), createdAt: '2099-01-01T00:00:00Z' }] },
    ],
    [
      'names it, whatever its price',
      'a',
      { jobs: [paid('a')], rows: [{ ...named('a'), amount: -9n * price }] },
    ],
    [
      'names it, and has another already',
      'a',
      { jobs: [paid('a')], rows: [named('a')], tied: { a: [rowOf('x')] } },
    ],
    [
      'is of a request that was tied',
      'a',
      {
        jobs: [paid('a')],
        rows: [rowOf('r', { requestId: 'chat' })],
        tied: { a: [rowOf('x', { requestId: 'chat' })] },
      },
    ],
    [
      'names nothing, and the job’s own may be late',
      'a?',
      { jobs: [paid('a')], now: 30 * minute, rows: [rowOf('r')] },
    ],
    [
      'names nothing, and the job’s own would have come',
      'a',
      { jobs: [paid('a')], rows: [rowOf('r')] },
    ],
    [
      'names nothing, and the job has its own',
      '!',
      { jobs: [paid('a')], rows: [rowOf('r')], tied: { a: [named('a')] } },
    ],
    [
      'names a stranger’s, and the job has its own',
      '!',
      { jobs: [paid('a')], rows: [rowOf('r', { requestId: 'theirs' })], tied: { a: [named('a')] } },
    ],
    ['is young', '-', { jobs: [], now: minute, rows: [rowOf('r')] }],
    ['is of another model', '!', { jobs: [paid('a')], rows: [rowOf('r', { modelId: 'other' })] }],
    ['names no model', 'a', { jobs: [paid('a')], rows: [rowOf('r', { modelId: null })] }],
    [
      'is for more than was agreed to',
      '!',
      { jobs: [paid('a')], rows: [rowOf('r', { amount: -2n * price })] },
    ],
    [
      'is for a little more',
      'a',
      { jobs: [paid('a')], rows: [rowOf('r', { amount: -price - 1n })] },
    ],
    ['is for less', 'a?', { jobs: [paid('a')], rows: [rowOf('r', { amount: -price / 2n })] }],
    ['is an hour early', '!', { jobs: [paid('a')], rows: [rowOf('r', { ms: -60 * minute })] }],
    [
      'is early, if no clock was wrong',
      'a',
      { jobs: [paid('a')], rows: [rowOf('r', { ms: -10 * minute })] },
    ],
    ['is half an hour late', 'a', { jobs: [paid('a')], rows: [rowOf('r', { ms: 30 * minute })] }],
    ['is an hour late', '!', { jobs: [paid('a')], rows: [rowOf('r', { ms: 60 * minute })] }],
    [
      'has no date, and its job would have got its own',
      'a',
      { jobs: [paid('a')], rows: [undated(rowOf('r'))] },
    ],
    [
      'has none, of another age, as well',
      'a',
      { jobs: [paid('a')], rows: [undated(rowOf('r'), epoch)] },
    ],
    [
      'has none, and its job may yet get its own',
      'a?',
      { jobs: [paid('a')], now: 30 * minute, rows: [undated(rowOf('r'))] },
    ],
    [
      'has none, and may be for a lost call',
      'a?',
      { jobs: [lost('a')], rows: [undated(rowOf('r'))] },
    ],
    [
      'has none, and the job has its own',
      '!',
      { jobs: [paid('a')], rows: [undated(rowOf('r'))], tied: { a: [named('a')] } },
    ],
    [
      'has none, and is for more than was agreed to',
      '!',
      { jobs: [lost('a')], rows: [undated(rowOf('r', { amount: -2n * price, requestId: 'x' }))] },
    ],
    [
      'came when the job had not been sent',
      '!',
      { jobs: [jobOf('a', { sentAt: undefined, status: 'reserved' })], rows: [rowOf('r')] },
    ],
    [
      'fits a job that was refused',
      '!',
      { jobs: [jobOf('a', { status: 'rejected' })], rows: [rowOf('r')] },
    ],
    [
      'fits a send of which only another clock is known',
      'a',
      {
        jobs: [paid('a', { providerSentAt: undefined, sentAt: at(-14 * minute) })],
        rows: [rowOf('r')],
      },
    ],
    [
      'fits by the ledger’s clock, where the provider’s was told wrong',
      'a',
      { jobs: [paid('a', { providerSentAt: at(-day), sentAt: at(0) })], rows: [rowOf('r')] },
    ],
  ])('%s ⇒ %s', (_, expected, given) => {
    expect(owners(given)).toBe(expected)
  })

  test.each<[string, string, Given]>([
    ['may be for a lost call', 'a?', { jobs: [lost('a')], rows: [rowOf('r')] }],
    [
      'may be for a lost call, for part of the price',
      'a?',
      { jobs: [lost('a')], rows: [rowOf('r', { amount: -1n })] },
    ],
    [
      'may be for a lost call, for more, while that is looked for',
      'a?',
      { jobs: [lost('a')], rows: [rowOf('r', { amount: -2n * price, requestId: 'x' })] },
    ],
    [
      'is for more than an ambiguous job',
      '!',
      { jobs: [ambiguous('a')], rows: [rowOf('r', { amount: -2n * price, requestId: 'x' })] },
    ],
    ['may be an ambiguous job’s', 'a?', { jobs: [ambiguous('a')], rows: [rowOf('r')] }],
    [
      'came a month after it',
      '!',
      { jobs: [ambiguous('a')], now: 31 * day, rows: [rowOf('r', { ms: 30 * day })] },
    ],
    [
      'is not the only one',
      'a? !',
      { jobs: [ambiguous('a')], rows: [rowOf('r'), rowOf('s', { ms: 2 * second })] },
    ],
    [
      'fits best',
      '! a?',
      { jobs: [ambiguous('a')], rows: [rowOf('r', { ms: -minute }), rowOf('s')] },
    ],
    [
      'may be for a lost call or a queued one',
      'b|a?',
      { jobs: [ambiguous('a'), paid('b', { providerSentAt: at(second) })], rows: [rowOf('r')] },
    ],
    [
      'fits a queued job, and a lost call long before',
      'b',
      {
        jobs: [ambiguous('a', { providerSentAt: at(-40 * minute) }), paid('b')],
        rows: [rowOf('r')],
      },
    ],
    [
      'fits a queued job, and one that was given up',
      'b',
      { jobs: [lost('a', { status: 'abandoned' }), paid('b')], rows: [rowOf('r')] },
    ],
    [
      'fits a job that was given up',
      'a',
      { jobs: [lost('a', { status: 'abandoned' })], rows: [rowOf('r')] },
    ],
    [
      'fits it, and one more does',
      'a !',
      {
        jobs: [lost('a', { status: 'abandoned' })],
        rows: [rowOf('r'), rowOf('s', { ms: 2 * second })],
      },
    ],
    [
      'is for a job that was given up before it was sent',
      '!',
      { jobs: [jobOf('a', { sentAt: undefined, status: 'abandoned' })], rows: [rowOf('r')] },
    ],
    [
      'goes to the last that was sent before it',
      'a b',
      {
        jobs: [paid('b', { providerSentAt: at(minute) }), paid('a')],
        rows: [rowOf('r'), rowOf('s', { ms: minute + second })],
      },
    ],
  ])('%s ⇒ %s', (_, expected, given) => {
    expect(owners(given)).toBe(expected)
  })

  test.each<[string, string, Given]>([
    [
      'in parts of one request',
      'a a',
      {
        jobs: [paid('a')],
        rows: [
          rowOf('r', { amount: -60_000n, requestId: 'x' }),
          rowOf('s', { amount: -40_000n, ms: minute, requestId: 'x' }),
        ],
      },
    ],
    [
      'in parts that name nothing',
      'a a',
      {
        jobs: [paid('a')],
        rows: [rowOf('r', { amount: -60_000n }), rowOf('s', { amount: -40_000n })],
      },
    ],
    [
      'in parts that name nothing, far apart',
      'a? !',
      {
        jobs: [paid('a')],
        rows: [rowOf('r', { amount: -60_000n }), rowOf('s', { amount: -40_000n, ms: minute })],
      },
    ],
    [
      'for two jobs at once',
      'a b',
      {
        jobs: [paid('a'), paid('b', { providerSentAt: at(3 * second) })],
        rows: [rowOf('r', { ms: 500 }), rowOf('s', { ms: 3_500 })],
      },
    ],
    [
      'by twenty strangers, of another price',
      Array(20).fill('!').join(' '),
      {
        jobs: [ambiguous('a')],
        rows: Array.from({ length: 20 }, (_, index) =>
          rowOf(`r${index}`, { amount: -2_000_000n, requestId: `x${index}` }),
        ),
      },
    ],
    [
      'by twenty strangers, of its price',
      ['a?', ...Array(19).fill('!')].join(' '),
      {
        jobs: [ambiguous('a')],
        rows: Array.from({ length: 20 }, (_, index) =>
          rowOf(`r${index}`, { ms: second * (index + 1), requestId: `x${index}` }),
        ),
      },
    ],
  ])('%s ⇒ %s', (_, expected, given) => {
    expect(owners(given)).toBe(expected)
  })
})

describe('a row that nobody made', () => {
  test.each<[string, string, Given]>([
    ['charges', '!', { rows: [rowOf('r')] }],
    [
      'charges less than a micro-dollar',
      '!',
      { rows: [{ ...rowOf('r', { amount: 0n }), exact: -1n }] },
    ],
    ['is of an unknown kind, and takes', '!', { rows: [rowOf('r', { type: 'FEE' })] }],
    [
      'is of an unknown kind, and gives',
      '-',
      { rows: [rowOf('r', { amount: 5n, type: 'BONUS' })] },
    ],
    ['gives back', '-', { rows: [refundOf('r')] }],
    ['tops up', '!', { rows: [topUpOf('r')] }],
    ['is dated in the next minutes', '-', { now: 0, rows: [rowOf('r', { ms: 12 * minute })] }],
    [
      'is dated in another age',
      '!',
      { rows: [{ ...rowOf('r'), createdAt: '2099-01-01T00:00:00Z' }] },
    ],
    ['is dated long ago', '!', { rows: [{ ...rowOf('r'), createdAt: '2020-01-01T00:00:00Z' }] }],
    [
      'is read by who does not know the time',
      '-',
      { now: 5 * minute, rows: [rowOf('r')], within: Clock.apart },
    ],
  ])('%s ⇒ %s', (_, expected, given) => {
    expect(owners(given)).toBe(expected)
  })
})

describe('a refund', () => {
  const failed = (id: string, job: Partial<Job.Job> = {}) =>
    paid(id, { ...job, status: 'failed_unrefunded' })
  const charged = (id: string) => [rowOf(`charge of ${id}`, { requestId: `q ${id}` })]
  test.each<[string, string, Given]>([
    ['names the job', 'a', { jobs: [paid('a')], rows: [refundOf('r', { requestId: 'q a' })] }],
    [
      'names what was charged',
      'a',
      {
        jobs: [paid('a')],
        rows: [refundOf('r', { requestId: 'chat' })],
        tied: { a: [rowOf('x', { requestId: 'chat' })] },
      },
    ],
    [
      'names a charge that may be a job’s',
      'a? a?',
      {
        jobs: [ambiguous('a')],
        rows: [rowOf('x', { requestId: 'x' }), refundOf('r', { requestId: 'x' })],
      },
    ],
    [
      'names a charge that is nobody’s',
      '! -',
      { rows: [rowOf('x', { requestId: 'x' }), refundOf('r', { requestId: 'x' })] },
    ],
    [
      'names nothing, and one job has failed',
      'a',
      {
        jobs: [failed('a'), paid('b', { status: 'cleaned' })],
        rows: [refundOf('r')],
        tied: { a: charged('a'), b: charged('b') },
      },
    ],
    [
      'names nothing, and one was lost',
      'a',
      {
        jobs: [failed('a', { status: 'lost_media' })],
        rows: [refundOf('r')],
        tied: { a: charged('a') },
      },
    ],
    [
      'names nothing, and one may fail',
      'a?',
      { jobs: [paid('a')], rows: [refundOf('r')], tied: { a: charged('a') } },
    ],
    [
      'names nothing, is young, and another may have failed',
      'a|b?',
      {
        jobs: [failed('a'), paid('b')],
        now: 6 * minute,
        rows: [refundOf('r')],
        tied: { a: charged('a'), b: charged('b') },
      },
    ],
    [
      'names nothing, and two have failed',
      'a|b?',
      {
        jobs: [failed('a'), failed('b')],
        rows: [refundOf('r')],
        tied: { a: charged('a'), b: charged('b') },
      },
    ],
    [
      'comes for each of two',
      'a b',
      {
        jobs: [failed('a'), failed('b')],
        rows: [refundOf('r'), refundOf('s', { ms: 6 * minute })],
        tied: { a: charged('a'), b: charged('b') },
      },
    ],
    [
      'comes once more than jobs have failed',
      'a -',
      {
        jobs: [failed('a')],
        rows: [refundOf('r'), refundOf('s', { ms: 6 * minute })],
        tied: { a: charged('a') },
      },
    ],
    [
      'names nothing, and has no date',
      'b a',
      {
        jobs: [failed('a'), failed('b')],
        rows: [undated(refundOf('r')), undated(refundOf('s'), epoch)],
        tied: { a: charged('a'), b: charged('b') },
      },
    ],
    [
      'names nothing, has no date, and another may have failed',
      'a|b?',
      {
        jobs: [failed('a'), paid('b')],
        rows: [undated(refundOf('r'))],
        tied: { a: charged('a'), b: charged('b') },
      },
    ],
    [
      'names nothing, and is another amount',
      '-',
      { jobs: [failed('a')], rows: [refundOf('r', { amount: 1n })], tied: { a: charged('a') } },
    ],
    [
      'names nothing, and is of another model',
      '-',
      {
        jobs: [failed('a')],
        rows: [refundOf('r', { modelId: 'other' })],
        tied: { a: charged('a') },
      },
    ],
    [
      'names nothing, and came before',
      '-',
      {
        jobs: [failed('a')],
        rows: [refundOf('r', { ms: -60 * minute })],
        tied: { a: charged('a') },
      },
    ],
    [
      'names another request',
      '-',
      {
        jobs: [failed('a')],
        rows: [refundOf('r', { requestId: 'theirs' })],
        tied: { a: charged('a') },
      },
    ],
    ['comes before the charge', 'a?', { jobs: [failed('a')], rows: [refundOf('r')] }],
    [
      'comes a second time',
      '-',
      { jobs: [failed('a')], rows: [refundOf('r')], tied: { a: [...charged('a'), refundOf('x')] } },
    ],
  ])('%s ⇒ %s', (_, expected, given) => {
    expect(owners(given)).toBe(expected)
  })
})

describe('a top-up', () => {
  test.each<[string, string, Given]>([
    ['fits what was sent', 'a', { payments: [paymentOf('a')], rows: [topUpOf('r')] }],
    [
      'fits what has no answer',
      'a',
      { payments: [paymentOf('a', { status: 'unknown' })], rows: [topUpOf('r')] },
    ],
    [
      'fits what was given up',
      'a',
      { payments: [paymentOf('a', { status: 'abandoned' })], rows: [topUpOf('r')] },
    ],
    [
      'fits what counts as unpaid',
      'a',
      { payments: [paymentOf('a', { status: 'failed_unpaid' })], rows: [topUpOf('r')] },
    ],
    [
      'fits that and an open one',
      'b',
      {
        payments: [paymentOf('a', { status: 'failed_unpaid' }), paymentOf('b')],
        rows: [topUpOf('r')],
      },
    ],
    [
      'fits what was never sent',
      '!',
      { payments: [paymentOf('a', { status: 'signed' })], rows: [topUpOf('r')] },
    ],
    [
      'is another amount',
      '!',
      { payments: [paymentOf('a')], rows: [topUpOf('r', { amount: 6_000_000n })] },
    ],
    [
      'came hours before',
      '!',
      { payments: [paymentOf('a')], rows: [topUpOf('r', { ms: -120 * minute })] },
    ],
    [
      'came a day after',
      '!',
      { now: 2 * day, payments: [paymentOf('a')], rows: [topUpOf('r', { ms: day })] },
    ],
    [
      'came half an hour after it could settle',
      'a',
      { payments: [paymentOf('a')], rows: [topUpOf('r', { ms: 40 * minute })] },
    ],
    [
      'is the second for one',
      'a !',
      { payments: [paymentOf('a')], rows: [topUpOf('r'), topUpOf('s', { ms: minute })] },
    ],
    [
      'comes for a payment that has one',
      '!',
      { payments: [paymentOf('a')], rows: [topUpOf('r')], tied: { a: [topUpOf('x')] } },
    ],
    [
      'comes for each of two',
      'a b',
      {
        payments: [
          paymentOf('b', { createdAt: at(12 * minute), validBefore: at(22 * minute) }),
          paymentOf('a'),
        ],
        rows: [topUpOf('r'), topUpOf('s', { ms: 13 * minute })],
      },
    ],
    [
      'comes for the second, and the first’s is late',
      'b',
      {
        payments: [
          paymentOf('b', { createdAt: at(12 * minute), validBefore: at(22 * minute) }),
          paymentOf('a', { status: 'credited' }),
        ],
        rows: [topUpOf('s', { ms: 13 * minute })],
      },
    ],
    ['has no date', 'a', { payments: [paymentOf('a')], rows: [undated(topUpOf('r'))] }],
    [
      'has none, of another age',
      'a',
      { payments: [paymentOf('a')], rows: [undated(topUpOf('r'), epoch)] },
    ],
    [
      'has none, and fits two',
      'a|b?',
      { payments: [paymentOf('a'), paymentOf('b')], rows: [undated(topUpOf('r'))] },
    ],
    [
      'has none, and one of two has its own',
      'b',
      {
        payments: [paymentOf('a'), paymentOf('b')],
        rows: [undated(topUpOf('r'))],
        tied: { a: [topUpOf('x')] },
      },
    ],
    [
      'has none, and is another amount',
      '!',
      { payments: [paymentOf('a')], rows: [undated(topUpOf('r', { amount: 6_000_000n }))] },
    ],
    // The clock of whoever reads it does not matter: until when it may settle is by the provider's.
    [
      'was signed by a process whose ledger is ten minutes off',
      'a',
      { payments: [paymentOf('a', { createdAt: at(-10 * minute) })], rows: [topUpOf('r')] },
    ],
  ])('%s ⇒ %s', (_, expected, given) => {
    expect(owners(given)).toBe(expected)
  })
})

test('behavior: one of the rows is asked for alone', () => {
  const facts = factsOf({ jobs: [paid('a')], rows: [rowOf('r', { requestId: 'q a' }), rowOf('s')] })
  expect(Ownership.ownerOf(facts.rows[0]!, facts)).toEqual({
    because: 'it names the job',
    by: 'name',
    id: 'a',
    kind: 'certain',
  })
  expect(Ownership.ownerOf(rowOf('unknown'), facts)).toEqual({ kind: 'nobody' })
})

test('behavior: a charge beside the one that names the job is not for it as well', () => {
  const rows = [rowOf('stranger’s'), rowOf('own', { ms: 5 * minute, requestId: 'q a' })]
  const facts = factsOf({ jobs: [paid('a')], now: day, rows })
  expect(Ownership.ownersOf(facts).get('own')).toMatchObject({ id: 'a', kind: 'certain' })
  expect(Ownership.ownersOf(facts).get('stranger’s')?.kind).toBe('nobody')
})

test('behavior: requests are put together once, however the rows come', () => {
  const rows = [
    rowOf('b', { ms: 2 * second, requestId: 'x' }),
    rowOf('c', { ms: 9 * minute }),
    rowOf('a', { requestId: 'x' }),
    refundOf('d', { requestId: 'x' }),
  ]
  const told = (all: Venice.Transaction[]) =>
    Charges.requestsOf(all, []).map(({ charged, rows }) => [
      charged,
      rows.map(({ id }) => id).join(),
    ])
  expect(told(rows)).toEqual([
    [2n * price, 'a,b'],
    [price, 'c'],
  ])
  expect(told(rows.toReversed())).toEqual(told(rows))
})

describe('a row that nobody made, which shows late', () => {
  const given = { jobs: [paid('a')], now: { at: at(day), within: 0 }, payments: [] }
  test.each<
    [string, boolean, Venice.Transaction, Partial<Parameters<typeof Ownership.isHistory>[1]>]
  >([
    ['topped up before the first paid call', true, topUpOf('r', { ms: -6 * second }), {}],
    [
      'topped up after it, if a clock was off by seconds',
      false,
      topUpOf('r', { ms: -4 * second }),
      {},
    ],
    ['topped up after it', false, topUpOf('r', { ms: minute }), {}],
    ['has no date', false, undated(topUpOf('r')), {}],
    ['has one of another age', false, undated(topUpOf('r'), epoch), {}],
    [
      'topped up before a call of which another clock is known',
      false,
      topUpOf('r', { ms: -14 * minute }),
      { jobs: [paid('a', { providerSentAt: undefined })] },
    ],
    [
      'topped up before the first payment',
      true,
      topUpOf('r', { ms: -6 * second }),
      { jobs: [], payments: [paymentOf('p')] },
    ],
    ['topped up after it', false, topUpOf('r'), { jobs: [], payments: [paymentOf('p')] }],
    ['charged before the first job was booked', true, rowOf('r', { ms: -17 * minute }), {}],
    ['charged before it was sent, as a copy may', false, rowOf('r', { ms: -10 * minute }), {}],
    [
      'charged before it was sent, and it waited for long',
      false,
      rowOf('r', { ms: -60 * minute }),
      { jobs: [paid('a', { createdAt: at(-70 * minute) })] },
    ],
  ])('%s ⇒ history: %s', (_, expected, row, facts) => {
    expect(Ownership.isHistory(row, { ...given, ...facts })).toBe(expected)
  })
})
