import type { Readable, Writable } from 'node:stream'

import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'

import { mendMessage, refusalOf } from './mendMessage.js'
import type { Answers } from './readAnswers.js'

/** The longest line that is read, in bytes: media may come as data URLs. */
const maxLine = 64 * 1024 * 1024

/** A transport that can be talked to before there is a server behind it. */
export type EarlyTransport = Transport & {
  /** Resolves when no request waits for an answer. */
  idle(): Promise<void>
  /** Resolves when a message came that only the server can answer. */
  readonly needed: Promise<void>
}

/**
 * Speaks JSON-RPC in lines, and answers `initialize`, `ping` and the first `tools/list` from what
 * the build took down, so that a host sees the tools before the SDK and the flows are loaded.
 *
 * Everything else waits until a server is connected; it then gets the same messages in the same
 * order, `initialize` included, and whatever it answers to that is not sent a second time.
 */
export function createEarlyTransport(options: createEarlyTransport.Options): EarlyTransport {
  const { answers, input, output } = options
  const idlers: (() => void)[] = []
  const open = new Set<number | string>()
  const waiting: JSONRPCMessage[] = []
  let answered: number | string | undefined
  let chunks: Buffer[] = []
  let size = 0
  let started = false
  let need!: () => void
  const fail = (error: Error) => transport.onerror?.(error)
  const needed = new Promise<void>((resolve) => (need = resolve))

  const transport: EarlyTransport = {
    async close() {
      input.off('data', read).off('error', fail).pause()
      transport.onclose?.()
    },
    idle: () => new Promise((resolve) => (open.size === 0 ? resolve() : idlers.push(resolve))),
    needed,
    async send(message) {
      if (answered !== undefined && isAnswerTo(message, answered)) {
        answered = undefined
        return
      }
      await write(message)
      if ('method' in message || message.id === undefined) return
      open.delete(message.id)
      if (open.size === 0) for (const idle of idlers.splice(0)) idle()
    },
    async start() {
      started = true
      for (const message of waiting.splice(0)) transport.onmessage?.(message)
    },
  }
  input.on('data', read).on('error', fail)
  if (!answers) need()
  return transport

  function read(chunk: Buffer): void {
    let rest = chunk
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = Buffer.concat([...chunks, rest.subarray(0, end)]).toString('utf8')
      chunks = []
      size = 0
      rest = rest.subarray(end + 1)
      if (line.trim()) hear(line)
    }
    size += rest.length
    if (size <= maxLine) chunks.push(rest)
    else input.destroy(new Error('a line is too long'))
  }

  function hear(line: string): void {
    let message: JSONRPCMessage
    try {
      message = mendMessage(JSON.parse(line) as JSONRPCMessage)
    } catch (error) {
      fail(error as Error)
      return
    }
    const refusal = refusalOf(message)
    if (refusal) return void write(refusal as JSONRPCMessage)
    const { id, method } = Object(message) as { id?: number | string; method?: string }
    const early =
      started || !answers ? undefined : resultOf(message, answers, answered !== undefined)
    if (early) void write({ id, jsonrpc: '2.0', result: early } as JSONRPCMessage)
    else if (method !== undefined && id !== undefined) open.add(id)
    if (started) return transport.onmessage?.(message)
    if (early && method === 'initialize') answered = id
    if (!early || method === 'initialize') waiting.push(message)
    if (early ? method === 'tools/list' : method !== 'notifications/initialized') need()
  }

  function write(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve) => output.write(`${JSON.stringify(message)}\n`, () => resolve()))
  }
}

export declare namespace createEarlyTransport {
  type Options = {
    /** What may be answered without a server; without it every message waits for one. */
    answers: Answers | undefined
    input: Readable
    output: Writable
  }
}

/** What is answered to a message without the server, if anything. Odd messages are the server's. */
function resultOf(message: unknown, answers: Answers, initialized: boolean): object | undefined {
  const { id, jsonrpc, method, params } = Object(message) as Record<string, unknown>
  if (jsonrpc !== '2.0' || (typeof id !== 'string' && !Number.isSafeInteger(id))) return undefined
  const { cursor, protocolVersion } = Object(params) as Record<string, unknown>
  if (method === 'initialize' && !initialized && isIntroduction(params)) {
    const known = answers.protocolVersions.find((version) => version === protocolVersion)
    return known ? { ...answers.initialize, protocolVersion: known } : answers.initialize
  }
  if (!initialized) return undefined
  if (method === 'ping') return {}
  return method === 'tools/list' && cursor === undefined ? answers.tools : undefined
}

function isIntroduction(params: unknown): boolean {
  const { capabilities, clientInfo, protocolVersion } = Object(params) as Record<string, unknown>
  const { name, version } = Object(clientInfo) as Record<string, unknown>
  const words = [name, protocolVersion, version]
  return words.every((word) => typeof word === 'string') && Object(capabilities) === capabilities
}

function isAnswerTo(message: JSONRPCMessage, id: number | string): boolean {
  return !('method' in message) && 'id' in message && message.id === id
}
