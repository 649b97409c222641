import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { parseJson } from '../../src/internal/base64Json.js'
import { createCheckout } from './createCheckout.js'
import { createTypeCheck } from './createTypeCheck.js'
import type { Bug } from './planted/bug.js'
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
  const lost = bugs.flatMap(lostTexts)
  if (lost.length > 0) throw new Error(`the sources have changed:\n${lost.join('\n')}`)
  const problems: string[] = []
  const missed: string[] = []
  const check = createTypeCheck()
  // Those with the same finder are one behind the other, so that it is tried without them once.
  const groups = groupByFinder(bugs)
  const lane = async () => {
    using checkout = createCheckout()
    for (let group = groups.shift(); group; group = groups.shift()) {
      await checkout.build()
      const sound = await find(checkout, togetherOf(group))
      for (const bug of group) {
        const started = performance.now()
        const verdict =
          sound.kind === 'passes'
            ? await plant(checkout, bug, check)
            : { kind: 'broken' as const, says: `without it too: ${JSON.stringify(sound)}` }
        const seconds = Math.round((performance.now() - started) / 1_000)
        if (verdict.kind !== 'fails') missed.push(bug.name)
        if (verdict.kind === 'broken') problems.push(`${bug.name}: ${verdict.says}`)
        if (verdict.kind === 'passes') problems.push(`${bug.name}: nobody noticed`)
        const says = 'says' in verdict ? `: ${verdict.says.split('\n')[0]?.slice(0, 120)}` : ''
        const word = verdict.kind === 'fails' ? 'caught' : 'MISSED'
        onProgress(`${word} ${bug.name} (${seconds} s)${says}`)
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

/** The edits of a bug whose text is not in its file, or is there more than once. */
export function lostTexts({ edits, name }: Bug): string[] {
  return edits.flatMap(({ file, from }) => {
    const times = existsSync(file) ? readFileSync(file, 'utf8').split(from).length - 1 : 0
    return times === 1 ? [] : [`${name}: ${file} has ${times} times, not once: ${from}`]
  })
}

/** The files of a bug, as they would be with it. */
function mutate({ edits }: Bug): Map<string, string> {
  const files = new Map<string, string>()
  for (const { file, from, to } of edits) {
    const text = files.get(file) ?? readFileSync(file, 'utf8')
    files.set(file, text.split(from).join(to))
  }
  return files
}

async function plant(
  checkout: Checkout,
  bug: Bug,
  check: (file: string, text: string) => string | undefined,
): Promise<Verdict> {
  const files = mutate(bug)
  try {
    for (const [file, text] of files) {
      const complaint = check(file, text)
      if (complaint) return { kind: 'broken', says: `the compiler says: ${complaint}` }
      writeFileSync(join(checkout.folder, file), text)
    }
    if (!(await checkout.build())) return { kind: 'broken', says: 'it does not build' }
    return await find(checkout, bug.finder)
  } finally {
    for (const file of files.keys()) writeFileSync(join(checkout.folder, file), readFileSync(file))
  }
}

async function find({ folder }: Checkout, finder: Bug['finder']): Promise<Verdict> {
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

/** Bugs that the same file or prover has to find. */
function groupByFinder(bugs: readonly Bug[]): Bug[][] {
  const groups = new Map<string, Bug[]>()
  for (const bug of bugs) {
    const { finder } = bug
    const key = 'test' in finder ? finder.test : JSON.stringify(finder)
    groups.set(key, [...(groups.get(key) ?? []), bug])
  }
  return [...groups.values()]
}

/** All that the finders of a group look at. */
function togetherOf([first, ...others]: readonly Bug[]): Bug['finder'] {
  if (!first || !('test' in first.finder)) return first?.finder ?? { test: '' }
  const titles = [first, ...others].map(({ finder }) =>
    'titles' in finder ? finder.titles : undefined,
  )
  const all = titles.every((title) => title !== undefined)
  return { test: first.finder.test, titles: all ? titles.join('|') : undefined }
}
