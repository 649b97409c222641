// Runs the official conformance suite: what the 2025-11-25 revision requires of servers, against the
// HTTP layer with fixture tools, then what needs no fixtures against `zecchino mcp --http` itself.
// The runner needs Node 22 and is borrowed through npx. Ends with 1 unless all of it holds.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { serveHttp } from '../../../dist/mcp/serveHttp.js'
import { createFixtureServer } from './createFixtureServer.mjs'
import { startBearer } from './startBearer.mjs'

const suite = '@modelcontextprotocol/conformance@0.2.0-alpha.12'
const runner = ['--yes', '-p', 'node@22', '-p', suite, 'conformance', 'server']
/** Scenarios that need no fixture tools. */
const own = [
  'server-initialize',
  'ping',
  'tools-list',
  'resources-list',
  'prompts-list',
  'dns-rebinding-protection',
  'server-session-lifecycle',
]
const baseline = resolve('test/mcp/conformance/expected-failures.yaml')
const home = mkdtempSync(join(tmpdir(), 'zecchino-conformance-'))

const results = { fixtures: await fixtures(), product: await product() }
rmSync(home, { force: true, recursive: true })
for (const [name, failed] of Object.entries(results))
  console.log(
    `${name}: ${failed.length === 0 ? 'all of it holds' : `failed: ${failed.join(', ')}`}`,
  )
if (Object.values(results).some((failed) => failed.length > 0)) process.exitCode = 1

/** The HTTP layer, with the tools, resources and prompts that the suite calls by name. */
async function fixtures() {
  const server = await serveHttp({
    authorize: (header) => (header === 'Bearer conformance' ? 'conformance' : undefined),
    createServer: createFixtureServer,
  })
  const proxy = await startBearer(server.url, 'conformance')
  const options = ['--requirements', '2025-11-25', '--expected-failures', baseline]
  const code = await run(['--url', proxy.url, ...options])
  proxy.close()
  await server.close()
  return code === 0 ? [] : ['2025-11-25']
}

/** The server as it is installed, with its own tools, an empty wallet, and no Venice behind it. */
async function product() {
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(process.execPath, ['dist/cli/bin.js', 'mcp', '--http', '--port', '0'], {
    env: {
      ...env,
      ZECCHINO_HOME: home,
      ZECCHINO_PRIVATE_KEY: randomBytes(32).toString('hex'),
      ZECCHINO_PROFILE: 'sandbox',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [line] = await once(child.stdout, 'data')
  const { token_file, url } = JSON.parse(String(line).replace('MCP READY ', ''))
  const proxy = await startBearer(url, readFileSync(token_file, 'utf8').trim())
  const failed = []
  for (const scenario of own)
    if ((await run(['--url', proxy.url, '--scenario', scenario])) !== 0) failed.push(scenario)
  proxy.close()
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
  return failed
}

async function run(options) {
  const child = spawn('npx', [...runner, ...options], { cwd: home, stdio: ['ignore', 2, 2] })
  const [code] = await once(child, 'exit')
  return code
}
