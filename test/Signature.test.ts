import {
  type Hex,
  hashMessage,
  serializeCompactSignature,
  parseSignature,
  signatureToCompactSignature,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'

import * as Network from '../src/Network.js'
import * as Signature from '../src/Signature.js'
import { accountWallet } from '../src/wallets/accountWallet.js'

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const account = privateKeyToAccount(`0x${'5a'.repeat(32)}`)
const other = privateKeyToAccount(`0x${'5b'.repeat(32)}`)
const { address } = account
const text = (index: number) => `Sign in, ${index}`

const withEnd = (signature: Hex, end: number) =>
  `${signature.slice(0, 130)}${end.toString(16).padStart(2, '0')}` as Hex
const endOf = (signature: Hex) => Number.parseInt(signature.slice(130), 16)

/** The same signature as devices and services give it. */
const forms: Record<string, (signature: Hex) => Hex> = {
  'as it should be': (signature) => signature,
  'v as 0 or 1': (signature) => withEnd(signature, endOf(signature) - 27),
  'v with the chain in it': (signature) => withEnd(signature, endOf(signature) + 10),
  'v always 0': (signature) => withEnd(signature, 0),
  'the other v': (signature) => withEnd(signature, endOf(signature) === 27 ? 28 : 27),
  'an upper s': (signature) => {
    const { r, s } = parseSignature(signature)
    const upper = (order - BigInt(s)).toString(16).padStart(64, '0')
    return `${r}${upper}${(55 - endOf(signature)).toString(16)}` as Hex
  },
  'an upper s, and v 0 or 1': (signature) =>
    withEnd(forms['an upper s']?.(signature) ?? '0x', 28 - endOf(signature)),
  '64 bytes': (signature) =>
    serializeCompactSignature(signatureToCompactSignature(parseSignature(signature))),
  'capital letters': (signature) => `0x${signature.slice(2).toUpperCase()}`,
}

test.each(Object.entries(forms))(
  'behavior: %s ⇒ the signature that contracts take',
  async (_, form) => {
    // Both parities are among these.
    for (const index of [0, 1, 2, 3, 4, 5, 6, 7]) {
      const message = text(index)
      const signature = await account.signMessage({ message })
      const given = { address, hash: hashMessage(message), signature: form(signature) }
      expect(await Signature.of(given)).toBe(signature)
    }
  },
)

const sign = (index: number) => account.signMessage({ message: text(index) })

test.each<[string, () => Promise<string>]>([
  ['another account’s', () => other.signMessage({ message: text(0) })],
  ['for another text', () => sign(1)],
  [
    'for another text, in 64 bytes',
    async () => (forms['64 bytes'] as (hex: Hex) => Hex)(await sign(1)),
  ],
  ['empty', async () => '0x'],
  ['too short', async () => (await sign(0)).slice(0, 120)],
  ['too long', async () => `${await sign(0)}00`],
  ['zeros', async () => `0x${'00'.repeat(65)}`],
  ['beyond the order', async () => `0x${'ff'.repeat(64)}1b`],
  ['no hex', async () => `0x${'zz'.repeat(65)}`],
  ['a smart account’s', async () => `0x${'00'.repeat(12)}${'ab'.repeat(84)}`],
])('error: a signature that is %s is refused', async (_, make) => {
  const given = { address, hash: hashMessage(text(0)), signature: (await make()) as Hex }
  await expect(Signature.of(given)).rejects.toMatchObject({
    code: 'WRONG_SIGNATURE',
    facts: [`Wallet: ${address}`, expect.not.stringMatching(/0x[\da-f]{64}/i)],
    moneyMoved: 'no',
  })
})

const fields = {
  chainId: 84532,
  domain: '127.0.0.1:4020',
  issuedAt: new Date('2026-10-01T12:00:00Z'),
  nonce: '00112233445566778899aabbccddeeff',
  uri: 'http://127.0.0.1:4020/api/v1/video/queue',
}
const transfer = {
  authorization: {
    from: address,
    nonce: `0x${'12'.repeat(32)}` as Hex,
    to: other.address,
    validAfter: 0n,
    validBefore: 1_790_856_300n,
    value: 5_000_000n,
  },
  network: Network.networks['base-sepolia'],
}

test.each(Object.entries(forms))(
  'behavior: an account that gives %s signs in and pays',
  async (_, form) => {
    const local = accountWallet(account)
    const remote = accountWallet({
      address,
      signMessage: async (data) => form(await account.signMessage(data)),
      signTypedData: async (data) => form(await account.signTypedData(data)),
    })
    expect(await remote.signIn(fields)).toEqual(await local.signIn(fields))
    expect(await remote.authorizeTransfer(transfer)).toBe(await local.authorizeTransfer(transfer))
  },
)

test('error: an account that signs with another key neither signs in nor pays', async () => {
  const { signMessage, signTypedData } = other
  const wrong = accountWallet({ address, signMessage, signTypedData })
  await expect(wrong.signIn(fields)).rejects.toMatchObject({ code: 'WRONG_SIGNATURE' })
  const posing = accountWallet({ ...other, address })
  for (const wallet of [wrong, posing])
    await expect(wallet.authorizeTransfer(transfer)).rejects.toMatchObject({
      code: 'WRONG_SIGNATURE',
    })
})
