import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { createClient } from '../../src/client/createClient.js'
import * as Errors from '../../src/Errors.js'
import { buyVideo } from '../../src/flows/buyVideo.js'
import { createZecchino } from '../../src/flows/createZecchino.js'
import { quote } from '../../src/flows/quote.js'
import { watch } from '../../src/flows/watch.js'
import type * as Job from '../../src/Job.js'
import { accountOf } from '../../src/ledgers/accountOf.js'
import { sqliteLedger } from '../../src/ledgers/sqliteLedger.js'
import * as Money from '../../src/Money.js'
import * as Network from '../../src/Network.js'
import * as Policy from '../../src/Policy.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { createRenderer } from '../../src/sandbox/render.js'
import type * as Video from '../../src/Video.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { control } from '../support/createBuyer.js'
import { dataUrl, png } from '../support/media.js'
import { type Case, casesOf, clip } from './modelCases.js'
import { removeFolder } from '../support/removeFolder.js'

/** What became of one model. */
export type Row = {
  bytes: number
  /** The price was computed, because a wallet cannot ask for it. */
  estimated: boolean
  /** Those that are in a file, or priced where nothing is bought. */
  done: string[]
  model: string
  /** Lowest and highest price, in USD. */
  usd: [least: string, most: string]
  /** Sizes of the files in pixels. */
  sizes: string[]
}

/**
 * Takes every model of Venice's catalogue, in each of its resolutions, from quote to file, with the
 * smallest request that Venice's notes call valid. A price has to be the published one, a file as
 * long and as large as it was asked for. Pauses move a clock that both sides share.
 */
export async function proveModels(options: proveModels.Options = {}) {
  const { buys = () => true, only = (cases) => cases, onProgress } = options
  await using shop = await openShop()
  const problems: string[] = []
  const rows = new Map<string, Row>()
  const cases = only(casesOf(shop.media))
  let [jobs, spent] = [0, 0n]
  for (const one of cases) {
    const { model, resolution } = one
    const row = rows.get(model) ?? emptyRow(model)
    rows.set(model, row)
    try {
      const made = await quote(shop.zecchino, one.request)
      note(row, made.quote)
      problems.push(...differencesOfPrice(one, made.quote.price))
      if (!buys(one)) {
        row.done.push(resolution)
        continue
      }
      const file = await buy(shop, made.quote.id)
      ;[jobs, spent] = [jobs + 1, spent + made.quote.price]
      const wrong = differencesOf(one, file)
      problems.push(...wrong.map((words) => `${model} ${resolution}: ${words}`))
      row.bytes += file.bytes
      if (wrong.length === 0) row.done.push(resolution)
      const size = `${file.width}x${file.height}`
      if (!row.sizes.includes(size)) row.sizes.push(size)
      onProgress?.(`${model} ${resolution}: ${size}, ${file.duration_seconds.toFixed(2)} s`)
    } catch (error) {
      const { facts, shortMessage } = Errors.from(error)
      problems.push(`${model} ${resolution}: ${[shortMessage, ...facts].join(' ')}`)
    }
  }
  problems.push(...(await shop.disagreements({ jobs, spent })))
  return {
    found: { cases: cases.length, jobs, models: [...rows.values()], usd: Money.format(spent) },
    problems,
  }
}

export declare namespace proveModels {
  type Options = {
    /** Which of them are bought; the others are validated and quoted. @default all */
    buys?: ((one: Case) => boolean) | undefined
    /** Which of them are tried. @default all */
    only?: ((cases: Case[]) => Case[]) | undefined
    onProgress?: ((line: string) => void) | undefined
  }
}

type Shop = Awaited<ReturnType<typeof openShop>>

function emptyRow(model: string): Row {
  return { bytes: 0, done: [], estimated: false, model, sizes: [], usd: ['', ''] }
}

function note(row: Row, { estimate, price }: { estimate: boolean; price: bigint }): void {
  const usd = [...row.usd.filter((text) => text !== '').map(Money.parse), price]
  const [least = 0n, most = least] = [usd.reduce(smaller), usd.reduce((a, b) => (a > b ? a : b))]
  row.usd = [Money.format(least), Money.format(most)]
  row.estimated ||= estimate
}

const smaller = (one: bigint, other: bigint) => (one < other ? one : other)

/** Buys a video and takes its file. */
async function buy({ zecchino }: Shop, quoteId: string): Promise<Video.Facts> {
  const { job } = await buyVideo(zecchino, { quoteId })
  const until = ({ status }: Job.Job) => status === 'cleaned'
  const { detail, file, status } = await watch(zecchino, { jobId: job.id, timeout: 120_000, until })
  if (status !== 'cleaned' || !file) throw new JobError({ detail, status })
  const bytes = readFileSync(file.path)
  rmSync(file.path)
  if (createHash('sha256').update(bytes).digest('hex') !== file.sha256)
    throw new JobError({ detail: 'the file is another', status })
  return file
}

/** Venice’s quotes are to the cent; what it cannot quote by itself only has to cost something. */
function differencesOfPrice({ model, price: told, resolution }: Case, price: bigint): string[] {
  if (told === undefined ? price > 0n : price === told) return []
  const words = told === undefined ? 'more than 0' : Money.format(told)
  return [`${model} ${resolution}: costs ${Money.format(price)} instead of ${words}`]
}

/** The largest sides that the sandbox renders. */
const largest = { long: 2_560, short: 1_080 }

/** In what a file is not as it was asked for. */
function differencesOf({ seconds, side }: Case, file: Video.Facts): string[] {
  const { duration_seconds: length, height, width } = file
  const short = side === undefined ? undefined : Math.min(side, largest.short)
  return [
    ...(Math.abs(length - seconds) > 1 / 24 + 0.001 ? [`${length} s instead of ${seconds} s`] : []),
    ...(short !== undefined && Math.abs(Math.min(width, height) - short) > 2
      ? [`${width}x${height} instead of ${short} on the short side`]
      : []),
  ]
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
    /** What the sandbox booked otherwise than it was bought. */
    async disagreements({ jobs, spent }: { jobs: number; spent: bigint }): Promise<string[]> {
      const { charges } = await state()
      const sum = charges.reduce((all, { amount_usd: usd }) => all + Money.parse(usd), 0n)
      return charges.length === jobs && sum === spent
        ? []
        : [
            `${jobs} videos for ${Money.format(spent)} were bought, and ${charges.length} for ${Money.format(sum)} charged`,
          ]
    },
    media: {
      clip: dataUrl('video/mp4', await renderer.render({ ...clip, seed: 0 })),
      picture: dataUrl('image/png', png(640, 360)),
    },
    zecchino,
    async [Symbol.asyncDispose]() {
      await Promise.all([renderer.close(), zecchino.close()])
      await sandbox.close()
      removeFolder(home)
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
