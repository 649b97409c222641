import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

import { bin, cleanEnv } from '../../support/runCli.js'
import { callerOf } from './connect.js'

/** Environment of a server with a wallet and a home of its own, against a sandbox. */
export function environment(apiUrl: string): Record<string, string> {
  return cleanEnv({
    ZECCHINO_API_URL: apiUrl,
    ZECCHINO_HOME: mkdtempSync(join(tmpdir(), 'zecchino-test-')),
    ZECCHINO_PRIVATE_KEY: randomBytes(32).toString('hex'),
    ZECCHINO_PROFILE: 'sandbox',
  })
}

/** The built `zecchino mcp` as a child, and a client of the official SDK on its pipes. */
export async function startServer(env: Record<string, string>) {
  const transport = new StdioClientTransport({
    args: [bin, 'mcp'],
    command: process.execPath,
    env,
    stderr: 'ignore',
  })
  const client = new Client({ name: 'test', version: '0' })
  await client.connect(transport)
  await client.listTools()
  return {
    call: callerOf(client),
    client,
    /** Ends the process at once, as the kernel would. */
    async kill() {
      const gone = new Promise<void>((onclose) => Object.assign(client, { onclose }))
      process.kill(transport.pid ?? 0, 'SIGKILL')
      await gone
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}
