import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { listModels } from '../../src/actions/listModels.js'
import { createClient } from '../../src/client/createClient.js'
import * as Errors from '../../src/Errors.js'
import { buyVideo } from '../../src/flows/buyVideo.js'
import { createZecchino, type Zecchino } from '../../src/flows/createZecchino.js'
import { giveConsent } from '../../src/flows/giveConsent.js'
import { quote } from '../../src/flows/quote.js'
import { showConsent } from '../../src/flows/showConsent.js'
import { watch } from '../../src/flows/watch.js'
import type * as Job from '../../src/Job.js'
import { accountOf } from '../../src/ledgers/accountOf.js'
import { sqliteLedger } from '../../src/ledgers/sqliteLedger.js'
import * as Network from '../../src/Network.js'
import * as Policy from '../../src/Policy.js'
import { catalogue, region } from '../../src/sandbox/catalogue.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { createRenderer } from '../../src/sandbox/render.js'
import * as Video from '../../src/Video.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { control } from '../support/createBuyer.js'
import { dataUrl } from '../support/media.js'
import { type Case, casesOf, clip, optionsOf, type Subject } from './modelCases.js'

/** What became of one model. */
export type Row = {
  model: string
  /** How many options it has, and how many of them are in a file. */
  options: number
  tried: number
  jobs: number
  bytes: number
  /** Lengths of the files, in seconds, and their sizes in pixels. */
  seconds: number[]
  sizes: string[]
  /** Why it cannot be bought, if that is so. */
  refused?: string
}

/**
 * Buys from every model of the sandbox's catalogue, with every option it lists: quote, generate,
 * file. Pauses move a clock that both sides share, so that minutes pass in seconds.
 */
export async function proveModels(options: proveModels.Options = {}) {
  const { full, models: only, onProgress } = options
  await using shop = await openShop()
  const problems: string[] = []
  const untried: string[] = []
  const rows: Row[] = []
  const listed = await listModels(shop.zecchino.client)
  for (const model of listed) {
    const entry = catalogue.get(model.id)
    if (!entry) problems.push(`${model.id} is listed, and the sandbox does not know it`)
    if (!entry || (only && !only.includes(model.id))) continue
    const subject = { entry, model }
    let cases: Case[]
    try {
      cases = casesOf(subject, { full, video: shop.video })
    } catch {
      problems.push(`${model.id} lists something that no request can ask for`)
      continue
    }
    const row = await tryModel(shop, { cases, subject })
    rows.push(row.row)
    untried.push(...row.untried)
    problems.push(...row.problems)
    onProgress?.(`${model.id}: ${row.row.refused ?? `${row.row.jobs} jobs`}`)
  }
  const charges = await shop.charges()
  const jobs = rows.reduce((sum, row) => sum + row.jobs, 0)
  if (charges !== jobs) problems.push(`${jobs} videos were bought, and ${charges} charged`)
  problems.push(...untried.map((option) => `not tried: ${option}`))
  return { found: { models: rows, jobs, charges, untried }, problems }
}

export declare namespace proveModels {
  type Options = {
    /** Every combination of the listed options. @default each option at least once */
    full?: boolean | undefined
    /** Only these. @default all */
    models?: readonly string[] | undefined
    onProgress?: ((line: string) => void) | undefined
  }
}

type Shop = Awaited<ReturnType<typeof openShop>>

async function tryModel(
  { zecchino }: Shop,
  { cases, subject }: { cases: Case[]; subject: Subject },
) {
  const { entry, model } = subject
  const wanted = optionsOf(subject)
  const tried = new Set<string>()
  const row: Row = {
    model: model.id,
    options: wanted.length,
    tried: 0,
    jobs: 0,
    bytes: 0,
    seconds: [],
    sizes: [],
  }
  const { offline, regionRestrictions: blocked = [] } = entry.spec
  const away = offline === true || blocked.includes(region)
  if (away) {
    const code = await refusalOf(zecchino, cases[0])
    const problems = code ? [] : [`${model.id} cannot be bought, and was not refused`]
    return { problems, row: { ...row, refused: code ?? 'no' }, untried: [] }
  }
  const problems: string[] = []
  for (const { options, request } of cases) {
    try {
      const file = await buy(zecchino, request)
      row.jobs += 1
      const wrong = differencesOf(entry.kind === 'upscale', request, file)
      problems.push(...wrong.map((words) => `${model.id} (${options.join(', ')}): ${words}`))
      row.bytes += file.bytes
      if (!row.seconds.includes(file.duration_seconds)) row.seconds.push(file.duration_seconds)
      const size = `${file.width}x${file.height}`
      if (!row.sizes.includes(size)) row.sizes.push(size)
      if (wrong.length === 0) for (const option of options) tried.add(option)
    } catch (error) {
      const { facts, shortMessage } = Errors.from(error)
      problems.push(`${model.id} (${options.join(', ')}): ${[shortMessage, ...facts].join(' ')}`)
    }
  }
  const untried = wanted.filter((option) => !tried.has(option))
  row.tried = wanted.length - untried.length
  row.seconds.sort((one, other) => one - other)
  return { problems, row, untried: untried.map((option) => `${model.id}: ${option}`) }
}

