// Prints a PAYMENT-SIGNATURE header for curl: $5 of USDC from the wallet of ZECCHINO_PRIVATE_KEY, to
// whom and on which chain the sandbox at the first argument says. Never point this at real money.
import { randomBytes } from 'node:crypto'
import { privateKeyToAccount } from 'viem/accounts'

const account = privateKeyToAccount(process.env.ZECCHINO_PRIVATE_KEY)
const [api = 'http://127.0.0.1:4020/api/v1'] = process.argv.slice(2)
const demand = await (await fetch(`${api}/x402/top-up`, { method: 'POST' })).json()
const [accepted] = demand.accepts
const message = {
  from: account.address,
  to: accepted.payTo,
  value: BigInt(accepted.amount),
  validAfter: 0n,
  validBefore: BigInt(Math.floor(Date.now() / 1000) + accepted.maxTimeoutSeconds),
  nonce: `0x${randomBytes(32).toString('hex')}`,
}
const signature = await account.signTypedData({
  domain: { ...accepted.extra, chainId: 84532, verifyingContract: accepted.asset },
  message,
  primaryType: 'TransferWithAuthorization',
  types: {
    TransferWithAuthorization: [
      { name: 'from', type: 'address' },
      { name: 'to', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'validAfter', type: 'uint256' },
      { name: 'validBefore', type: 'uint256' },
      { name: 'nonce', type: 'bytes32' },
    ],
  },
})
const authorization = Object.fromEntries(Object.entries(message).map(([k, v]) => [k, String(v)]))
const payment = { accepted, payload: { authorization, signature }, x402Version: 2 }
console.log(`PAYMENT-SIGNATURE: ${Buffer.from(JSON.stringify(payment)).toString('base64')}`)
