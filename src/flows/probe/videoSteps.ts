import { getBalance } from '../../actions/getBalance.js'
import { listModels } from '../../actions/listModels.js'
import { listTransactions } from '../../actions/listTransactions.js'
import { call } from '../../client/call.js'
import * as Job from '../../Job.js'
import * as Money from '../../Money.js'
import * as Policy from '../../Policy.js'
import * as Venice from '../../Venice.js'
import * as Video from '../../Video.js'
import { buyVideo } from '../buyVideo.js'
import { decide } from '../decide.js'
import { planTopUp } from '../planTopUp.js'
import { quote } from '../quote.js'
import { ApprovalRequiredError } from '../refusals.js'
import { showApproval } from '../showApproval.js'
import { watch } from '../watch.js'
import type { Probe, Step } from './createProbe.js'
import type { Seen } from './createRecorder.js'

/** Models that are priced in search of the cheapest. */
const mostQuotes = 80

/** How long a finished video's charge is waited for, in milliseconds. */
const patience = 120_000

/** How exactly times of the provider can be compared with ours, in milliseconds. */
const precision = 1_500

/** The cheapest request there is, and its price in micro-dollars. */
export type Cheapest = { price: bigint; request: Record<string, unknown> & { model: string } }

/** Prices the shortest, smallest video of every text-to-video model; `found` gets the cheapest. */
export function pricesStep(probe: Probe, found: (cheapest: Cheapest) => void): Step {
  const { client } = probe.zecchino
  return {
    asks: `What the cheapest video costs: one quote for each text-to-video model, at most ${mostQuotes}.`,
    costs: { credit: 0n, usdc: 0n },
    id: 'prices',
    async run() {
      const models = (await listModels(client)).filter(
        ({ model_spec: { constraints, offline } }) =>
          !offline && constraints.model_type === 'text-to-video',
      )
      let cheapest: Cheapest | undefined
      for (const model of models.slice(0, mostQuotes)) {
        const request = smallestOf(model)
        const answer = await call(client, { body: request, path: '/video/quote', signIn: false })
        const price = Venice.Quote.safeParse(answer.json).data?.quote
        if (answer.status !== 200 || price === undefined) continue
        if (!cheapest || price < cheapest.price) cheapest = { price, request }
      }
      if (!cheapest) return
      probe.note(`${cheapest.request.model} for ${Money.display(cheapest.price)}.`)
      found(cheapest)
    },
  }
}

/** The shortest and smallest video of a model, by what its row lists. */
function smallestOf({ id, model_spec: { constraints } }: Venice.Model): Cheapest['request'] {
  const {
    aspect_ratios: ratios = [],
    audio_configurable: sound,
    durations,
    resolutions,
  } = constraints
  const size = (text: string) => Number.parseFloat(text) * (/k$/i.test(text) ? 1_000 : 1)
  const least = (options: readonly string[] = []) =>
    options.toSorted((a, b) => size(a) - size(b))[0]
  const [duration, resolution] = [least(durations), least(resolutions)]
  const ratio = ratios.includes('16:9') ? '16:9' : ratios[0]
  return {
    model: id,
    prompt: 'A gondola at dawn',
    ...(ratio !== undefined && { aspect_ratio: ratio }),
    ...(sound && { audio: false }),
    ...(duration !== undefined && /^\d/.test(duration) && { duration }),
    ...(resolution !== undefined && { resolution }),
  }
}

