// A process of `prove:world` that stays: it opens a wallet with the built package, does what it is
// told, goes on with what it has begun as a server does, and dies where it is told. Its time is its
// parent's. One that is not killed serves the next run.
// First of all, so that what is proven meets no other disk than this one.
import { failDisk, mendDisk, setHome } from './failingDisk.mjs'
import { failSqlite, mendSqlite } from './failingSqlite.mjs'

import { existsSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'

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
} from '../../../dist/index.js'
import { noteSignatures } from '../../crash/noteSignatures.mjs'
import { createStrikes } from '../../crash/strikes.mjs'
import { jobOf, say } from './owner.mjs'
import { createSimulatedTime } from './simulatedTime.mjs'
import { timeFileOf } from './timeFileOf.mjs'
import { asJson, tellLedger } from './tellLedger.mjs'

/** What nobody wakes. */
const still = new Int32Array(new SharedArrayBuffer(4))

let place = {}
let zecchino
/** Ends the wait for a trouble that begins. */
let goOn = () => {}
/** What is wrong with the disk and the ledger, by name. */
let troubles = {}
/** Jobs of which the answer to the paid call is on the disk, if not on the ledger. */
let kept = new Set()
/** How far the clocks of this process are off, in milliseconds. */
let off = { client: 0, ledger: 0 }

const time = createSimulatedTime({
  canHang: () => place.hangs === true,
  report: (idle) => process.send({ idle }),
})
const by = (clock) => () => new Date(time.world() + off[clock])

const { die, watched, watchedFetch, watchFiles } = createStrikes({
  async onOnset(trouble) {
    await time.during(
      () =>
        new Promise((resolve) => {
          goOn = resolve
          process.send({ onset: trouble })
        }),
    )
  },
  // Whatever it does next, it does by the time that it is: nothing runs before it is known.
  onWake() {
    const path = timeFileOf(process.pid)
    while (!existsSync(path)) Atomics.wait(still, 0, 0, 1)
    time.set(JSON.parse(readFileSync(path, 'utf8')))
    rmSync(path)
  },
  plan: () => place,
})

/** Tells the parent what is on record by now, before anything strikes. */
function bearWitness(call, [jobId, change]) {
  if (call === 'ledger.moveJob') {
    const { detail, queueId, sealedUrl } = change.patch ?? {}
    process.send({ moved: { jobId, to: change.to } })
    if (change.to !== 'queued') return
    const adopted = Boolean(detail)
    process.send({ witness: { adopted, jobId, link: sealedUrl !== undefined, queueId } })
  }
  if (call === 'ledger.recordAnswer') {
    const { queueId, sealedUrl } = change
    process.send({ moved: { jobId, to: 'queued' } })
    process.send({ witness: { adopted: false, jobId, link: sealedUrl !== undefined, queueId } })
  }
  if (call === 'ledger.noteJob' && change.sealedUrl)
    process.send({ witness: { adopted: false, jobId, link: true } })
}

/** Takes away what is wrong no more, and lets happen what is. */
function setTroubles(next) {
  for (const name of Object.keys(troubles))
    if (!(name in next)) [mendDisk, mendSqlite].forEach((mend) => mend(name))
  for (const [name, trouble] of Object.entries(next)) {
    if (name in troubles) continue
    if (trouble.kind === 'disk') failDisk(name, trouble)
    if (trouble.kind === 'ledger' && !place.postgres) failSqlite(name, trouble.sqlite)
  }
  troubles = next
}

/** Hears of answers that are synced in the room for them: whatever ends the process, they are not lost. */
function hearSynced(path, head) {
  const file = basename(path)
  if (file.endsWith('.answer') && head.startsWith('zecchino answer')) kept.add(file.split('.')[0])
}

/** Tells of an answer that is on the disk when it is to go on the ledger. */
function bearKept(ledger) {
  return new Proxy(ledger, {
    get(_, property) {
      const value = Reflect.get(ledger, property, ledger)
      if (property !== 'recordAnswer') return value
      return (jobId, answer) => {
        const { queueId, sealedUrl } = answer
        const witness = { adopted: false, jobId, link: sealedUrl !== undefined, queueId }
        if (kept.has(jobId)) process.send({ witness })
        return value(jobId, answer)
      }
    },
  })
}

async function open() {
  const { apiUrl, chosen, controlUrl, home, isTerminal, key, policy, postgres } = place
  const path = join(home, 'ledger.sqlite')
  // As the command line does, which knows the ledger that the wallet has spent from.
  if (place.patient && !postgres && !existsSync(path)) throw new Error('this is not its ledger')
  const network = Network.networks['base-sepolia']
  const wallet = privateKeyWallet(key)
  const account = accountOf(network, wallet.address)
  const now = by('ledger')
  const ledger = postgres
    ? await postgresLedger({ account, now, ...postgres })
    : await sqliteLedger({ account, now, path })
  const client = createClient({
    baseUrl: apiUrl,
    network,
    now: by('client'),
    onEvent: (event) => void die('event', 'after', event),
    idle: time.sleep,
    sleep: time.sleep,
    steady: time.world,
    tap: time.watchRequests,
    tapDownload: time.watchRequests,
    wallet: watched(wallet, 'wallet', noteSignatures(home)),
  })
  zecchino = createZecchino({
    ...(chosen && { chosen }),
    client: { ...client, fetch: watchedFetch(client.fetch) },
    ledger: time.counted(bearKept(watched(ledger, 'ledger', bearWitness))),
    outputDir: join(home, 'videos'),
    policy: Policy.Policy.parse({ ...Policy.defaults.sandbox, ...policy }),
    rpc: createRpc({ url: `${controlUrl}/rpc` }),
    secret: Buffer.from(key, 'hex'),
  })
  // As a server does once its host has said hello. A command of the owner's does its own work alone.
  if (!isTerminal) void zecchino.ready().catch(() => {})
}

