import { expect, test } from 'vitest'

import { discoverTopUp } from '../../src/actions/discoverTopUp.js'
import { getBalance } from '../../src/actions/getBalance.js'
import { listTransactions } from '../../src/actions/listTransactions.js'
import { readAuthorization } from '../../src/actions/readAuthorization.js'
import { readUsdc } from '../../src/actions/readUsdc.js'
import { sendTopUp } from '../../src/actions/sendTopUp.js'
import { createRpc } from '../../src/client/createRpc.js'
import * as Envelope from '../../src/Envelope.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import * as X402 from '../../src/X402.js'
import { clientOf, network, wallet } from '../support/client.js'
import { control } from '../support/createBuyer.js'

/** A payment for the sandbox, signed as a flow signs it. */
async function signFor(client: ReturnType<typeof clientOf>, value: bigint) {
  const requirements = await discoverTopUp(client)
  const offer = requirements.offers.find((one) => one.network === network)
  if (!offer) throw new Error('no offer')
  const transfer: X402.Authorization = {
    from: wallet.address,
    nonce: `0x${client.randomHex(32)}`,
    to: offer.payTo,
    validAfter: 0n,
    validBefore: BigInt(Math.floor(Date.now() / 1000) + offer.windowSeconds),
    value,
  }
  const signature = await wallet.authorizeTransfer({ authorization: transfer, network })
  const signed = Envelope.from({ authorization: transfer, offer, requirements, signature })
  const [full] = Envelope.all(signed)
  return full?.header ?? ''
}

test.each([
  ['the minimum', 5_000_000n],
  ['more', 7_250_000n],
])('default: at the sandbox, %s', async (_, value) => {
  await using sandbox = await listenSandbox({ speed: 200 })
  await using client = clientOf(sandbox.url)
  const { fund, state } = control(sandbox.controlUrl)
  await fund(wallet.address, '20')
  const payment = await signFor(client, value)
  const outcome = await sendTopUp(client, { header: payment })
  expect(outcome).toMatchObject({
    kind: 'credited',
    transaction: expect.stringMatching(/^0x[0-9a-f]{64}$/),
  })

  const again = await sendTopUp(client, { header: payment })
  expect(['credited', 'already_used']).toContain(again.kind)
  expect((await state()).settlements).toMatchObject([{ credited: true, presented: 2 }])
})

test('behavior: at the sandbox, without USDC it is refused and nothing moves', async () => {
  await using sandbox = await listenSandbox({ speed: 200 })
  await using client = clientOf(sandbox.url)
  const outcome = await sendTopUp(client, { header: await signFor(client, 5_000_000n) })
  expect(outcome).toMatchObject({
    code: 'PAYMENT_VERIFICATION_FAILED',
    kind: 'refused',
    status: 400,
  })
  expect((await control(sandbox.controlUrl).state()).settlements).toEqual([])
})

test('behavior: before and after, the credit, the rows and the chain agree', async () => {
  await using sandbox = await listenSandbox({ speed: 200 })
  await using client = clientOf(sandbox.url)
  const rpc = createRpc({ url: sandbox.rpcUrl })
  const { fund } = control(sandbox.controlUrl)
  await fund(wallet.address, '20')
  const header = await signFor(client, 5_000_000n)
  const { nonce } = X402.SignedTransfer.parse(
    JSON.parse(Buffer.from(header, 'base64').toString()).payload,
  ).authorization
  const look = async () => ({
    balance: (await getBalance(client)).balanceUsd,
    rows: (await listTransactions(client)).map(({ amount, type }) => [type, amount]),
    usdc: await readUsdc(rpc, { address: wallet.address, network }),
    used: (await readAuthorization(rpc, { from: wallet.address, network, nonce })).used,
  })
  expect(await look()).toEqual({ balance: 0n, rows: [], usdc: 20_000_000n, used: false })
  await sendTopUp(client, { header })
  expect(await look()).toEqual({
    balance: 5_000_000n,
    rows: [['TOP_UP', 5_000_000n]],
    usdc: 15_000_000n,
    used: true,
  })
  await rpc.close()
})
