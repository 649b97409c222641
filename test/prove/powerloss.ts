// The plug is pulled: `npm run prove:powerloss`. Needs strace, and so Linux.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { accountOf } from '../../src/ledgers/accountOf.js'
import * as Network from '../../src/Network.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { bundleWorker } from '../crash/bundleWorker.js'
import { control } from '../support/createBuyer.js'
import { readOptions } from './readOptions.js'
import { calls, readTrace } from './readTrace.js'
import { replay } from './replay.js'
import { report } from './report.js'

const { json, purchases, seed } = readOptions({ json: false, purchases: 8, seed: 1 })
if (spawnSync('strace', ['--version']).status !== 0) {
  console.error('strace is missing. On Debian: apt-get install strace')
  process.exit(69)
}

const key = randomBytes(32).toString('hex')
const { address } = privateKeyWallet(key)
const account = accountOf(Network.networks['base-sepolia'], address)
const folder = mkdtempSync(join(tmpdir(), 'zecchino-powerloss-'))
const home = join(folder, 'home')
try {
  const operations = await record()
  const path = join(home, 'ledger.sqlite')
  const found = await replay(operations, {
    account,
    path,
    root: folder,
    seed,
    sends: join(folder, 'sends.log'),
  })
  const { counts, problems, sent } = found
  const { lost_intents, replays, syncs, ...rest } = counts
  // Without these the recording would be of nothing, or of a ledger that never was checkpointed.
  const payments = sent.filter((line) => line.startsWith('payment')).length
  if (payments < purchases || sent.length - payments < purchases)
    problems.push(`${sent.length} sends were recorded, ${payments} of them payments`)
  const pages = operations.filter(({ kind, path: at }) => kind === 'write' && at === path).length
  report(
    { syncs, replays, lost_intents, ...rest, sends: sent.length, checkpointed_pages: pages },
    {
      json,
      problems,
      repeat: `npm run prove:powerloss -- --purchases ${purchases} --seed ${seed}`,
    },
  )
} finally {
  rmSync(folder, { force: true, recursive: true })
}

/** Buys under strace, with answers that get lost on the way. */
async function record() {
  const worker = await bundleWorker('test/prove/workers/powerloss.mjs')
  await using sandbox = await listenSandbox({ limits: 'none', speed: 400 })
  const { apiUrl, controlUrl } = sandbox
  const { fault, fund } = control(controlUrl)
  await fund(address, '1000')
  await fault(
    { kind: 'settle-then-reset', route: 'top-up', skip: 1 },
    { kind: 'reset', route: 'queue', skip: 2, when: 'after' },
    { kind: 'rate-limited', route: 'queue', skip: 3 },
  )
  const output = join(folder, 'trace')
  const plan = JSON.stringify({ apiUrl, controlUrl, home, key, purchases })
  const flags = ['-f', '-y', '-xx', '-s', '1000000', '--seccomp-bpf', '-o', output]
  const child = spawn(
    'strace',
    [...flags, '-e', `trace=${calls.join()}`, process.execPath, worker, plan],
    {
      stdio: ['ignore', 2, 'inherit'],
    },
  )
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`the recorded process ended with ${code}`)
  return readTrace(readFileSync(output, 'latin1'), folder)
}
