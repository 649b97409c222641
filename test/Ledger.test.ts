import { expect, test } from 'vitest'

import * as Ledger from '../src/Ledger.js'

function reach(from: Ledger.PaymentStatus, seen = new Set<string>()): Set<string> {
  if (seen.has(from)) return seen
  seen.add(from)
  for (const to of Ledger.paymentTransitions[from]) reach(to, seen)
  return seen
}

test('behavior: every status of a payment has its row and can be reached', () => {
  const all = [...Ledger.paymentStatuses].toSorted()
  expect(Object.keys(Ledger.paymentTransitions).toSorted()).toEqual(all)
  expect([...reach('intent')].toSorted()).toEqual(all)
  for (const from of Ledger.paymentStatuses)
    for (const to of Ledger.paymentStatuses)
      expect(Ledger.canMovePayment(from, to)).toBe(
        (Ledger.paymentTransitions[from] as readonly string[]).includes(to),
      )
})

test('behavior: a payment is open until nothing can follow', () => {
  for (const status of Ledger.paymentStatuses)
    expect([status, Ledger.isOpen(status)]).toEqual([
      status,
      Ledger.paymentTransitions[status].length > 0,
    ])
})

test('behavior: what was sent is signed no more', () => {
  for (const status of ['signed', 'sent', 'unknown', 'paid_not_credited'] as const)
    expect(reach(status).has('intent')).toBe(false)
  for (const status of ['sent', 'unknown', 'paid_not_credited'] as const)
    expect(reach(status).has('signed')).toBe(false)
})

test('behavior: unknown stays open until there is proof, and is never abandoned', () => {
  expect(Ledger.isOpen('unknown')).toBe(true)
  expect(Ledger.canMovePayment('unknown', 'abandoned')).toBe(false)
  expect(
    Ledger.paymentStatuses.filter((status) => Ledger.canMovePayment(status, 'abandoned')),
  ).toEqual(['paid_not_credited'])
})

test('behavior: money that left is never called unpaid', () => {
  expect(reach('paid_not_credited').has('failed_unpaid')).toBe(false)
  expect(reach('credited').size).toBe(1)
})

test('error: each says what to do next', () => {
  const errors = [
    new Ledger.UnavailableError({ reason: 'it is read-only', where: '/x/ledger.sqlite' }),
    new Ledger.NewerError({ found: 9, known: 1 }),
    new Ledger.PaymentNotFoundError({ id: 'payment_1' }),
    new Ledger.QuoteNotFoundError({ id: 'quote_1' }),
    new Ledger.QuoteExpiredError({ expiredAt: new Date('2026-10-01T12:00:00Z'), id: 'quote_1' }),
    new Ledger.FrozenError({ reason: 'a charge that nobody here made.' }),
    Ledger.stopped({ reason: 'it was frozen.' }),
    Ledger.stopped({ reason: 'the clock.', until: new Date('2026-10-01T12:00:00Z') }),
  ]
  expect(errors.map(({ code, message }) => `${code} ${message}`)).toMatchInlineSnapshot(`
    [
      "LEDGER_UNAVAILABLE The ledger cannot be used: it is read-only
    Ledger: /x/ledger.sqlite
    Nothing is spent without a ledger. Restore access to it and start again.",
      "LEDGER_NEWER The ledger was written by a newer version of zecchino.
    Schema found: 9
    Schema known: 1
    Update zecchino. Nothing is spent until then.",
      "PAYMENT_NOT_FOUND There is no such payment on this ledger.
    Payment: payment_1
    Run \`zecchino wallet\` for the payments of this wallet.",
      "QUOTE_NOT_FOUND There is no such quote on this ledger.
    Quote: quote_1
    Call \`video_quote\` first and pass on its quote_id.",
      "QUOTE_EXPIRED The quote has expired; nothing was bought.
    Quote: quote_1
    Expired: 2026-10-01T12:00:00.000Z
    Quote again: prices are good for fifteen minutes.",
      "WALLET_FROZEN Spending is stopped: a charge that nobody here made.
    The owner looks at \`zecchino wallet\`, resolves what is open and runs \`zecchino unfreeze\`.",
      "WALLET_FROZEN Spending is stopped: it was frozen.
    The owner looks at \`zecchino wallet\`, resolves what is open and runs \`zecchino unfreeze\`.",
      "CLOCK_SKEW Spending waits: the clock.
    Try again after 2026-10-01T12:00:00.000Z.",
    ]
  `)
})
