import { HDNodeWallet } from 'ethers'
import { expect, test } from 'vitest'

import * as Wallet from '../../src/Wallet.js'
import { mnemonicWallet } from '../../src/wallets/mnemonicWallet.js'
import { toldBy } from '../support/toldBy.js'

const words = 'test test test test test test test test test test test junk'

test('default: the first account of the standard path', () => {
  expect(mnemonicWallet(words).address).toBe(HDNodeWallet.fromPhrase(words).address)
  expect(Object.keys(mnemonicWallet(words)).toSorted()).toEqual([
    'address',
    'authorizeTransfer',
    'signIn',
  ])
})

test('behavior: white space of any kind is between words', () => {
  expect(mnemonicWallet(`\n ${words.replaceAll(' ', '\n  ')}\t`).address).toBe(
    mnemonicWallet(words).address,
  )
})

test.each([
  ['nothing', ''],
  ['a wrong checksum', words.replace('junk', 'test')],
  ['a word that is none', words.replace('junk', 'zecchino')],
  ['eleven words', words.replace('test ', '')],
  ['a private key', 'a1'.repeat(32)],
])('error: %s is refused, and no word is repeated', (_, text) => {
  expect.assertions(3)
  try {
    mnemonicWallet(text, { source: 'ZECCHINO_MNEMONIC' })
  } catch (error) {
    expect(error).toBeInstanceOf(Wallet.InvalidKeyError)
    expect((error as Error).cause).toBeUndefined()
    expect(toldBy(error as Error)).not.toMatch(/junk|zecchino\b(?! )|a1a1|test test/)
  }
})
