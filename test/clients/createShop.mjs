import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { privateKeyWallet } from '../../dist/index.js'
import { listenSandbox } from '../../dist/sandbox/index.js'

/** A sandbox, and servers in front of it, each with a home and a funded wallet of its own. */
export async function createShop() {
  // Venice takes few top-ups from one address.
  const sandbox = await listenSandbox({ limits: 'none', speed: 500 })
  return {
    close: () => sandbox.close(),
    /** A server over `stdio` (how to start it) or `http` (where it listens), and what came of it. */
    async open(transport) {
      const home = mkdtempSync(join(tmpdir(), 'zecchino-clients-'))
      const key = randomBytes(32).toString('hex')
      const { address } = privateKeyWallet(key)
      await fund(address)
      const env = {
        HOME: home,
        PATH: process.env.PATH,
        ZECCHINO_API_URL: sandbox.apiUrl,
        ZECCHINO_HOME: join(home, 'zecchino'),
        ZECCHINO_PRIVATE_KEY: key,
        ZECCHINO_PROFILE: 'sandbox',
      }
      const stdio = { args: [resolve('dist/cli/bin.js'), 'mcp'], command: process.execPath, env }
      const http = transport === 'http' ? await startHttp(stdio) : undefined
      return {
        async close() {
          await http?.stop()
          // A server over stdio may take a moment to end.
          rmSync(home, { force: true, maxRetries: 10, recursive: true, retryDelay: 200 })
        },
        home,
        server: http?.server ?? stdio,
        truth: () => truthOf(address.toLowerCase()),
      }
    },
  }

  async function fund(address) {
    const response = await fetch(`${sandbox.controlUrl}/fund`, {
      body: JSON.stringify({ address, usdc: '20' }),
      headers: { 'content-type': 'application/json' },
      method: 'POST',
    })
    if (!response.ok) throw new Error(await response.text())
  }

  /** What the sandbox knows of one wallet: amounts in USD. */
  async function truthOf(wallet) {
    const state = await (await fetch(`${sandbox.controlUrl}/state?requests=0`)).json()
    return {
      charges: state.charges.filter((row) => row.wallet === wallet),
      jobs: state.jobs.filter((job) => job.wallet === wallet),
      settlements: state.settlements.filter(({ payer }) => payer.toLowerCase() === wallet),
    }
  }
}

async function startHttp({ args, command, env }) {
  const child = spawn(command, [...args, '--http', '--port', '0'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [line] = await once(child.stdout, 'data')
  const { token_file: file, url } = JSON.parse(String(line).replace('MCP READY ', ''))
  const headers = { Authorization: `Bearer ${readFileSync(file, 'utf8').trim()}` }
  return {
    server: { headers, url },
    async stop() {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}
