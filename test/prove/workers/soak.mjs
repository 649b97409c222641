// One of the processes of a soak: buys video after video with the built package. Time is what its
// parent says, and so pauses end when the parent lets them.
import { join } from 'node:path'

import {
  accountOf,
  buyVideo,
  createClient,
  createRpc,
  createZecchino,
  Job,
  Network,
  Policy,
  privateKeyWallet,
  quote,
  sqliteLedger,
} from '../../../dist/index.js'
import { acknowledgeForeign, findForeign } from '../../../dist/flows/checkForeign.js'
import { syncRows } from '../../../dist/flows/syncRows.js'

let told = { at: 0, real: 0 }
let moves = 0
const pauses = new Set()
const now = () => new Date(told.at + Math.floor(performance.now() - told.real))

function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const pause = { until: now().getTime() + ms, wake: end(resolve) }
    const leave = end(() => reject(signal.reason))
    function end(settle) {
      return () => {
        pauses.delete(pause)
        signal?.removeEventListener('abort', leave)
        settle()
      }
    }
    if (signal?.aborted) leave()
    else signal?.addEventListener('abort', leave)
    pauses.add(pause)
  })
}

function hearTime(at) {
  told = { at, real: performance.now() }
  for (const pause of pauses) if (pause.until <= at) pause.wake()
}

async function open({ apiUrl, controlUrl, home, key }) {
  const network = Network.networks['base-sepolia']
  const wallet = privateKeyWallet(key)
  return createZecchino({
    client: createClient({
      baseUrl: apiUrl,
      network,
      now,
      onEvent({ type }) {
        if (type === 'job.moved') moves += 1
      },
      sleep,
      wallet,
    }),
    ledger: await sqliteLedger({
      account: accountOf(network, wallet.address),
      now,
      path: join(home, 'ledger.sqlite'),
    }),
    outputDir: join(home, 'videos'),
    policy: Policy.Policy.parse(Policy.defaults.sandbox),
    rpc: createRpc({ url: `${controlUrl}/rpc` }),
    secret: Buffer.from(key, 'hex'),
  })
}

/** Buys one video, as stubborn as an agent that may: a new quote only while there is no job. */
async function buy(zecchino, { request }) {
  for (let tries = 1; ; tries += 1) {
    try {
      const { quote: made } = await quote(zecchino, request)
      const { job } = await insist(() => buyVideo(zecchino, { quoteId: made.id }))
      return await settled(zecchino, job.id)
    } catch (error) {
      if (tries === 20) throw error
      await sleep(5_000 * tries)
    }
  }
}

/** Asks again with the same quote, which is always the same job. */
async function insist(run) {
  for (let tries = 1; ; tries += 1)
    try {
      return await run()
    } catch (error) {
      if (error.code === 'QUOTE_EXPIRED' || tries === 20) throw error
      await sleep(5_000 * tries)
    }
}

async function settled({ ledger }, id) {
  for (;;) {
    const { status } = await ledger.findJob(id)
    if (status === 'cleaned' || Job.isSettled(status)) return status
    await sleep(4_000)
  }
}

/** What the owner does who finds spending stopped: looks at the rows, and lets it go on. */
async function mindFreezes(zecchino) {
  const { ledger } = zecchino
  for (;;) {
    await sleep(20_000)
    if (over) return
    const { frozen } = await ledger.state()
    if (!frozen) continue
    await sleep(90_000)
    await acknowledgeForeign(zecchino, await findForeign(zecchino))
    await ledger.unfreeze(`seen: ${frozen.reason}`)
    process.send({ unfroze: frozen.reason })
  }
}

let over = false
async function work({ isOwner, lanes, ...place }) {
  const zecchino = await open(place)
  await zecchino.ready()
  const owner = isOwner ? mindFreezes(zecchino) : undefined
  const start = process.memoryUsage.rss()
  await Promise.all(
    lanes.map(async (tasks) => {
      for (const task of tasks) {
        process.send({ begins: task.index })
        const status = await buy(zecchino, task)
        process.send({ ended: status })
        await sleep(task.pause)
      }
    }),
  )
  process.send({ rests: true })
  await resting
  over = true
  await owner
  if (isOwner) await syncRows(zecchino) // what was booked after the last purchase
  const end = process.memoryUsage.rss()
  await zecchino.close()
  process.send({ rss: { end, start } })
}

let rest
const resting = new Promise((resolve) => (rest = resolve))
process.on('message', (message) => {
  if (message.rest) rest()
  if (message.plan)
    work(message.plan).catch((error) => process.send({ error: String(error.stack) }))
  if (message.time) {
    hearTime(message.time)
    process.send({ heard: message.time, moves })
  }
})
process.on('disconnect', () => process.exit())
