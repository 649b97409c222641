// A process of the crash tests. It buys, tops up or recovers with the built package, as it is asked
// to, and dies (or stops) where it is told: right before, after, or in the middle of a named call.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

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
  raiseCredit,
  sqliteLedger,
  watch,
} from '../../dist/index.js'

let plan

// Time is the sandbox's, read at the start, plus what has really passed since.
let ahead = 0
const now = () => new Date(Date.now() + ahead)
async function readTime() {
  const told = await (await fetch(`${plan.controlUrl}/time`)).json()
  ahead = Date.parse(told.now) - Date.now()
}

let passed = 0
function isDue(call, when, facts) {
  const { point } = plan
  if (point?.call !== call || (point.when ?? 'after') !== when) return false
  if (!Object.entries(point.match ?? {}).every(([name, value]) => facts[name] === value))
    return false
  passed += 1
  return passed === (point.skip ?? 0) + 1
}

/** Ends this process as a power cut would, if this is the place. */
function die(call, when, facts = {}) {
  if (!isDue(call, when, facts)) return false
  if (plan.point.signal === 'SIGSTOP') return true
  process.kill(process.pid, 'SIGKILL')
  for (;;);
}

/** The same, or stops it until somebody sends SIGCONT. */
async function strike(call, when, facts) {
  if (!die(call, when, facts)) return
  process.kill(process.pid, 'SIGSTOP')
  await readTime()
}

/** Strikes around the calls of an object whose functions are all asynchronous. */
function watched(object, name) {
  return new Proxy(object, {
    get(_, property) {
      const value = Reflect.get(object, property, object)
      if (typeof value !== 'function') return value
      return async (...values) => {
        const call = `${name}.${String(property)}`
        const facts = Object.assign({}, ...values.filter((one) => typeof one === 'object'))
        await strike(call, 'before', facts)
        const result = await value.apply(object, values)
        if (result !== false && !result?.refused) await strike(call, 'after', facts)
        return result
      }
    },
  })
}

/** Strikes around requests; `during` is when a fault of the sandbox holds the answer back. */
function watchedFetch(send) {
  return async (url, init) => {
    const path = new URL(url).pathname.replace('/api/v1', '')
    const facts = { paid: init.headers?.['PAYMENT-SIGNATURE'] !== undefined, path }
    await strike('fetch', 'before', facts)
    const answer = send(url, init)
    if (plan.point?.when === 'during') await Promise.race([held(facts), answer.catch(() => {})])
    const response = await answer
    await strike('fetch', 'after', facts)
    return response
  }
}

/** Strikes as soon as a fault of the sandbox keeps an answer back. */
async function held(facts) {
  for (;;) {
    const { faults } = await (await fetch(`${plan.controlUrl}/faults`)).json()
    if (faults.some(({ hits, kind }) => kind === 'hang' && hits > 0)) break
    await setTimeout(5)
  }
  await strike('fetch', 'during', facts)
}

/** Strikes around the functions that give a video its name and take away the other. */
function watchFiles() {
  for (const name of ['link', 'rm']) {
    const real = fs.promises[name]
    fs.promises[name] = async (...values) => {
      await strike(`fs.${name}`, 'before')
      const result = await real(...values)
      await strike(`fs.${name}`, 'after')
      return result
    }
  }
  syncBuiltinESMExports()
}

async function open() {
  const { apiUrl, controlUrl, home, key, pause = 100, policy } = plan
  const network = Network.networks['base-sepolia']
  const wallet = privateKeyWallet(key)
  const ledger = await sqliteLedger({
    account: accountOf(network, wallet.address),
    now,
    path: join(home, 'ledger.sqlite'),
  })
  const client = createClient({
    baseUrl: apiUrl,
    network,
    now,
    onEvent: (event) => void die('event', 'after', event),
    // Pauses are for the provider's sake; here they would only make the tests slow.
    sleep: (ms, signal) => setTimeout(Math.min(ms, pause), undefined, signal && { signal }),
    wallet: watched(wallet, 'wallet'),
  })
  return createZecchino({
    client: { ...client, fetch: watchedFetch(client.fetch) },
    ledger: watched(ledger, 'ledger'),
    outputDir: join(home, 'videos'),
    policy: Policy.Policy.parse({ ...Policy.defaults.sandbox, ...policy }),
    rpc: createRpc({ url: `${controlUrl}/rpc` }),
    secret: Buffer.from(key, 'hex'),
  })
}

/** All that the ledger says, for comparison. */
async function tell({ ledger }) {
  const { events, head } = await ledger.verifyEvents()
  return {
    events,
    head,
    jobs: await ledger.jobs(),
    payments: await ledger.payments(),
    state: await ledger.state(),
    usage: await ledger.usage(),
  }
}

/** Buys one video. A refusal is an outcome like any other. */
async function buyOne(zecchino, request) {
  try {
    const { quote: made } = await quote(zecchino, request)
    const { job } = await buyVideo(zecchino, { quoteId: made.id })
    const until = ({ status }) => Job.isSettled(status)
    const { timeout = 15_000 } = plan
    return { status: (await watch(zecchino, { jobId: job.id, timeout, until })).status }
  } catch (error) {
    return { code: error.code, message: error.message }
  }
}

async function recoverOnce() {
  const { timeout = 25_000 } = plan
  const zecchino = await open()
  await zecchino.ready()
  const until = ({ status }) => Job.isSettled(status)
  const jobs = await zecchino.ledger.jobs({ statuses: Job.active })
  await Promise.all(
    jobs.map(({ id }) => watch(zecchino, { jobId: id, timeout, until }).catch(() => {})),
  )
  const told = await tell(zecchino)
  await zecchino.close()
  return told
}

const deeds = {
  /** Tells that it is there, so that several can begin at the same moment. */
  async wake() {
    return {}
  },
  /** Buys the plan's videos, all at once. */
  async buy() {
    const zecchino = await open()
    const outcomes = await Promise.all(plan.requests.map((one) => buyOne(zecchino, one)))
    const told = await tell(zecchino)
    await zecchino.close()
    return { outcomes, ...told }
  },
  /** Brings the credit up to the minimum. */
  async topUp() {
    const zecchino = await open()
    await raiseCredit(zecchino, {})
    const told = await tell(zecchino)
    await zecchino.close()
    return told
  },
  /** Recovers, then once more as a process that comes later: it must find nothing to do. */
  async recover() {
    return { first: await recoverOnce(), second: await recoverOnce() }
  },
}

const answerTo = async () => {
  try {
    await readTime()
    const value = await deeds[plan.deed]()
    return { value: JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}` : one)) }
  } catch (error) {
    return { error: String(error.stack) }
  }
}

watchFiles()
process.on('message', (message) => {
  plan = message
  void answerTo().then((answer) => process.send(answer))
})
