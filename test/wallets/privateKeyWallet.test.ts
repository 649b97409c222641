import { Wallet as Oracle, verifyMessage } from 'ethers'
import { expect, test } from 'vitest'

import * as Network from '../../src/Network.js'
import * as Wallet from '../../src/Wallet.js'
import { accountWallet } from '../../src/wallets/accountWallet.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { toldBy } from '../support/toldBy.js'

const digits = 'a1'.repeat(32)
const fields = {
  chainId: 84532,
  domain: '127.0.0.1:4020',
  issuedAt: new Date('2026-10-01T12:00:00Z'),
  nonce: '00112233445566778899aabbccddeeff',
  uri: 'http://127.0.0.1:4020/api/v1/video/queue',
}

test.each([
  ['digits', digits],
  ['0x', `0x${digits}`],
  ['capitals', digits.toUpperCase()],
  ['white space about it', `\n  0x${digits}\n`],
])('behavior: a key with %s', (_, key) => {
  expect(privateKeyWallet(key).address).toBe(new Oracle(`0x${digits}`).address)
})

test('behavior: two verbs can be reached, and nothing else', () => {
  const wallet = privateKeyWallet(digits)
  expect(Object.keys(wallet).toSorted()).toEqual(['address', 'authorizeTransfer', 'signIn'])
  expect(Reflect.ownKeys(wallet)).toHaveLength(3)
  expect(Object.getPrototypeOf(wallet)).toBe(Object.prototype)
  expect(JSON.stringify(wallet)).toBe(JSON.stringify({ address: wallet.address }))
})

test('behavior: a sign-in is signed as it is read', async () => {
  const wallet = privateKeyWallet(digits)
  const proof = await wallet.signIn(fields)
  expect(proof).toMatchObject({
    address: wallet.address,
    chainId: 84532,
    timestamp: 1_790_856_000_000,
  })
  expect(verifyMessage(proof.message, proof.signature)).toBe(wallet.address)
})

test('error: a sign-in with another line in it is not signed', async () => {
  let signatures = 0
  const wallet = accountWallet({
    address: privateKeyWallet(digits).address,
    signMessage: async () => `0x${(signatures += 1)}`,
    signTypedData: async () => `0x${(signatures += 1)}`,
  })
  for (const change of [
    { domain: 'a.example\nb' },
    { nonce: 'x' },
    { uri: 'https://a.example/ \n' },
  ])
    await expect(wallet.signIn({ ...fields, ...change })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  expect(signatures).toBe(0)
})

test('behavior: what an account is asked to sign is ours to the last field', async () => {
  const asked: unknown[] = []
  const wallet = accountWallet({
    address: privateKeyWallet(digits).address,
    signMessage: async () => '0x',
    signTypedData: async (data) => {
      asked.push(data)
      return '0x01'
    },
  })
  const network = Network.networks['base-sepolia']
  const authorization = {
    from: wallet.address,
    nonce: `0x${'00'.repeat(32)}`,
    to: wallet.address,
    validAfter: 0n,
    validBefore: 5n,
    value: 1n,
  } as const
  await expect(wallet.authorizeTransfer({ authorization, network })).rejects.toThrow('its own')
  expect(asked).toMatchObject([
    {
      domain: { chainId: 84532, name: 'USDC', verifyingContract: network.asset, version: '2' },
      message: authorization,
      primaryType: 'TransferWithAuthorization',
    },
  ])
})

const order = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'
test.each([
  ['nothing', ''],
  ['63 digits', digits.slice(1)],
  ['65 digits', `${digits}a`],
  ['letters', 'g'.repeat(64)],
  ['0x twice', `0x0x${digits.slice(2)}`],
  ['0X', `0X${digits}`],
  ['quotes', `"${digits}"`],
  ['zero', '0'.repeat(64)],
  ['the order of the curve', order],
  ['more than the order', 'f'.repeat(64)],
  ['a mnemonic', 'test test test test test test test test test test test junk'],
  ['a line between', `${digits.slice(0, 32)}\n${digits.slice(32)}`],
])('error: %s is no key, and is not repeated', (_, key) => {
  expect.assertions(key ? 3 : 2)
  try {
    privateKeyWallet(key, { source: 'ZECCHINO_PRIVATE_KEY' })
  } catch (error) {
    expect(error).toBeInstanceOf(Wallet.InvalidKeyError)
    expect((error as Error).cause).toBeUndefined()
    const told = toldBy(error as Error).toLowerCase()
    if (key) expect(told).not.toContain(key.toLowerCase().slice(0, 16))
  }
})
