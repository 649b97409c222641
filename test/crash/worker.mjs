// A process of the crash tests. It buys, tops up or recovers with the built package, as it is asked
// to, and dies (or stops) where it is told: right before, after, or in the middle of a named call.
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import {
  accountOf,
  accountOfKey,
  buyVideo,
  createClient,
  createRpc,
  createZecchino,
  Job,
  Money,
  Network,
  Policy,
  privateKeyWallet,
  quote,
  raiseCredit,
  sqliteLedger,
  watch,
} from '../../dist/index.js'
import { findUnresolved, resolve } from '../../dist/flows/resolve.js'
import { changeDisk } from '../support/changeDisk.mjs'
import { noteSignatures } from './noteSignatures.mjs'
import { createStrikes } from './strikes.mjs'

let plan

// Time is the sandbox's, read at the start, plus what has really passed since.
let ahead = 0
const now = () => new Date(Date.now() + ahead)
async function readTime() {
  const told = await (await fetch(`${plan.controlUrl}/time`)).json()
  ahead = Date.parse(told.now) - Date.now()
}

const { die, watched, watchedFetch, watchFiles } = createStrikes({
  plan: () => plan,
  onWake: readTime,
})

async function open() {
  const { apiKey, apiUrl, controlUrl, home, key, pause = 100, policy } = plan
  const network = Network.networks['base-sepolia']
  const wallet = apiKey ? undefined : privateKeyWallet(key)
  const ledger = await sqliteLedger({
    account: wallet ? accountOf(network, wallet.address) : accountOfKey(apiUrl, apiKey),
    now,
    path: join(home, 'ledger.sqlite'),
  })
  const client = createClient({
    apiKey,
    baseUrl: apiUrl,
    network,
    now,
    onEvent: (event) => void die('event', 'after', event),
    // Between rounds a process waits for its own clock, wherever that is moved.
    async idle(ms, signal) {
      const end = now().getTime() + ms
      while (now().getTime() < end) await setTimeout(20, undefined, { ref: false, signal })
    },
    // Pauses are for the provider's sake; here they would only make the tests slow.
    sleep: (ms, signal) => setTimeout(Math.min(ms, pause), undefined, signal && { signal }),
    wallet: wallet && watched(wallet, 'wallet', noteSignatures(home)),
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

/** The process that lives on while others die. */
let living

/**
 * Buys, and lives on until nothing is left to do; time is the sandbox's all along. Tells for how long
 * a job that needed somebody had nobody, at most.
 */
async function outlive({ minutes, requests = [] }) {
  const { ledger } = living
  const end = now().getTime() + minutes * 60_000
  let isBuying = true
  const buying = Promise.all(requests.map((one) => buyOne(living, one)))
  void buying.then(() => (isBuying = false))
  const since = new Map()
  let leftAlone = 0
  for (let busy = true; busy && now().getTime() < end;) {
    await setTimeout(30)
    await readTime()
    const at = now().getTime()
    const left = new Set(
      (await ledger.jobs({ leased: false, statuses: Job.active })).map(({ id }) => id),
    )
    for (const id of since.keys()) if (!left.has(id)) since.delete(id)
    for (const id of left) {
      if (!since.has(id)) since.set(id, at)
      leftAlone = Math.max(leftAlone, at - since.get(id))
    }
    busy = isBuying || (await ledger.jobs({ statuses: Job.active })).length > 0
  }
  const told = await tell(living)
  await living.close()
  return { leftAloneMinutes: leftAlone / 60_000, outcomes: await buying, ...told }
}

const deeds = {
  /** Tells that it is there, so that several can begin at the same moment. */
  async wake() {
    return {}
  },
  /** Opens the ledger, which makes it if there is none. */
  async open() {
    await (await open()).close()
    return {}
  },
  /** Opens the wallet and stays. */
  async live() {
    living = await open()
    await living.ready()
    return {}
  },
  outlive: () => outlive(plan),
  /** Buys the plan's videos, all at once. */
  async buy() {
    const zecchino = await open()
    const outcomes = await Promise.all(plan.requests.map((one) => buyOne(zecchino, one)))
    const told = await tell(zecchino)
    await zecchino.close()
    return { outcomes, ...told }
  },
  /** Brings the credit up to what the plan says, or to the minimum. */
  async topUp() {
    const zecchino = await open()
    await raiseCredit(zecchino, { credit: plan.credit && Money.parse(plan.credit) })
    const told = await tell(zecchino)
    await zecchino.close()
    return told
  },
  /** Gives the owner's verdict about the only job, as `zecchino resolve` does. */
  async resolve() {
    const zecchino = await open()
    const [{ id }] = await zecchino.ledger.jobs()
    const found = await findUnresolved(zecchino, id)
    await resolve(zecchino, { found, verdict: plan.verdict })
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

// The disk of the plan, if it names one, is exFAT under Yarn's Plug'n'Play.
changeDisk({ folders: 'EINVAL', handles: true, isOn: () => plan?.disk === 'exfat', links: 'EPERM' })
watchFiles()
process.on('message', (message) => {
  plan = message
  void answerTo().then((answer) => process.send(answer))
})
