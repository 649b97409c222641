// Prints how long a host waits for the tools: spawn until `tools/list` is answered, against a
// one-tool server on the same SDK and against bare node. They alternate, so that they share the
// machine's moods. Medians of 15, or of --runs N; --max R ends with 1 above that ratio.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    json: { default: false, type: 'boolean' },
    max: { default: 'Infinity', type: 'string' },
    runs: { default: '15', type: 'string' },
  },
})
const home = mkdtempSync(join(tmpdir(), 'zecchino-bench-'))
const { NODE_OPTIONS: _, ...env } = process.env
const times = { zecchino: [], hello: [], node: [] }

await round() // the first one reads the disk
for (const list of Object.values(times)) list.length = 0
for (let run = 0; run < Number(values.runs); run += 1) await round()
rmSync(home, { force: true, recursive: true })

const [zecchino_ms, hello_ms, node_ms] = Object.values(times).map(median)
const ratio = Math.round((zecchino_ms / hello_ms) * 1000) / 1000
const result = { zecchino_ms, hello_ms, node_ms, ratio }
if (values.json) console.log(JSON.stringify(result))
else for (const [name, value] of Object.entries(result)) console.log(name.padEnd(12), value)
if (!(ratio <= Number(values.max))) process.exitCode = 1

async function round() {
  times.zecchino.push(await listing(['dist/cli/bin.js', 'mcp']))
  times.hello.push(await listing(['test/bench/hello.mjs']))
  times.node.push(await bare())
}

/** Milliseconds from spawn until the tools are listed. */
async function listing(args) {
  const from = performance.now()
  const child = start(args)
  const say = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const params = {
    capabilities: {},
    clientInfo: { name: 'bench', version: '0' },
    protocolVersion: '2025-11-25',
  }
  say({ id: 1, method: 'initialize', params })
  for await (const line of createInterface({ input: child.stdout })) {
    const { id, result } = JSON.parse(line)
    if (id === 1) {
      say({ method: 'notifications/initialized' })
      say({ id: 2, method: 'tools/list' })
    } else if (result?.tools?.length > 0) break
    else throw new Error(`${args.join(' ')} answered ${line.slice(0, 200)}`)
  }
  const time = performance.now() - from
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
  return time
}

/** Milliseconds for node to start, do nothing, and end. */
async function bare() {
  const from = performance.now()
  await once(start(['--eval', '0']), 'exit')
  return performance.now() - from
}

function start(args) {
  return spawn(process.execPath, args, {
    env: { ...env, ZECCHINO_HOME: home },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}

function median(list) {
  const sorted = list.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const value = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  return Math.round(value * 10) / 10
}
