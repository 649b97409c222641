// Packs a fresh clone, installs the tarball into an empty folder, as a stranger would, and uses it there:
// the demo buys a video, and strict TypeScript projects compile, with every example that users read.
//   node test/package/run.mjs [--installers npm,pnpm,yarn,pnp,bun] [--nodes 20,22,24]
// Ends with 1 unless all of it holds.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { examplesOf } from './examplesOf.mjs'

const { values } = parseArgs({
  options: {
    installers: { default: 'npm', type: 'string' },
    nodes: { default: 'own', type: 'string' },
  },
})

/** The most that may be installed with it. */
const most = { bytes: 115e6, packages: 35 }

/** The newest three majors of Node's types. */
const types = [24, 25, 26]

/** How each installer is started, and how what it has installed is. Versions are the newest that Node 20 runs. */
const installers = {
  bun: { add: ['bun@1.3', 'bun', 'add'], run: ['node', bin('node_modules')] },
  npm: { add: [undefined, 'npm', 'install', '--no-audit', '--no-fund'], run: ['npx', 'zecchino'] },
  pnp: { add: ['@yarnpkg/cli-dist@4', 'yarn', 'add'], linker: 'pnp', run: ['yarn', 'zecchino'] },
  pnpm: { add: ['pnpm@10', 'pnpm', 'add'], run: ['node', bin('node_modules')] },
  yarn: {
    add: ['@yarnpkg/cli-dist@4', 'yarn', 'add'],
    linker: 'node-modules',
    run: ['node', bin('node_modules')],
  },
}

function bin(folder) {
  return `./${folder}/zecchino/dist/cli/bin.js`
}

/** What a project does that uses each entry. */
const project = `
import { createWalletFetch, privateKeyWallet, type Wallet } from 'zecchino'
import { listenSandbox } from 'zecchino/sandbox'
import * as mcp from 'zecchino/mcp'
import * as tools from 'zecchino/tools'

export async function look(): Promise<number> {
  const wallet: Wallet.Wallet = privateKeyWallet('0x01')
  const sandbox = await listenSandbox({ speed: 100 })
  const walletFetch: typeof fetch = createWalletFetch({ baseUrl: sandbox.apiUrl, wallet })
  const response: Response = await walletFetch(new URL('models', sandbox.apiUrl))
  await sandbox.close()
  return response.status + Object.keys({ ...mcp, ...tools }).length
}
`

const place = mkdtempSync(join(tmpdir(), 'zecchino-package-'))
const failures = []
try {
  const tarball = packFresh()
  check('publint', ['npx', 'publint', '--strict', tarball])
  check('attw', ['npx', 'attw', tarball, '--profile', 'esm-only'])
  for (const name of values.installers.split(','))
    for (const node of values.nodes.split(',')) await useFrom(tarball, { name, node })
} finally {
  rmSync(place, { force: true, recursive: true })
}
if (failures.length > 0) {
  console.log(`Failed: ${failures.join(', ')}.`)
  process.exitCode = 1
} else console.log('The package holds.')

