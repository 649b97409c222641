import { expect, test } from 'vitest'

import * as Wallet from '../src/Wallet.js'

test('error: a key that cannot be used is not repeated, its source is', () => {
  const error = new Wallet.InvalidKeyError({
    expected: '64 hexadecimal digits',
    source: 'ZECCHINO_PRIVATE_KEY',
  })
  expect(error.toJSON()).toMatchInlineSnapshot(`
    {
      "code": "INVALID_KEY",
      "facts": [
        "Expected: 64 hexadecimal digits",
      ],
      "message": "The key in ZECCHINO_PRIVATE_KEY is not usable.",
      "money_moved": "no",
      "next": "Correct ZECCHINO_PRIVATE_KEY and start again.",
      "retryable": false,
    }
  `)
})

test('error: no wallet', () => {
  expect(new Wallet.NoWalletError().toJSON()).toMatchInlineSnapshot(`
    {
      "code": "NO_WALLET",
      "facts": [],
      "message": "There is no wallet to sign with.",
      "money_moved": "no",
      "next": "Run \`zecchino init\`, or set ZECCHINO_KEYSTORE, ZECCHINO_MNEMONIC, ZECCHINO_PRIVATE_KEY or, to pay with an account at Venice, VENICE_API_KEY.",
      "retryable": false,
    }
  `)
})
