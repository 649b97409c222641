import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { expect, test } from 'vitest'

import { control } from '../support/createBuyer.js'
import { bin } from '../support/runCli.js'
import { request, sandboxFor } from './support/connect.js'
import { environment } from './support/startServer.js'

type Result = { content: { text: string }[]; isError?: boolean }
type Message = { id?: unknown; jsonrpc?: string; method?: string; result?: object }

/** Some dependency that prints, once the server is up. */
const noise = `data:text/javascript,${encodeURIComponent(
  'setTimeout(() => setInterval(() => console.log("noise"), 50).unref(), 2000).unref()',
)}`

/** The server as a child, every line of its stdout kept as it came. */
function start(env: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', noise, bin, 'mcp'], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const lines: string[] = []
  const waiting = new Map<unknown, (message: Message) => void>()
  const reader = createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    const message = parsed(line)
    waiting.get(message?.id)?.(message ?? {})
  })
  const send = (text: string) => child.stdin.write(`${text}\n`)
  let id = 0
  return {
    ask(method: string, params: object = {}) {
      id += 1
      const answered = new Promise<Message>((resolve) => waiting.set(id, resolve))
      send(JSON.stringify({ id, jsonrpc: '2.0', method, params }))
      return answered
    },
    lines,
    send,
    async [Symbol.asyncDispose]() {
      const gone = [once(child, 'exit'), once(reader, 'close')]
      child.stdin.end()
      await Promise.all(gone)
    },
  }
}

test(
  'behavior: stdout is the protocol’s, whatever runs and whatever fails',
  { timeout: 90_000 },
  async () => {
    const sandbox = await sandboxFor()
    const { fault, fund } = control(sandbox.controlUrl)
    const server = start(environment(sandbox.apiUrl))
    const { ask, lines, send } = server
    /** The text of a tool's answer, parsed. */
    const call = async (name: string, args: object = {}): Promise<Record<string, unknown>> => {
      const params = { _meta: { progressToken: name }, arguments: args, name }
      const { result } = await ask('tools/call', params)
      const { content, isError = false } = Object(result) as Result
      return { ...(JSON.parse(content[0]?.text ?? '') as object), isError }
    }
    await ask('initialize', {
      capabilities: {},
      clientInfo: { name: 'test', version: '0' },
      protocolVersion: '2025-11-25',
    })
    send('{"jsonrpc":"2.0","method":"notifications/initialized"}')
    for (const odd of ['', 'not json', '{', '[]', '{"jsonrpc":"1.0","id":9,"method":"ping"}'])
      send(odd)
    for (const method of ['tools/list', 'resources/list', 'prompts/list', 'no/such', 'ping'])
      await ask(method)

    for (const [kind, route, name] of [
      ['malformed-json', 'models', 'video_models'],
      ['malformed-json', 'quote', 'video_quote'],
      ['truncated', 'balance', 'wallet_status'],
    ] as const) {
      await fault({ kind, route, times: 6 })
      await call(name, name === 'video_quote' ? request : {})
      await fetch(`${sandbox.controlUrl}/faults`, { method: 'DELETE' })
    }
    const wallet = await call('wallet_status')
    expect(await call('video_generate', { quote_id: 'none' })).toMatchObject({ isError: true })
    const broke = await call('video_quote', request)
    const poor = await call('video_generate', { quote_id: broke['quote_id'] })
    expect(poor).toMatchObject({ code: 'INSUFFICIENT_USDC', isError: true, money_moved: 'no' })

    await fund(String(wallet['address']), '20')
    expect(await call('wallet_top_up')).toMatchObject({ credit_usd: '5' })
    await fault({ kind: 'reset', route: 'queue', when: 'before' })
    const quote = await call('video_quote', { ...request, prompt: 'Another.' })
    const bought = await call('video_generate', { quote_id: quote['quote_id'] })
    const job = { job_id: bought['job_id'], wait_seconds: 1 }
    expect(await call('video_retrieve', job)).toMatchObject({ isError: false })
    expect(await call('video_list')).toMatchObject({ isError: false })
    await ask('resources/read', { uri: `zecchino://jobs/${String(bought['job_id'])}` })
    await server[Symbol.asyncDispose]()
    await sandbox.close()

    expect(lines.length).toBeGreaterThan(15)
    for (const line of lines) {
      const message = parsed(line)
      expect(message?.jsonrpc, line).toBe('2.0')
      expect(message?.method ?? message?.id, line).toBeDefined()
    }
    expect(lines.some((line) => line.includes('notifications/progress'))).toBe(true)
  },
)

function parsed(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message
  } catch {
    return undefined // the test tells which line it was
  }
}
