// Signs every request of a plain `fetch` in with a wallet: what any SDK with a custom fetch can use.
//   node examples/wallet-fetch.mjs
import { randomBytes } from 'node:crypto'

import { createWalletFetch, Network, privateKeyWallet } from 'zecchino'
import { listenSandbox } from 'zecchino/sandbox'

const sandbox = await listenSandbox()
const wallet = privateKeyWallet(randomBytes(32).toString('hex'))
const walletFetch = createWalletFetch({
  baseUrl: sandbox.apiUrl,
  network: Network.networks['base-sepolia'],
  wallet,
})

const response = await walletFetch(`${sandbox.apiUrl}/x402/balance/${wallet.address}`)
console.log(response.status, JSON.stringify(await response.json()))
if (response.status !== 200) process.exitCode = 1

const refused = await walletFetch('https://example.com/').catch((error) => error.code)
console.log(`another origin: ${refused}`)
if (refused !== 'REDIRECT_REFUSED') process.exitCode = 1

await sandbox.close()
process.exit()