/** Buys a video, with a person's consent where one is wanted, and takes its file. */
async function buy(zecchino: Zecchino, request: Video.Request) {
  const { quote: made } = await quote(zecchino, request)
  const until = ({ status }: Job.Job) => status === 'cleaned'
  const follow = async () => {
    const { job } = await buyVideo(zecchino, { quoteId: made.id })
    return watch(zecchino, { jobId: job.id, timeout: 120_000, until })
  }
  let job = await follow()
  if (job.status === 'needs_consent') {
    await giveConsent(zecchino, { shown: await showConsent(zecchino, job.id), via: 'cli' })
    job = await follow()
  }
  const { detail, file, status } = job
  if (status !== 'cleaned' || !file) throw new JobError({ detail, status })
  const bytes = readFileSync(file.path)
  rmSync(file.path)
  if (createHash('sha256').update(bytes).digest('hex') !== file.sha256)
    throw new JobError({ detail: 'the file is another', status })
  return file
}

/** The error that keeps a model from being bought. */
async function refusalOf(zecchino: Zecchino, one: Case | undefined): Promise<string | undefined> {
  try {
    await quote(zecchino, one?.request)
    return undefined
  } catch (error) {
    return Errors.from(error).code
  }
}

/** The largest sides that the sandbox renders. */
const largest = { long: 2_560, short: 1_080 }

/** In what a file is not as its request says, where that says anything. */
function differencesOf(isUpscale: boolean, request: Video.Request, file: Video.Facts): string[] {
  const { aspect_ratio: ratio, duration, resolution, upscale_factor: factor = 2 } = request
  const matched = isUpscale || duration === 'auto' || duration === '-1'
  const seconds = matched ? clip.seconds : Video.secondsOf(duration)
  const { duration_seconds: length, height, width } = file
  const words =
    seconds !== undefined && Math.abs(length - seconds) > 1 / 24 + 0.001
      ? [`${length} s instead of ${seconds} s`]
      : []
  const asked = isUpscale
    ? { height: clip.height * factor, width: clip.width * factor }
    : resolution && ratio
      ? Video.dimensionsOf({ aspectRatio: ratio, resolution })
      : undefined
  if (asked) {
    const [long, short] = [Math.max(asked.height, asked.width), Math.min(asked.height, asked.width)]
    const scale = Math.min(1, largest.short / short, largest.long / long)
    const [wide, high] = [asked.width * scale, asked.height * scale]
    if (Math.abs(width - wide) > 2 || Math.abs(height - high) > 2)
      words.push(`${width}x${height} instead of ${wide}x${high}`)
  } else if (resolution) {
    const short = Math.min(Video.dimensionsOf({ resolution })?.height ?? 0, largest.short)
    if (Math.abs(Math.min(width, height) - short) > 2)
      words.push(`${width}x${height} instead of ${short} on the short side`)
  }
  return words
}

/** A sandbox, a wallet with credit, and a clip to send. */
async function openShop() {
  let ahead = 0
  const now = () => new Date(Date.now() + ahead)
  const sandbox = await listenSandbox({ limits: 'none', now, speed: 400 })
  const home = mkdtempSync(join(tmpdir(), 'zecchino-models-'))
  const key = randomBytes(32).toString('hex')
  const network = Network.networks['base-sepolia']
  const wallet = privateKeyWallet(key)
  const zecchino = createZecchino({
    client: createClient({
      baseUrl: sandbox.apiUrl,
      network,
      now,
      async sleep(ms, signal) {
        await setTimeout(Math.min(ms / 10, 25), undefined, signal && { signal })
        ahead += ms
      },
      wallet,
    }),
    ledger: await sqliteLedger({
      account: accountOf(network, wallet.address),
      now,
      path: join(home, 'ledger.sqlite'),
    }),
    outputDir: join(home, 'videos'),
    policy: Policy.Policy.parse({ ...Policy.defaults.sandbox, maxSpendPerDayUsd: '90000' }),
    secret: Buffer.from(key, 'hex'),
  })
  const renderer = createRenderer()
  const { state, credit } = control(sandbox.controlUrl)
  await credit(wallet.address, '90000')
  return {
    charges: async () => (await state()).charges.length,
    video: dataUrl('video/mp4', await renderer.render({ ...clip, seed: 0 })),
    zecchino,
    async [Symbol.asyncDispose]() {
      await Promise.all([renderer.close(), zecchino.close()])
      await sandbox.close()
      rmSync(home, { force: true, recursive: true })
    },
  }
}

/** A job that did not end in a file. */
class JobError extends Errors.BaseError {
  override readonly code = 'VIDEO_FAILED'
  override readonly name = 'JobError'

  constructor({ detail = '', status }: { detail?: string | undefined; status: Job.Status }) {
    super(`It ended in ${status}: ${detail}`)
  }
}
