// A process of `prove:world`: it buys, tops up or recovers with the built package, tells its parent
// what it has committed, and dies where it is told. One that is not killed serves the next run.
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import {
  accountOf,
  buyVideo,
  createClient,
  createRpc,
  createZecchino,
  Errors,
  Job,
  Money,
  Network,
  Policy,
  postgresLedger,
  privateKeyWallet,
  quote,
  raiseCredit,
  sqliteLedger,
  watch,
} from '../../../dist/index.js'
import { noteSignatures } from '../../crash/noteSignatures.mjs'
import { createStrikes } from '../../crash/strikes.mjs'
import { asJson, tellLedger } from './tellLedger.mjs'

/** Waits of this length or more are counted: whoever has had many of them is getting nowhere. */
const long = 1_000

/** Time that adds up to less than this passes here alone. */
const blink = 240

let naps = 0
let nap = new AbortController()
let plan

// Time is the sandbox's, read at the start, plus what has really passed since.
let ahead = 0
let owed = 0
const now = () => new Date(Date.now() + ahead)
const setTime = ({ now: text }) => {
  ahead = Date.parse(text) - Date.now() + owed
}
const readTime = () => askTime('GET')

/**
 * Reads the clock, or moves it on. Not with `fetch`, which costs more than all that is tested here, and
 * on a connection of its own: one that waited may be closed just now.
 */
function askTime(method, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const answered = (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve(setTime(JSON.parse(text))))
    }
    request(`${plan.controlUrl}/time`, { agent: false, headers, method }, answered)
      .on('error', reject)
      .end(body)
  })
}

/**
 * A pause is over at once: alone, a process takes the clock along, though not for every blink; among
 * others it only waits.
 */
async function sleep(ms, signal) {
  if (ms >= long) naps += 1
  if (naps > plan.naps) nap.abort()
  await setTimeout(Math.min(ms, plan.alone ? 4 : 25), undefined, signal && { signal })
  if (!plan.alone) return
  owed += ms
  // Only once the sandbox has gone along: who dies in between would leave a ledger from the future.
  if (owed >= blink) await payTime()
  else ahead += ms
}

async function payTime() {
  const advance_ms = Math.round(owed)
  owed = 0
  await askTime('POST', JSON.stringify({ advance_ms }))
}

const { die, watched, watchedFetch, watchFiles } = createStrikes({
  plan: () => plan,
  onWake: readTime,
})

/** Tells the parent that the answer to a paid call is on record, before anything strikes. */
function bearWitness(call, [jobId, change]) {
  if (call === 'ledger.moveJob' && change.to === 'queued') {
    const { detail, queueId, sealedUrl } = change.patch
    const adopted = detail !== undefined
    process.send({ witness: { adopted, jobId, link: sealedUrl !== undefined, queueId } })
  }
  if (call === 'ledger.recordAnswer') {
    const { queueId, sealedUrl } = change
    process.send({ witness: { adopted: false, jobId, link: sealedUrl !== undefined, queueId } })
  }
  if (call === 'ledger.noteJob' && change.sealedUrl)
    process.send({ witness: { adopted: false, jobId, link: true } })
}

async function openLedger(account) {
  const { home, postgres } = plan
  return postgres
    ? postgresLedger({ account, now, ...postgres })
    : sqliteLedger({ account, now, path: join(home, 'ledger.sqlite') })
}

async function open() {
  const { apiUrl, controlUrl, home, key, policy } = plan
  const network = Network.networks['base-sepolia']
  const wallet = privateKeyWallet(key)
  const ledger = await openLedger(accountOf(network, wallet.address))
  const client = createClient({
    baseUrl: apiUrl,
    network,
    now,
    onEvent: (event) => void die('event', 'after', event),
    sleep,
    wallet: watched(wallet, 'wallet', noteSignatures(home)),
  })
  return createZecchino({
    client: { ...client, fetch: watchedFetch(client.fetch) },
    ledger: watched(ledger, 'ledger', bearWitness),
    outputDir: join(home, 'videos'),
    policy: Policy.Policy.parse({ ...Policy.defaults.sandbox, ...policy }),
    rpc: createRpc({ url: `${controlUrl}/rpc` }),
    secret: Buffer.from(key, 'hex'),
  })
}

/** Follows a job until nothing more happens, or too many pauses have gone by. */
function follow(zecchino, jobId) {
  const until = ({ status }) => Job.isSettled(status)
  return watch(zecchino, { jobId, signal: nap.signal, timeout: 20_000, until })
}

/** What came of it; an error is an outcome like any other, unless nobody planned for it. */
async function outcomeOf(run) {
  try {
    return { status: (await run())?.status ?? 'done' }
  } catch (error) {
    const { code, shortMessage } = Errors.from(error)
    return { code, message: shortMessage, ...(code === 'UNEXPECTED' && { stack: error.stack }) }
  }
}

async function buyOne(zecchino, request) {
  const { quote: made } = await quote(zecchino, request)
  const quoteId = made.id
  const { approval, job } = await buyVideo(zecchino, { quoteId })
  if (approval) {
    const { hash, id, topUp } = approval
    const agreed = { hash: job.hash, price: `${job.price}`, topUp: `${topUp}` }
    const word = { request: 0, say: 'approve' }
    process.send({
      spoken: { about: job.id, agreed, from: 0, hash: job.hash, shown: [], to: 0, word },
    })
    await zecchino.ledger.decideApproval({ decision: 'approved', hash, id })
    await buyVideo(zecchino, { quoteId })
  }
  return follow(zecchino, job.id)
}

/** Recovers, and tells all that the ledger says, and how much is still under way. */
async function recoverAll(zecchino) {
  const { ledger } = zecchino
  const outcome = await outcomeOf(async () => {
    await zecchino.ready()
    const jobs = await ledger.jobs({ statuses: Job.active })
    await Promise.all(jobs.map(({ id }) => outcomeOf(() => follow(zecchino, id))))
  })
  const { frozen } = await ledger.state()
  const waits = (job) => frozen !== undefined && job.status === 'reserved'
  const jobs = await ledger.jobs({ statuses: Job.active })
  const payments = await ledger.payments({ statuses: ['intent', 'signed', 'sent', 'unknown'] })
  const left = jobs.filter((job) => !waits(job)).length + payments.length
  return { ...outcome, left, told: await tellLedger(zecchino.ledger) }
}

async function within(run) {
  const zecchino = await open()
  try {
    return await run(zecchino)
  } finally {
    await zecchino.close()
  }
}

const deeds = {
  /** Buys the plan's videos, all at once. */
  buy: () =>
    within((zecchino) =>
      Promise.all(plan.requests.map((one) => outcomeOf(() => buyOne(zecchino, one)))),
    ),
  /** Brings the credit up to what is wished for, or to the minimum. */
  topUp: () =>
    within(async (zecchino) => {
      const credit = plan.wish && Money.parse(plan.wish)
      return [await outcomeOf(() => raiseCredit(zecchino, { credit }))]
    }),
  /** Takes up what is left behind. */
  recover: () => within(async (zecchino) => [await recoverAll(zecchino)]),
}

async function answerTo() {
  try {
    naps = 0
    owed = 0
    nap = new AbortController()
    await readTime()
    const value = await deeds[plan.deed]()
    return { value: asJson(value) }
  } catch (error) {
    return { error: String(error.stack) }
  }
}

watchFiles()
process.on('disconnect', () => process.exit()) // nobody is left to work for
process.on('message', (message) => {
  if (message.time) setTime(message.time)
  if (!message.deed) return
  plan = message
  void answerTo().then((answer) => process.send(answer))
})