/** Packs what is committed, with nothing built beforehand, and nothing else left behind. */
function packFresh() {
  const clone = join(place, 'clone')
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', '.', clone])
  symlinkSync(resolve('node_modules'), join(clone, 'node_modules'))
  execFileSync('npm', ['pack', '--pack-destination', place], {
    cwd: clone,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const { version } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8'))
  return join(place, `zecchino-${version}.tgz`)
}

/** Installs the tarball and uses it, on a Node of its own. */
async function useFrom(tarball, { name, node }) {
  const installer = installers[name]
  const title = `${name} on Node ${node}`
  const folder = join(place, title.replaceAll(' ', '-'))
  mkdirSync(folder)
  const on = (command) =>
    node === 'own' ? command : ['npx', '-y', '-p', `node@${node}`, ...command]
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  if (installer.linker)
    writeFileSync(join(folder, '.yarnrc.yml'), `nodeLinker: ${installer.linker}\n`)
  const [foreign, ...add] = installer.add
  const packed = installer.linker ? `zecchino@file:${tarball}` : tarball
  const install = foreign ? ['npx', '-y', '-p', foreign, ...add] : add
  if (!check(`${title}: install`, [...install, packed], { cwd: folder })) return
  if (name === 'npm')
    check(`${title}: the size`, ['npm', 'ls', '--all', '--json'], { cwd: folder }, isSmall(folder))
  const run =
    installer.linker === 'pnp' ? ['npx', '-y', '-p', foreign, ...installer.run] : installer.run
  const env = { ...process.env, ZECCHINO_HOME: join(folder, 'home') }
  check(`${title}: the demo`, on([...run, 'demo', '--json']), { cwd: folder, env }, isBought)
  if (name === 'npm' && node === 'own') await compileIn(folder)
}

/** Whether the demo tells of a video that is there. */
function isBought(output) {
  const { path } = JSON.parse(output).file
  return existsSync(path) || `no file at ${path}`
}

/** Whether few packages were installed, and little. */
function isSmall(folder) {
  return () => {
    const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
    const count = Object.keys(packages).filter((path) => existsSync(join(folder, path))).length - 1
    const files = readdirSync(join(folder, 'node_modules'), {
      recursive: true,
      withFileTypes: true,
    })
    const bytes = files.reduce(
      (sum, file) => sum + (file.isFile() ? statSync(join(file.parentPath, file.name)).size : 0),
      0,
    )
    const size = `${count} packages, ${Math.ceil(bytes / 1e6)} MB`
    console.log(`       ${size}`)
    return (count <= most.packages && bytes <= most.bytes) || `it is too much: ${size}`
  }
}

/** Compiles what users read and what they type, as their projects do. */
async function compileIn(folder) {
  const cwd = folder
  const packages = types.map((major) => `types-${major}@npm:@types/node@${major}`)
  const add = ['npm', 'install', '--no-audit', '--no-fund', 'typescript@5.9', ...packages]
  if (!check('types: install', add, { cwd })) return
  for (const [index, { path, text }] of examplesOf(await exportedBy(folder)).entries())
    writeFileSync(join(folder, `example-${index}-${path.replaceAll(/\W/g, '-')}.ts`), text)
  writeFileSync(join(folder, 'project.ts'), project)
  const own = join(folder, 'node_modules/@types/node')
  for (const major of types) {
    rmSync(own, { force: true, recursive: true })
    mkdirSync(join(own, '..'), { recursive: true })
    symlinkSync(join(folder, `node_modules/types-${major}`), own)
    for (const [module, moduleResolution] of [
      ['node16', 'node16'],
      ...(major === types.at(-1) ? [['esnext', 'bundler']] : []),
    ]) {
      const options = {
        module,
        moduleResolution,
        lib: ['es2024', 'dom'],
        noEmit: true,
        strict: true,
      }
      const config = { compilerOptions: { ...options, target: 'es2022' }, include: ['*.ts'] }
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
      check(`types: @types/node ${major}, ${moduleResolution}`, ['npx', 'tsc', '-p', '.'], { cwd })
    }
  }
}

/** The names that each entry of the installed package exports. */
async function exportedBy(folder) {
  const entries = ['zecchino', 'zecchino/mcp', 'zecchino/sandbox', 'zecchino/tools']
  const script = `
    const names = async (entry) => [entry, Object.keys(await import(entry))]
    console.log(JSON.stringify(Object.fromEntries(await Promise.all(${JSON.stringify(entries)}.map(names)))))`
  const node = spawnSync('node', ['--input-type=module', '-e', script], { cwd: folder })
  return JSON.parse(String(node.stdout))
}

/** Runs a command, and notes it as failed where it ends badly or shows what it should not. */
function check(title, [command, ...args], options = {}, holds = () => true) {
  const started = performance.now()
  const { error, status, stderr, stdout } = spawnSync(command, args, {
    encoding: 'utf8',
    ...options,
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const verdict = status === 0 ? holds(stdout) : (error?.message ?? `status ${status}`)
  console.log(`${verdict === true ? 'holds' : 'FAILS'}  ${title} (${seconds} s)`)
  if (verdict === true) return true
  failures.push(title)
  console.log([verdict, stdout, stderr].join('\n'))
  return false
}
