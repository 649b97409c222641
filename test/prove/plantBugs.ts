import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { parseJson } from '../../src/internal/base64Json.js'
import { createCheckout } from './createCheckout.js'
import { createTypeCheck } from './createTypeCheck.js'
import type { Bug } from './plantedBugs.js'
import { runProgram } from './runProgram.js'

/** How long one finder may take, in milliseconds. */
const timeout = 300_000

/** What a finder says: nothing wrong, an assertion that failed, or that it could not be run. */
type Verdict =
  | { kind: 'passes' }
  | { kind: 'fails'; says: string }
  | { kind: 'broken'; says: string }

/**
 * Plants bugs one at a time in copies of this checkout, and has each looked for. Found means that
 * an assertion fails where none did before: a bug has to satisfy the compiler, it has to build, and
 * its finder has to pass without it.
 *
 * @throws when the text that a bug replaces is not in the source, or more than once.
 */
export async function plantBugs(
  bugs: readonly Bug[],
  { lanes, onProgress }: plantBugs.Options,
): Promise<plantBugs.ReturnType> {
  const texts = new Map(bugs.map((bug) => [bug, mutate(bug)]))
  const problems: string[] = []
  const check = createTypeCheck()
  for (const [{ name }, files] of texts)
    for (const [file, text] of files) {
      const complaint = check(file, text)
      if (complaint) problems.push(`${name} does not satisfy the compiler: ${complaint}`)
    }
  if (problems.length > 0) return { caught: 0, missed: bugs.map(({ name }) => name), problems }

  const missed: string[] = []
  // Those with the same finder are one behind the other, so that it is tried without them once.
  const finders = groupByFinder(bugs)
  const groups = [...finders.values()]
  const lane = async () => {
    using checkout = createCheckout()
    for (let group = groups.shift(); group; group = groups.shift()) {
      const [first] = group
      await checkout.build()
      const sound = first && (await find(checkout, first))
      for (const bug of group) {
        const started = performance.now()
        const verdict =
          sound?.kind === 'passes'
            ? await plant(checkout, bug, texts.get(bug) ?? new Map())
            : { kind: 'broken' as const, says: `without it too: ${JSON.stringify(sound)}` }
        const seconds = Math.round((performance.now() - started) / 1_000)
        if (verdict.kind !== 'fails') missed.push(bug.name)
        if (verdict.kind === 'broken') problems.push(`${bug.name}: ${verdict.says}`)
        if (verdict.kind === 'passes') problems.push(`${bug.name}: nobody noticed`)
        const says = 'says' in verdict ? `: ${verdict.says.split('\n')[0]?.slice(0, 120)}` : ''
        onProgress(
          `${verdict.kind === 'fails' ? 'caught' : 'MISSED'} ${bug.name} (${seconds} s)${says}`,
        )
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return { caught: bugs.length - missed.length, missed, problems }
}

export declare namespace plantBugs {
  type Options = {
    /** How many at the same time. */
    lanes: number
    onProgress: (line: string) => void
  }
  type ReturnType = { caught: number; missed: string[]; problems: string[] }
}

type Checkout = ReturnType<typeof createCheckout>

/** The files of a bug, as they would be with it. */
function mutate({ edits, name }: Bug): Map<string, string> {
  const files = new Map<string, string>()
  for (const { file, from, to } of edits) {
    const text = files.get(file) ?? readFileSync(file, 'utf8')
    const parts = text.split(from)
    if (parts.length !== 2)
      throw new Error(`${name}: ${file} has ${parts.length - 1} times, not once: ${from}`)
    files.set(file, parts.join(to))
  }
  return files
}

async function plant(
  checkout: Checkout,
  bug: Bug,
  files: ReadonlyMap<string, string>,
): Promise<Verdict> {
  try {
    for (const [file, text] of files) writeFileSync(join(checkout.folder, file), text)
    if (!(await checkout.build())) return { kind: 'broken', says: 'it does not build' }
    return await find(checkout, bug)
  } finally {
    for (const file of files.keys()) writeFileSync(join(checkout.folder, file), readFileSync(file))
    await checkout.build()
  }
}

async function find({ folder }: Checkout, { finder }: Bug): Promise<Verdict> {
  if ('test' in finder) return runTest(folder, finder)
  const args = ['test/prove/run.mjs', finder.prove, ...finder.args, '--json']
  const { code, output } = await runProgram(args, { cwd: folder, timeout })
  if (code === 0) return { kind: 'passes' }
  const [, says] = /It does not hold:\n- (.*)/.exec(output) ?? []
  return says
    ? { kind: 'fails', says }
    : { kind: 'broken', says: `exit ${code}: ${output.slice(-500)}` }
}

/** Runs a test file. Only a test that ran and failed counts, not a file that could not be loaded. */
async function runTest(
  folder: string,
  { test, titles }: { test: string; titles?: string | undefined },
): Promise<Verdict> {
  const output = join(folder, 'found.json')
  rmSync(output, { force: true })
  const report = ['--reporter=json', `--outputFile=${output}`, '--typecheck.enabled=false']
  const filter = titles === undefined ? [] : ['-t', titles]
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', test, '--bail=1', ...report, ...filter]
  const ran = await runProgram(vitest, { cwd: folder, timeout })
  const found = existsSync(output)
    ? (parseJson(readFileSync(output, 'utf8')) as Found | undefined)
    : undefined
  if (!found) return { kind: 'broken', says: `exit ${ran.code}: ${ran.output.slice(-500)}` }
  const results = found.testResults.flatMap(({ assertionResults }) => assertionResults)
  const failed = results.find(({ status }) => status === 'failed')
  if (failed) return { kind: 'fails', says: failed.failureMessages[0] ?? 'a test failed' }
  if (ran.code === 0 && found.numPassedTests > 0) return { kind: 'passes' }
  return { kind: 'broken', says: `${found.numPassedTests} tests passed: ${ran.output.slice(-300)}` }
}

/** The part of vitest's report that matters. */
type Found = {
  numPassedTests: number
  testResults: { assertionResults: { failureMessages: string[]; status: string }[] }[]
}

function groupByFinder(bugs: readonly Bug[]): Map<string, Bug[]> {
  const groups = new Map<string, Bug[]>()
  for (const bug of bugs) {
    const key = JSON.stringify(bug.finder)
    groups.set(key, [...(groups.get(key) ?? []), bug])
  }
  return groups
}
