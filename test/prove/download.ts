// A large video, bought and saved in constant memory: `npm run prove:download -- --mib 1024`.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { quote } from '../../src/flows/quote.js'
import { watch } from '../../src/flows/watch.js'
import { privateRequest, request } from '../crash/requests.js'
import { control, createBuyer } from '../support/createBuyer.js'
import { readOptions } from './readOptions.js'
import { report } from './report.js'
import { type Sent, serveBigVideos } from './serveBigVideos.js'

/** The most that the process may grow by, in MiB. */
const most = 48

const mebibyte = 1024 * 1024

type Buyer = Awaited<ReturnType<typeof createBuyer>>
type Place = { apiUrl: string; controlUrl: string }

if (process.argv[2] === 'serve') await serve()
else await prove()

/** The other side, in a process of its own: its memory is not the buyer's. */
async function serve(): Promise<void> {
  const { grow, ...place } = await serveBigVideos({ onSent: (sent) => process.send?.({ sent }) })
  process.on('message', ({ by }: { by: number }) => {
    grow(by)
    process.send?.({ grown: by })
  })
  process.once('disconnect', () => process.exit())
  process.send?.(place)
}

async function prove(): Promise<void> {
  const { json, mib } = readOptions({ json: false, mib: 1024 })
  const server = fork(fileURLToPath(import.meta.url), ['serve'], { execArgv: [] })
  try {
    const [place] = (await once(server, 'message')) as [Place]
    const sums: Sent[] = []
    server.on('message', ({ sent }: { sent?: Sent }) => void (sent && sums.push(sent)))
    const grow = async (by: number) => {
      server.send({ by })
      await once(server, 'message')
    }
    await using buyer = await createBuyer({ apiUrl: place.apiUrl, rpc: false })
    await control(place.controlUrl).credit(buyer.address, '20')

    // What is loaded once is loaded now.
    await grow(8)
    await save(buyer, { ...request, prompt: 'warm-up' })
    await save(buyer, { ...privateRequest, prompt: 'warm-up' })
    await grow(mib)
    const saved = {
      answer: await save(buyer, request),
      link: await save(buyer, privateRequest),
    }
    const problems = Object.entries(saved).flatMap(([way, { bytes, grown_mib: grown, sha256 }]) => [
      ...(bytes < mib * mebibyte ? [`by ${way}: ${bytes} bytes were saved`] : []),
      ...(sums.some((one) => one.sha256 === sha256) ? [] : [`by ${way}: the file is another`]),
      ...(grown > most ? [`by ${way}: the process grew by ${grown} MiB`] : []),
    ])
    const left = readdirSync(buyer.zecchino.outputDir).filter((name) => name.endsWith('.part'))
    if (left.length > 0) problems.push(`${left.length} part files are left`)
    const ranges = buyer.events.filter(
      ({ type, ...rest }) => type === 'warning' && /lost after/.test(JSON.stringify(rest)),
    ).length
    if (ranges === 0) problems.push('no download was continued')
    report(
      { mib, most_mib: most, ...saved, continued: ranges },
      { json, problems, repeat: `npm run prove:download -- --mib ${mib}` },
    )
  } finally {
    server.kill('SIGKILL')
  }
}

/** Buys a video, and tells how much memory it took to save it. */
async function save({ zecchino }: Buyer, wanted: object) {
  const { quote: made } = await quote(zecchino, wanted)
  let peak = 0
  const look = () => (peak = Math.max(peak, process.memoryUsage.rss()))
  const before = look()
  const timer = setInterval(look, 5)
  const began = performance.now()
  const { job } = await buyVideo(zecchino, { quoteId: made.id })
  const until = ({ status }: { status: string }) => status === 'cleaned'
  const { file, status } = await watch(zecchino, { jobId: job.id, timeout: 280_000, until })
  clearInterval(timer)
  look()
  return {
    status,
    bytes: file?.bytes ?? 0,
    sha256: file?.sha256,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    grown_mib: Math.round((10 * (peak - before)) / mebibyte) / 10,
  }
}
