// Buys one video with the library. Against a sandbox in this process: no funds, no network.
//   node examples/buy-video.mjs
import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  accountOf,
  buyVideo,
  createClient,
  createRpc,
  createZecchino,
  Money,
  Network,
  Policy,
  privateKeyWallet,
  quote,
  sqliteLedger,
  watch,
} from 'zecchino'
import { listenSandbox } from 'zecchino/sandbox'

const sandbox = await listenSandbox({ speed: 100 })
const network = Network.networks['base-sepolia']
const secret = randomBytes(32)
const wallet = privateKeyWallet(secret.toString('hex'))
const folder = mkdtempSync(join(tmpdir(), 'zecchino-example-'))

await fetch(`${sandbox.controlUrl}/fund`, {
  body: JSON.stringify({ address: wallet.address, usdc: '10' }),
  headers: { 'content-type': 'application/json' },
  method: 'POST',
})

const zecchino = createZecchino({
  client: createClient({ baseUrl: sandbox.apiUrl, network, wallet }),
  ledger: await sqliteLedger({
    account: accountOf(network, wallet.address),
    path: join(folder, 'ledger.sqlite'),
  }),
  outputDir: folder,
  policy: Policy.Policy.parse(Policy.defaults.sandbox),
  rpc: createRpc({ url: sandbox.rpcUrl }),
  secret,
})

const quoted = await quote(zecchino, {
  aspect_ratio: '16:9',
  duration: '5s',
  model: 'wan-2-7-text-to-video',
  prompt: 'Fog lifts from a lagoon.',
  resolution: '720p',
})
console.log(`It costs ${Money.display(quoted.quote.price)}.`)

const { job } = await buyVideo(zecchino, { quoteId: quoted.quote.id })
const done = await watch(zecchino, {
  jobId: job.id,
  timeout: 60_000,
  until: ({ status }) => status === 'saved' || status === 'cleaned',
})
console.log(`${done.status}: ${done.file?.path}`)
if (!done.file) process.exitCode = 1

await zecchino.close()
await sandbox.close()
