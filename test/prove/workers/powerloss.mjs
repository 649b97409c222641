// The process whose system calls the power-loss prover records: it buys with the built package, and
// notes in a file of its own each payment and each paid request right before it would be sent.
import { createHash } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import {
  accountOf,
  buyVideo,
  createClient,
  createRpc,
  createZecchino,
  getBalance,
  Network,
  Policy,
  privateKeyWallet,
  quote,
  raiseCredit,
  sqliteLedger,
  watch,
} from '../../../dist/index.js'

/** Notes what is about to be sent, by what it has in common with its intent. */
function noted(send, sends) {
  return (url, init) => {
    const payment = init.headers?.['PAYMENT-SIGNATURE']
    if (payment) {
      const { payload } = JSON.parse(Buffer.from(payment, 'base64').toString())
      writeSync(sends, `payment ${payload.authorization.nonce}\n`)
    }
    // An empty request asks about a sign-in; it buys nothing.
    if (url.endsWith('/video/queue') && init.body !== '{}')
      writeSync(sends, `job ${createHash('sha256').update(init.body).digest('hex')}\n`)
    return send(url, init)
  }
}

async function work({ apiUrl, controlUrl, home, key, purchases }) {
  const sends = openSync(join(home, '..', 'sends.log'), 'a')
  const network = Network.networks['base-sepolia']
  const wallet = privateKeyWallet(key)
  const client = createClient({
    baseUrl: apiUrl,
    network,
    sleep: (ms, signal) => setTimeout(Math.min(ms, 50), undefined, signal && { signal }),
    wallet,
  })
  const zecchino = createZecchino({
    client: { ...client, fetch: noted(client.fetch, sends) },
    ledger: await sqliteLedger({
      account: accountOf(network, wallet.address),
      path: join(home, 'ledger.sqlite'),
    }),
    outputDir: join(home, 'videos'),
    policy: Policy.Policy.parse(Policy.defaults.sandbox),
    rpc: createRpc({ url: `${controlUrl}/rpc` }),
    secret: Buffer.from(key, 'hex'),
  })

  // So that the log is also written back in the middle, as it is once it has a thousand pages.
  const data = { text: 'x'.repeat(100_000) }

  for (let index = 0; index < purchases; index += 1) {
    for (let count = 0; count < 4; count += 1)
      await zecchino.ledger.appendEvent({ data, subject: 'filling', type: 'filled' })
    const { balanceUsd } = await getBalance(client)
    await raiseCredit(zecchino, { credit: balanceUsd + 1_000_000n })
    const { quote: made } = await quote(zecchino, {
      aspect_ratio: '1:1',
      audio: false,
      duration: '4s',
      model: 'seedance-1-5-pro-text-to-video-basic',
      prompt: `Gondola ${index}.`,
      resolution: '480p',
    })
    const { job } = await buyVideo(zecchino, { quoteId: made.id })
    const until = ({ status }) => status === 'cleaned'
    const { status } = await watch(zecchino, { jobId: job.id, timeout: 60_000, until })
    if (status !== 'cleaned') throw new Error(`purchase ${index} ended ${status}`)
  }
  await zecchino.close()
}

// Without a plan it is only compiled.
const plan = process.argv[2] ?? ''
if (plan.startsWith('{')) void work(JSON.parse(plan))
