// `npm run prove:crash -- --runs 300 --seed 1 --engine sqlite --json`: see `crash/prove.ts`.
import { parseArgs } from 'node:util'

import { holds, prove, type Report } from './crash/prove.js'

const { values } = parseArgs({
  options: {
    engine: { default: 'sqlite', type: 'string' },
    from: { default: '0', type: 'string' },
    json: { default: false, type: 'boolean' },
    lanes: { default: '2', type: 'string' },
    only: { type: 'string' },
    runs: { default: '300', type: 'string' },
    seed: { default: '1', type: 'string' },
    verbose: { default: false, type: 'boolean' },
  },
})
const { engine, json, only, seed, verbose } = values
if (engine !== 'postgres' && engine !== 'sqlite') throw new Error('--engine is sqlite or postgres')

// Whoever loses patience gets what the runs so far came to.
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())

let done = 0
const report = await prove({
  engine,
  from: Number(values.from),
  lanes: Number(values.lanes),
  onRun({ kills, outcomes, plan, told }, { findings }) {
    done += 1
    if (verbose)
      console.error(
        JSON.stringify({
          run: plan.run,
          kinds: plan.kinds,
          planned: plan.acts.map(({ advance, parts }) => ({
            advance,
            kills: parts.map(({ deed, kill }) => ({ deed, ...kill })),
          })),
          kills,
          outcomes,
          jobs: told[1].jobs.map(({ detail, model, status }) => ({ detail, model, status })),
          payments: told[1].payments.map(({ detail, status }) => ({ detail, status })),
          frozen: told[1].state.frozen,
          findings,
        }),
      )
    else if (!json && process.stderr.isTTY) process.stderr.write(`\r${done} of ${values.runs} runs`)
  },
  ...(only !== undefined && { only: Number(only) }),
  runs: Number(values.runs),
  seed,
  signal: stop.signal,
})
console.log(json ? JSON.stringify(report, null, 2) : tableOf(report))
process.exit(holds(report) ? 0 : 1)

/** The same for people. */
function tableOf(report: Report): string {
  const { failures, faults_by_kind: kinds, kills_by_boundary: kills, ...rest } = report
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')
  return [
    ...Object.entries(rest).map(([name, value]) => `${name.padEnd(30)} ${String(value)}`),
    `${'kills_by_boundary'.padEnd(30)} ${list(kills)}`,
    `${'faults_by_kind'.padEnd(30)} ${list(kinds)}`,
    ...failures.flatMap(({ command, says }) => ['', ...says, `Again: ${command}`]),
    '',
    holds(report) ? 'Nothing was paid twice, and nothing was lost.' : 'It does not hold.',
  ].join('\n')
}