/** Whoever wants something of a wallet goes away when it has closed. */
let leave = new AbortController()

/** How often somebody who wants a video asks again when asking fails. */
const patience = 8

/** Buys a video as an agent does: what fails is tried again later, and a job is never bought anew. */
async function buy({ request }) {
  const [mine, { signal }] = [zecchino, leave]
  let made
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      made ??= (await quote(mine, request)).quote
      const { approval, job } = await buyVideo(mine, { quoteId: made.id })
      return { approval, jobId: job.id, quoteId: made.id, status: job.status }
    } catch (error) {
      const known = Errors.from(error)
      const isOld = known.code === 'QUOTE_EXPIRED' || known.code === 'QUOTE_NOT_FOUND'
      if (attempt >= patience || (!known.retryable && !isOld)) throw error
      if (isOld) made = undefined
      await time.sleep(Math.min(15_000 * 2 ** attempt, 1_800_000), signal).catch(() => {})
    }
  }
  return {}
}

const deeds = {
  buy,
  /** Calls once more for a video whose quote is known, as after an approval. */
  async again({ request }) {
    const { quoteId } = await jobOf(zecchino, request)
    const { approval, job } = await buyVideo(zecchino, { quoteId })
    return { approval, jobId: job.id, quoteId, status: job.status }
  },
  /** How much is under way that needs nobody. */
  async left() {
    const { ledger } = zecchino
    const { frozen } = await ledger.state()
    // What a clock that was put back keeps waiting goes on by itself.
    const waits = (job) => frozen && !frozen.until && job.status === 'reserved'
    const jobs = await ledger.jobs({ statuses: Job.active })
    const payments = await ledger.payments({ statuses: ['intent', 'signed', 'sent', 'unknown'] })
    return { left: jobs.filter((job) => !waits(job)).length + payments.length }
  },
  /** What keeps jobs under way from their end, as far as they say so. */
  async reasons() {
    const jobs = await zecchino.ledger.jobs({ statuses: ['queued', 'ready'] })
    return jobs.map(({ detail, id, queueId }) => ({ detail, id, queueId }))
  },
  /** Says a word of the owner's, and tells what was shown before it is carried out. */
  async say({ number, request, word }) {
    const tell = (spoken) => process.send({ spoken: { ...spoken, number, word } })
    const isSaid = await say[word.say](zecchino, { ...word, request, tell })
    return { isSaid: isSaid !== false }
  },
  tell: async () => tellLedger(zecchino.ledger),
  async topUp({ wish }) {
    await raiseCredit(zecchino, { credit: wish && Money.parse(wish) })
    return {}
  },
}

/** What came of it; an error is an outcome like any other. */
async function outcomeOf(run) {
  try {
    return { value: await run() }
  } catch (error) {
    const { code, shortMessage } = Errors.from(error)
    return { code, message: shortMessage, ...(code === 'UNEXPECTED' && { stack: error.stack }) }
  }
}

async function answerTo({ deed, id, ...options }) {
  const outcome = await outcomeOf(() => deeds[deed](options))
  process.send({ done: { id, outcome: asJson(outcome) } })
  time.look()
}

const commands = {
  async close() {
    await zecchino?.close().catch(() => {})
    leave.abort()
    leave = new AbortController()
    zecchino = undefined
    place = {}
    off = { client: 0, ledger: 0 }
    setTroubles({})
    setHome('/nonexistent')
  },
  async open(message) {
    place = message.open
    off = { client: 0, ledger: 0, ...place.off }
    kept = new Set()
    setHome(place.home, hearSynced)
    setTroubles(place.troubles ?? {})
    for (;;)
      try {
        return await time.during(open)
      } catch (error) {
        if (!place.patient) throw error
        await time.sleep(20_000)
      }
  },
}

time.takeIntervals()
watchFiles()
process.on('disconnect', () => process.exit()) // nobody is left to work for
process.on('message', (message) => {
  if (message === 'compile') return
  // First: one that is disarmed must not come to its point any more.
  if ('arm' in message) place = { ...place, point: message.arm ?? undefined }
  if (message.time) time.set(message.time)
  if (message.troubles) setTroubles(message.troubles)
  if (message.go) goOn()
  if (message.off) off = { ...off, ...message.off }
  if (message.deed) void answerTo(message)
  for (const [name, run] of Object.entries(commands)) {
    if (!(name in message)) continue
    const end = (error) => process.send({ ended: { error: error && String(error.stack), name } })
    run(message).then(() => end(), end)
  }
  time.look()
})
