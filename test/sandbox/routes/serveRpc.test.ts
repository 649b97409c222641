import { createPublicClient, erc20Abi, http, parseAbi } from 'viem'
import { baseSepolia } from 'viem/chains'
import { expect, test } from 'vitest'

import { setup } from '../support/client.js'

const abi = parseAbi([
  'event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'function authorizationState(address authorizer, bytes32 nonce) view returns (bool)',
])

test('default: an ordinary chain client proves a payment', async () => {
  await using it = await setup()
  const { api, person, sandbox } = it
  const chain = createPublicClient({ chain: baseSepolia, transport: http(sandbox.rpcUrl) })
  expect(await chain.getChainId()).toBe(84532)

  await api.control('/fund', { address: person.address, usdc: '12.5' })
  const before = await chain.getBlockNumber()
  const payment = await api.payment()
  expect((await api.topUp(payment)).status).toBe(200)

  const address = sandbox.asset
  const nonce = payment.payload.authorization['nonce'] as `0x${string}`
  const balanceOf = (blockNumber?: bigint) =>
    chain.readContract({
      abi: erc20Abi,
      address,
      args: [person.address],
      functionName: 'balanceOf',
      ...(blockNumber !== undefined && { blockNumber }),
    })
  expect(await balanceOf()).toBe(7_500_000n)
  expect(await balanceOf(before)).toBe(12_500_000n)
  const used = await chain.readContract({
    abi,
    address,
    args: [person.address, nonce],
    blockTag: 'finalized',
    functionName: 'authorizationState',
  })
  expect(used).toBe(true)

  const logs = await chain.getLogs({
    address,
    args: { from: person.address },
    event: abi[1],
    fromBlock: before,
  })
  expect(logs.map(({ args }) => args)).toEqual([
    { from: person.address, to: sandbox.payTo, value: 5_000_000n },
  ])
  const [spent] = await chain.getLogs({
    address,
    args: { nonce },
    event: abi[0],
    fromBlock: before,
  })
  expect(spent?.transactionHash).toBe(logs[0]?.transactionHash)
  const block = await chain.getBlock({ blockTag: 'latest' })
  expect(block.timestamp).toBeGreaterThan(1_700_000_000n)
  expect(block.number).toBeGreaterThan(before)
})

test('error: what it does not do, and what is malformed', async () => {
  await using it = await setup()
  const call = (body: unknown) => it.api.control('/rpc', body)
  const answers = await call([
    { id: 1, jsonrpc: '2.0', method: 'eth_sendRawTransaction', params: ['0x00'] },
    { id: 2, jsonrpc: '2.0', method: 'eth_call', params: [{ data: '0x', to: it.sandbox.asset }] },
    { id: 3, jsonrpc: '2.0', method: 'eth_getLogs', params: ['everything'] },
    { hello: 'there' },
  ])
  expect(answers).toMatchObject([
    { error: { code: -32601 }, id: 1 },
    { error: { code: 3, message: 'execution reverted' }, id: 2 },
    { error: { code: -32602 }, id: 3 },
    { error: { code: -32600 }, id: null },
  ])
})
