// Polling in simulated time, against a look every five seconds: `npm run bench:polling -- --json`.
import * as Venice from '../../src/Venice.js'
import { readOptions } from './readOptions.js'
import { report } from './report.js'
import { makeTasks, meanOf, seconds, simulatePolling, spreadOf } from './simulatePolling.js'

/** How the estimates are wrong: by up to half of what the job takes, or of the estimate itself. */
const readings = ['took', 'estimate'] as const

const { jobs: count, json, seed: number } = readOptions({ jobs: 1_000, json: false, seed: 1 })
const seed = String(number)

type Run = Awaited<ReturnType<typeof simulatePolling>>
const latenessOf = ({ outcomes }: Run) => outcomes.map(({ lateness }) => lateness)
const limits = ({ mostInFlight, mostPerMinute }: Run) => ({
  most_in_flight: mostInFlight,
  most_per_minute: mostPerMinute,
})

/** Five jobs at once: ours against a look every five seconds. */
async function compare(off: (typeof readings)[number]) {
  const tasks = makeTasks({ count, off, seed })
  const ours = await simulatePolling({ atOnce: 5, rhythm: 'ours', seed, tasks })
  const fixed = await simulatePolling({ atOnce: 5, rhythm: 'every 5 s', seed, tasks })
  const ratio = (of: (run: Run) => number) => Math.round((1_000 * of(ours)) / of(fixed)) / 1_000
  return {
    estimates_off_by_half_of: off === 'took' ? 'the time taken' : 'the estimate',
    lateness_ratio: ratio((run) => meanOf(latenessOf(run))),
    requests_ratio: ratio(({ requests }) => requests),
    ours: { lateness_s: spreadOf(latenessOf(ours)), requests: ours.requests, ...limits(ours) },
    every_5_s: { lateness_s: spreadOf(latenessOf(fixed)), requests: fixed.requests },
  }
}

/** A hundred jobs at once, which is more than the wallet's requests are enough for. */
async function crowd() {
  const tasks = makeTasks({ count: 100, off: 'took', seed })
  const ours = await simulatePolling({ atOnce: 100, rhythm: 'ours', seed, tasks })
  const fixed = await simulatePolling({ atOnce: 100, rhythm: 'every 5 s', seed, tasks })
  return {
    jobs_at_once: 100,
    ours: {
      lateness_s: spreadOf(latenessOf(ours)),
      eta_allows_s: seconds(meanOf(ours.outcomes.map(({ promised }) => promised))),
      requests: ours.requests,
      ...limits(ours),
    },
    every_5_s: { lateness_s: spreadOf(latenessOf(fixed)), requests: fixed.requests },
  }
}

const compared = [await compare('took'), await compare('estimate')]
const crowded = await crowd()
const [asked] = compared
const { eta_allows_s: allowed, lateness_s: late } = crowded.ours
const problems = Object.entries({
  'the mean lateness is over half of that of a look every 5 s': (asked?.lateness_ratio ?? 1) > 0.5,
  'it takes more requests than a look every 5 s': compared.some(
    ({ requests_ratio: ratio }) => ratio > 1,
  ),
  'it is later than a look every 5 s': compared.some(({ lateness_ratio: ratio }) => ratio > 1),
  'more requests than the wallet may make': [...compared, crowded].some(
    ({ ours }) =>
      ours.most_in_flight > Venice.maxConcurrent ||
      ours.most_per_minute > Venice.maxRetrievesPerMinute,
  ),
  'in a crowd some are much later than others': late.p90 > 2.5 * late.mean,
  'in a crowd the ETA does not say how late': allowed < late.mean / 2 || allowed > late.mean * 2,
}).flatMap(([words, failed]) => (failed ? [words] : []))

report(
  { jobs: count, seed: number, compared, crowd: crowded },
  { json, problems, repeat: `npm run bench:polling -- --jobs ${count} --seed ${number}` },
)
