// Makes the MCPB bundle of one platform: `npm run bundle`, or `npm run bundle -- --target
// darwin-arm64`, or of each platform that hosts run on: `--all`. What it needs of the database driver is
// taken from node_modules, or else from the registry, and then checked against package-lock.json. Prints a
// line of JSON for each.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { manifestOf } from './manifestOf.mjs'

const official = ['--yes', '@anthropic-ai/mcpb@2.1.2']
/** The most a host should have to download, in bytes. */
const limit = 6_000_000

/** Platforms that hosts with bundles run on, and that the driver is there for. */
const platforms = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64-gnu',
  'linux-x64-gnu',
  'win32-x64-msvc',
]

const { values } = parseArgs({
  options: { all: { type: 'boolean' }, target: { default: ownTarget(), type: 'string' } },
})
const targets = values.all ? platforms : [values.target]
const pack = JSON.parse(readFileSync('package.json', 'utf8'))
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages
for (const target of targets)
  if (!lock[driverOf(target)]) throw new Error(`There is no database driver for ${target}.`)

const stage = resolve('dist-mcpb/stage')
rmSync(stage, { force: true, recursive: true })
run('npm', ['run', '--silent', 'build:quiet'])
run(process.execPath, [
  'node_modules/.bin/tsdown',
  '--config',
  'mcpb/tsdown.config.ts',
  '-l',
  'error',
])
const answers = readFileSync('dist/mcp/answers.json', 'utf8')
writeFileSync(join(stage, 'server/answers.json'), answers)
writeJson('package.json', { name: pack.name, version: pack.version, type: 'module', private: true })
if (existsSync('LICENSE')) cpSync('LICENSE', join(stage, 'LICENSE'))
for (const target of targets) makeFor(target)

/** Packs what is the same everywhere with the manifest and the driver of one platform. */
function makeFor(target) {
  writeJson('manifest.json', manifestOf({ answers: JSON.parse(answers), pack, target }))
  rmSync(join(stage, 'server/node_modules/@libsql'), { force: true, recursive: true })
  addDriver(target)
  const file = resolve(`dist-mcpb/zecchino-${pack.version}-${target}.mcpb`)
  run('npx', [...official, 'validate', join(stage, 'manifest.json')])
  run('npx', [...official, 'pack', stage, file])
  const bytes = readFileSync(file)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  console.log(JSON.stringify({ file, bytes: bytes.length, sha256, target }))
  if (bytes.length > limit) throw new Error(`The bundle is larger than ${limit} bytes.`)
}

function driverOf(target) {
  return `node_modules/@libsql/${target}`
}

function ownTarget() {
  const { arch, platform, report } = process
  if (platform === 'win32') return `win32-${arch}-msvc`
  if (platform !== 'linux') return `${platform}-${arch}`
  return `linux-${arch}-${report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl'}`
}

/** Puts the driver's binary where the bundle looks for it. */
function addDriver(target) {
  const driver = driverOf(target)
  const folder = join(stage, 'server', driver)
  mkdirSync(folder, { recursive: true })
  if (existsSync(driver)) return cpSync(driver, folder, { dereference: true, recursive: true })
  const { integrity, version } = lock[driver]
  const temp = mkdtempSync(join(tmpdir(), 'zecchino-mcpb-'))
  run('npm', ['pack', '--silent', `@libsql/${target}@${version}`, '--pack-destination', temp])
  const archive = join(temp, `libsql-${target}-${version}.tgz`)
  const found = createHash('sha512').update(readFileSync(archive)).digest('base64')
  if (`sha512-${found}` !== integrity) throw new Error(`${archive} is not what the lock file says.`)
  run('tar', ['-xzf', archive, '-C', folder, '--strip-components=1'])
  rmSync(temp, { force: true, recursive: true })
}

function writeJson(name, value) {
  writeFileSync(join(stage, name), `${JSON.stringify(value, undefined, 2)}\n`)
}

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error(`${command} ${args[0]} ended with ${status}.`)
}
