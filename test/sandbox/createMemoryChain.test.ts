import { randomBytes } from 'node:crypto'

import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { type Hex, parseSignature, serializeSignature } from 'viem'
import { expect, test } from 'vitest'

import * as Network from '../../src/Network.js'
import { createMemoryChain } from '../../src/sandbox/createMemoryChain.js'
import * as X402 from '../../src/X402.js'

const network = Network.networks['base-sepolia']
const payee = '0x00000000000000000000000000000000000000aa'
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

function setup() {
  let seconds = 1_800_000_000
  const payer = privateKeyToAccount(generatePrivateKey())
  const chain = createMemoryChain({ network, now: () => new Date(seconds * 1_000) })
  const authorize = (change: Partial<X402.Authorization> = {}): X402.Authorization => ({
    from: payer.address,
    nonce: `0x${randomBytes(32).toString('hex')}`,
    to: payee,
    validAfter: 0n,
    validBefore: BigInt(seconds + 300),
    value: 5_000_000n,
    ...change,
  })
  const sign = (authorization: X402.Authorization, on: Network.Network = network) =>
    payer.signTypedData(X402.typedData(authorization, on))
  return {
    authorize,
    chain,
    async pay(authorization: X402.Authorization, signature?: Hex) {
      return chain.transferWithAuthorization(
        authorization,
        signature ?? (await sign(authorization)),
      )
    },
    payer,
    sign,
    tick: (by: number) => (seconds += by),
  }
}

test('default: a signed transfer moves exact units, once, and leaves its events', async () => {
  const { authorize, chain, pay, payer } = setup()
  await chain.mint(payer.address, 7_000_001n)
  const authorization = authorize()
  const before = await chain.block()
  const transfer = await pay(authorization)
  expect(await chain.balanceOf(payer.address)).toBe(2_000_001n)
  expect(await chain.balanceOf(payee)).toBe(5_000_000n)
  expect(await chain.authorizationState(payer.address, authorization.nonce)).toBe(true)
  expect(await chain.authorizationState(payer.address, authorization.nonce, before?.number)).toBe(
    false,
  )
  expect(await chain.balanceOf(payer.address, before?.number)).toBe(7_000_001n)
  const logs = await chain.logs({ from: transfer.block, to: transfer.block })
  expect(logs.map(({ topics }) => topics[0])).toEqual([
    '0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5',
    '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef',
  ])
})

test('behavior: blocks follow the clock, and a transfer has one of its own', async () => {
  const { chain, payer, tick } = setup()
  const first = await chain.block()
  tick(10)
  const later = await chain.block()
  expect(later!.number - first!.number).toBe(5n)
  expect(later!.timestamp - first!.timestamp).toBe(10)
  for (let count = 0; count < 20; count += 1) await chain.mint(payer.address, 1n)
  const busy = await chain.block()
  expect(busy!.number - later!.number).toBe(20n)
  tick(600)
  const quiet = await chain.block()
  expect(quiet!.timestamp - busy!.timestamp).toBe(600)
  expect(await chain.block(quiet!.number + 1n)).toBeUndefined()
})

const reverts: [reason: string, run: (it: ReturnType<typeof setup>) => Promise<unknown>][] = [
  [
    'FiatTokenV2: authorization is not yet valid',
    ({ authorize, pay }) => pay(authorize({ validAfter: 1_800_000_000n })),
  ],
  [
    'FiatTokenV2: authorization is expired',
    ({ authorize, pay }) => pay(authorize({ validBefore: 1_800_000_000n })),
  ],
  [
    'FiatTokenV2: authorization is used or canceled',
    async ({ authorize, pay }) => {
      const authorization = authorize()
      await pay(authorization)
      return pay(authorization)
    },
  ],
  [
    'FiatTokenV2: invalid signature',
    async ({ authorize, pay, sign }) => {
      const authorization = authorize()
      return pay(authorization, await sign(authorization, Network.networks.base))
    },
  ],
  [
    'ECRecover: invalid signature length',
    async ({ authorize, pay, sign }) => {
      const authorization = authorize()
      return pay(authorization, (await sign(authorization)).slice(0, 130) as Hex)
    },
  ],
  [
    "ECRecover: invalid signature 'v' value",
    async ({ authorize, pay, sign }) => {
      const authorization = authorize()
      const signature = await sign(authorization)
      return pay(
        authorization,
        `${signature.slice(0, 130)}0${signature.endsWith('b') ? 0 : 1}` as Hex,
      )
    },
  ],
  [
    "ECRecover: invalid signature 's' value",
    async ({ authorize, pay, sign }) => {
      const authorization = authorize()
      const { r, s, yParity } = parseSignature(await sign(authorization))
      const high: Hex = `0x${(order - BigInt(s)).toString(16).padStart(64, '0')}`
      return pay(authorization, serializeSignature({ r, s: high, yParity: yParity ? 0 : 1 }))
    },
  ],
  [
    'ERC20: transfer to the zero address',
    ({ authorize, pay }) => pay(authorize({ to: `0x${'0'.repeat(40)}` })),
  ],
  [
    'ERC20: transfer amount exceeds balance',
    ({ authorize, pay }) => pay(authorize({ value: 5_000_001n })),
  ],
]

test.each(reverts)('error: %s', async (reason, run) => {
  const it = setup()
  await it.chain.mint(it.payer.address, 5_000_000n)
  await expect(run(it)).rejects.toMatchObject({ reason })
  const moved = reason.includes('used') ? 5_000_000n : 0n
  expect(await it.chain.balanceOf(payee)).toBe(moved)
})

test('behavior: of two copies at once one settles', async () => {
  const { authorize, chain, pay, payer, sign } = setup()
  await chain.mint(payer.address, 20_000_000n)
  const authorization = authorize()
  const signature = await sign(authorization)
  const results = await Promise.allSettled([
    pay(authorization, signature),
    pay(authorization, signature),
  ])
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(await chain.balanceOf(payee)).toBe(5_000_000n)
})
