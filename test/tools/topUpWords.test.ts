import { expect, test } from 'vitest'

import * as Ledger from '../../src/Ledger.js'
import { topUpWords } from '../../src/tools/topUpWords.js'

function wordsOf(status: Ledger.PaymentStatus, look?: string) {
  const payment: Ledger.Payment = {
    amount: 5_000_000n,
    createdAt: new Date(0),
    id: 'payment_1',
    nonce: '0x1',
    payTo: '0xpayee',
    status,
    updatedAt: new Date(0),
    validBefore: new Date(600_000),
  }
  const raised = { credit: 0n, least: 5_000_000n, payment }
  return topUpWords(raised, { again: 'run it again', look })
}

test('behavior: only what is credited is called done, and only what left the wallet is called paid', () => {
  for (const status of Ledger.paymentStatuses) {
    const { line, next } = wordsOf(status)
    expect(line.startsWith('Paid'), status).toBe(/^credited$|^paid_not_credited$/.test(status))
    expect(next.startsWith('The credit is there'), status).toBe(status === 'credited')
  }
})

test('behavior: what was paid and not credited is the owner’s', () => {
  expect(wordsOf('paid_not_credited')).toMatchInlineSnapshot(`
    {
      "line": "Paid      $5 USDC to 0xpayee: Venice has not credited it",
      "next": "The payment left the wallet, and Venice has not credited it. Do not pay again: the wallet’s owner runs \`zecchino resolve payment_1\`.",
    }
  `)
})

test('options: look', () => {
  expect(wordsOf('unknown').next).toContain('Do not pay again: call wallet_status {} in a minute')
  const { next } = wordsOf('unknown', 'run `zecchino wallet`')
  expect(next).toContain('Do not pay again: run `zecchino wallet` in a minute')
})
