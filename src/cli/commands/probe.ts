import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

import * as Errors from '../../Errors.js'
import * as Fixture from '../../Fixture.js'
import { createProbe, type Probe, type Step } from '../../flows/probe/createProbe.js'
import { createRecorder } from '../../flows/probe/createRecorder.js'
import { planProbe } from '../../flows/probe/planProbe.js'
import { harmless } from '../../internal/printable.js'
import * as Job from '../../Job.js'
import * as Ledger from '../../Ledger.js'
import * as Money from '../../Money.js'
import { NeedsTerminalError, processTerminal, requireOwner } from '../owner.js'
import type { Config } from '../readConfig.js'
import type { Context } from '../runCommand.js'
import { UsageError } from '../UsageError.js'

/** What became of a step. */
type Outcome = { code?: string; says?: string; status: 'done' | 'failed' | 'skipped'; step: string }

/**
 * `zecchino probe`: asks a live service what no document says, each step with its cost and a yes of
 * its own, and writes down what it found, masked. With `--free` nothing is asked and nothing spent.
 */
export async function probe(context: Context): Promise<void> {
  const { config, note, open, options, print } = context
  const spends = options['free'] !== true
  const file = resolve(String(options['out']))
  if (existsSync(file))
    throw new UsageError({ reason: `${file} is there already; name another with --out.` })
  const terminal = processTerminal()
  if (spends && !terminal.isTerminal) throw new NeedsTerminalError()
  const settings = await config()
  if (spends) await requireOwner(settings.home, terminal)

  const recorder = createRecorder({ now: () => new Date() })
  const zecchino = await open({ tap: recorder.tap })
  const tell = spends ? say : note
  const asking = createProbe({ known: await knownModels(), note: tell, recorder, zecchino })
  await zecchino.ready()
  const stop = onInterrupt(tell)
  const outcomes: Outcome[] = []
  for await (const step of planProbe(asking, { spends })) {
    tell(`\n${step.id}: ${costOf(step)}\n  ${step.asks}`)
    const answer = spends ? await ask(step) : 'yes'
    if (answer === 'end' || stop.asked) break
    outcomes.push(answer === 'yes' ? await take(step, tell) : { status: 'skipped', step: step.id })
    write(file, asking, settings)
    if (stop.asked) break
  }
  stop.end()
  const open_ = await unresolved(asking)
  print({ file, facts: asking.fixture().facts, steps: outcomes, unresolved: open_ }, [
    ...outcomes.map(
      ({ says, status, step }) => `${step.padEnd(12)}${status}${says ? `: ${says}` : ''}`,
    ),
    ...open_.map((line) => `Still open   ${line}`),
    outcomes.length > 0 ? `Written      ${file}` : 'Nothing was asked.',
  ])
}

async function take(step: Step, tell: (line: string) => void): Promise<Outcome> {
  try {
    await step.run()
    return { status: 'done', step: step.id }
  } catch (error) {
    const { code, facts, hint, shortMessage } = Errors.from(error)
    tell(['', shortMessage, ...facts, hint ?? ''].filter(Boolean).join('\n  '))
    return { code, says: shortMessage, status: 'failed', step: step.id }
  }
}

function costOf({ costs: { credit, usdc } }: Step): string {
  const parts = [
    ...(usdc > 0n ? [`${Money.display(usdc)} USDC, which becomes credit and stays there`] : []),
    ...(credit > 0n ? [`at most ${Money.display(credit)} of credit`] : []),
  ]
  return parts.join(', and ') || 'free'
}

/** Whether the person wants this step; to leave ends the session. */
async function ask({ id }: Step): Promise<'end' | 'no' | 'yes'> {
  const { confirm, isCancel } = await import('@clack/prompts')
  const answer = await confirm({
    initialValue: false,
    message: `Ask ${id}?`,
    output: process.stderr,
  })
  if (isCancel(answer)) return 'end'
  return answer ? 'yes' : 'no'
}

/** Ctrl-C lets the step come to its end; a second one leaves, as a kill would. */
function onInterrupt(tell: (line: string) => void) {
  const state = { asked: false, end: () => void process.off('SIGINT', hear) }
  function hear() {
    if (state.asked) {
      tell('Left in the middle of a step: run `zecchino recover`; nothing is lost or paid twice.')
      process.exit(130)
    }
    state.asked = true
    tell('Stopping after this step; once more leaves at once.')
  }
  process.on('SIGINT', hear)
  return state
}

/** Writes all that was found so far, whole or not at all. */
function write(file: string, asking: Probe, config: Config): void {
  const { apiKey, databaseUrl, key, otherKeys } = config
  const own = [key, ...otherKeys].map((one) =>
    one?.kind === 'private-key' ? one.key : one?.kind === 'mnemonic' ? one.words : undefined,
  )
  const secrets = [apiKey, databaseUrl, ...own].filter((value) => value !== undefined)
  const { wallet } = asking.zecchino
  const text = Fixture.format(asking.fixture(), {
    secrets: [...asking.recorder.secrets, ...secrets, wallet.address],
  })
  writeFileSync(`${file}.part`, text, { mode: 0o600 })
  renameSync(`${file}.part`, file)
}

/** What a person has to know about before leaving. */
async function unresolved({ zecchino: { ledger } }: Probe): Promise<string[]> {
  const payments = await ledger.payments({ statuses: Ledger.openPaymentStatuses })
  const jobs = await ledger.jobs({ statuses: [...Job.active, 'ambiguous'] })
  return [
    ...payments.map(
      ({ amount, id, status }) =>
        `${id} of ${Money.display(amount)} is ${status}: run \`zecchino recover\``,
    ),
    ...jobs.map(({ id, status }) => `${id} is ${status}: run \`zecchino retrieve ${id}\``),
  ]
}

/** Models of the catalogue that this version carries. */
async function knownModels(): Promise<string[]> {
  const { catalogue } = await import('../../sandbox/catalogue.js')
  return [...catalogue.keys()]
}

/** Shown with `--json` as well: nobody agrees to what was not there to read. */
function say(line: string): void {
  process.stderr.write(`${harmless(line)}\n`)
}
