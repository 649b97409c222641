import { Writable } from 'node:stream'

import type { Zecchino } from '../flows/createZecchino.js'
import { createEarlyTransport } from './createEarlyTransport.js'
import { readAnswers } from './readAnswers.js'

/** How long a host may stay silent before the rest is loaded all the same, in milliseconds. */
const calm = 1_000

/** How long calls under way may still answer, in milliseconds: nothing more comes, or a signal. */
const grace = { end: 10_000, signal: 1_000 }

/**
 * Serves the tools on stdin and stdout until the client goes away. From here on stdout is the
 * protocol's: whatever else writes there ends on stderr.
 *
 * The SDK and the tools are loaded after the first answers, which the build took down.
 */
export async function serveStdio(open: () => Promise<Zecchino>): Promise<void> {
  const told = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
    process.once('SIGHUP', resolve)
    process.stdout.once('error', () => resolve())
  })
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve)
    process.stdin.once('close', resolve)
  })
  const gone = Promise.race([ended, told])
  const transport = createEarlyTransport({
    answers: readAnswers(),
    input: process.stdin,
    output: guardStdout(),
  })
  await Promise.race([transport.needed, after(calm), gone])
  const { createMcpServer } = await import('./createMcpServer.js')
  const server = createMcpServer(open)
  await server.connect(transport)
  await gone
  const hurried = told.then(() => after(grace.signal))
  await Promise.race([transport.idle(), after(grace.end), hurried])
  await server.close()
}

function after(delay: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delay).unref())
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