/** Buys the cheapest video, as any other is bought. */
export async function videoStep(probe: Probe, { price, request }: Cheapest): Promise<Step> {
  const { client } = probe.zecchino
  const { balanceUsd: credit, minimumTopUpUsd: minimum } = await getBalance(client)
  const usdc = planTopUp({ credit, minimum, price })
  return {
    asks: `One video of ${request.model}: when and under what it is charged, whether its answer carries a link, what completing it says.`,
    costs: { credit: price, usdc },
    id: 'video',
    async run() {
      const run = () => buy(probe, { price, request, topUp: usdc })
      const { answers, value: job } = await probe.recorder.ask('video', run, 'several')
      learn(probe, job, answers)
      await learnCharge(probe, job, answers)
      if (Job.isSaved(job.status)) return
      const reason = `${job.status}${job.detail ? `: ${job.detail}` : ''}`
      const refunded = job.status === 'failed_refunded'
      throw new Video.FailedError({ jobId: job.id, reason, refunded })
    },
  }
}

/**
 * Buys it for what was agreed to at the terminal a moment ago, and no more: that goes on record as an
 * approval, whatever the policy lets pass unasked, because a job is topped up for by its approval.
 */
async function buy(probe: Probe, options: Cheapest & { topUp: bigint }): Promise<Job.Job> {
  const { price: maxPrice, request, topUp } = options
  const policy = { ...probe.zecchino.policy, approveAboveUsd: -1n }
  const zecchino = { ...probe.zecchino, policy }
  const { quote: quoted, topUp: needed } = await quote(zecchino, request)
  if (needed > topUp) throw new ApprovalRequiredError()
  const { id: quoteId } = quoted
  let bought = await buyVideo(zecchino, { maxPrice, quoteId })
  if (bought.approval) {
    const shown = await showApproval(zecchino, bought.approval.id)
    if (shown.approval.topUp > topUp || shown.job.price > maxPrice)
      throw new Policy.PriceChangedError({ now: shown.job.price, quoted: maxPrice })
    await decide(zecchino, { decision: 'approved', shown, via: 'cli' })
    bought = await buyVideo(zecchino, { maxPrice, quoteId })
  }
  return watch(zecchino, {
    jobId: bought.job.id,
    timeout: 3_600_000,
    until: ({ status }) => status === 'cleaned',
  })
}

function learn({ facts }: Probe, job: Job.Job, answers: readonly Seen[]): void {
  const queued = answers.find(({ route, status }) => route === 'queue' && status === 200)
  if (queued)
    facts.download_url = {
      ...facts.download_url,
      [job.model]: 'download_url' in Object(queued.json),
    }
  const completed = answers.find(({ route }) => route === 'complete')
  if (!completed) return
  const { success } = Object(completed.json) as { success?: unknown }
  if (completed.status === 200) facts.complete = success === true ? 'deleted' : 'not_deleted'
  else if (completed.status < 500) facts.complete = 'refused'
}

/** Looks for the job's rows, and for how they name it. */
async function learnCharge(
  { facts, note, zecchino }: Probe,
  job: Job.Job,
  answers: readonly Seen[],
): Promise<void> {
  const { client } = zecchino
  const queued = answers.find(({ route, status }) => route === 'queue' && status === 200)
  if (!queued) return
  for (let looks = 0, waited = 0; ; looks += 1) {
    const since = new Date(queued.at.getTime() + client.skew() - precision)
    // Read from the provider: our own ledger waits before it ties a row that names no job.
    const rows = (await listTransactions(client, { since })).filter(
      ({ createdAt, modelId, type }) =>
        type === 'CHARGE' &&
        (modelId ?? job.model) === job.model &&
        Date.parse(createdAt) >= since.getTime(),
    )
    const [first] = rows.toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))
    if (first) {
      const after = Date.parse(first.createdAt) - client.skew() - queued.at.getTime()
      facts.charge_after_ms = after < precision ? 0 : after
      facts.charge_rows = rows.length
      facts.request_id =
        first.requestId === null ? 'none' : first.requestId === job.queueId ? 'queue_id' : 'another'
      return
    }
    if (waited >= patience) return
    if (looks === 0) note('No charge is posted yet; waiting up to two minutes.')
    const pause = Math.min(2_000 * 2 ** looks, 20_000)
    await client.sleep(pause)
    waited += pause
  }
}
