import { Writable } from 'node:stream'

import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'

import type { Zecchino } from '../flows/createZecchino.js'
import { createMcpServer } from './createMcpServer.js'

/**
 * Serves the tools on stdin and stdout until the client goes away. From here on stdout is the
 * protocol's: whatever else writes there ends on stderr.
 */
export async function serveStdio(open: () => Promise<Zecchino>): Promise<void> {
  const server = createMcpServer(open)
  const transport = new StdioServerTransport(process.stdin, guardStdout())
  const gone = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve)
    process.stdin.once('close', resolve)
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
  await server.connect(transport)
  await gone
  await server.close()
}

/** Keeps the real stdout for the protocol and sends every other write to stderr. */
function guardStdout(): Writable {
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      write(chunk, () => done())
    },
  })
}
