import { authorizationTypes } from '@x402/evm'
import { TypedDataEncoder, verifyTypedData } from 'ethers'
import * as fc from 'fast-check'
import { hashTypedData, type Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'

import * as Network from '../src/Network.js'
import { privateKeyWallet } from '../src/wallets/privateKeyWallet.js'
import * as X402 from '../src/X402.js'
import { entryV2, payTo, requirementsOf } from './support/x402.js'

const key = `0x${'42'.repeat(32)}` as Hex
const { address } = privateKeyToAccount(key)
const signature = `0x${'ab'.repeat(65)}` as Hex
const authorization: X402.Authorization = {
  from: address,
  nonce: `0x${'07'.repeat(32)}`,
  to: payTo,
  validAfter: 0n,
  validBefore: 1_790_000_060n,
  value: 5_000_000n,
}

const wire = {
  authorization: {
    from: address,
    to: payTo,
    value: '5000000',
    validAfter: '0',
    validBefore: '1790000060',
    nonce: authorization.nonce,
  },
  signature,
}

describe('typedData', () => {
  const uint = (bits: bigint) => fc.bigInt({ max: 2n ** bits - 1n, min: 0n })
  const bytes = (count: number) =>
    fc
      .uint8Array({ maxLength: count, minLength: count })
      .map((part): Hex => `0x${Buffer.from(part).toString('hex')}`)
  const anyAuthorization = fc.record({
    from: fc.constant(address),
    nonce: bytes(32),
    to: bytes(20),
    validAfter: uint(64n),
    validBefore: uint(64n),
    value: uint(256n),
  })
  const anyNetwork = fc.constantFrom(...Object.values(Network.networks))

  test('behavior: the hash is the one that ethers computes from the reference types', () => {
    fc.assert(
      fc.property(anyAuthorization, anyNetwork, (some, network) => {
        const data = X402.typedData(some, network)
        expect(hashTypedData(data)).toBe(
          TypedDataEncoder.hash(
            { ...network.domain, chainId: network.chainId, verifyingContract: network.asset },
            { TransferWithAuthorization: [...authorizationTypes.TransferWithAuthorization] },
            some,
          ),
        )
      }),
      { numRuns: 200 },
    )
  })

  test('behavior: what the wallet signs recovers to the wallet', async () => {
    const wallet = privateKeyWallet(key)
    await fc.assert(
      fc.asyncProperty(anyAuthorization, anyNetwork, async (some, network) => {
        const signed = await wallet.authorizeTransfer({ authorization: some, network })
        const { domain, types } = X402.typedData(some, network)
        const plain = { TransferWithAuthorization: [...types.TransferWithAuthorization] }
        expect(verifyTypedData(domain, plain, some, signed)).toBe(address)
        // 65 bytes, v of 27 or 28, low s: the token takes nothing else.
        expect(signed).toMatch(/^0x[0-9a-f]{128}1[bc]$/)
        expect(BigInt(`0x${signed.slice(66, 130)}`)).toBeLessThan(2n ** 255n)
      }),
      { numRuns: 50 },
    )
  })

  test('behavior: nothing of an offer but our own numbers is in what is signed', () => {
    const [offer] = requirementsOf([
      entryV2({
        extra: { chainId: 1, name: 'USD Coin', primaryType: 'Permit', salt: '0x1', version: '2' },
      }),
    ]).offers
    const { base } = Network.networks
    expect(X402.typedData(authorization, (offer as X402.Offer).network)).toEqual({
      domain: { ...base.domain, chainId: 8453, verifyingContract: base.asset },
      message: authorization,
      primaryType: 'TransferWithAuthorization',
      types: authorizationTypes,
    })
  })
})

test('behavior: a signed transfer is read back from its wire form', () => {
  expect(X402.SignedTransfer.parse(wire)).toEqual({ authorization, signature })
  for (const change of [
    { nonce: '0x07' },
    { value: 5_000_000 },
    { value: '0x5' },
    { to: 'merchant' },
  ])
    expect(
      X402.SignedTransfer.safeParse({
        ...wire,
        authorization: { ...wire.authorization, ...change },
      }).success,
    ).toBe(false)
})
