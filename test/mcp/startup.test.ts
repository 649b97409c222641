import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

import { expect, test } from 'vitest'

import { bin, cleanEnv, runCli } from '../support/runCli.js'

const preload = pathToFileURL(resolve('test/mcp/support/logLoads.mjs')).href
const dist = pathToFileURL(resolve('dist')).href

/** `zecchino mcp` with every module it loads written down. */
function start() {
  const child = spawn(process.execPath, ['--import', preload, bin, 'mcp'], {
    env: cleanEnv({ ZECCHINO_HOME: mkdtempSync(join(tmpdir(), 'zecchino-test-')) }),
  })
  const loaded: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('LOADED ')) loaded.push(line.slice('LOADED '.length))
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(method: string, params: object = {}): Promise<{ result: Record<string, unknown> }> {
      child.stdin.write(`${JSON.stringify({ id: method, jsonrpc: '2.0', method, params })}\n`)
      for (;;) {
        const { value } = (await lines.next()) as { value: string }
        const message = JSON.parse(value) as { id?: string; result: Record<string, unknown> }
        if (message.id === method) return message
      }
    },
    loaded,
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit')
      child.stdin.end()
      await gone
    },
  }
}

const introduction = {
  capabilities: {},
  clientInfo: { name: 'test', version: '0' },
  protocolVersion: '2025-11-25',
}

test('behavior: the tools are listed before any package, driver or flow is loaded', async () => {
  await using host = start()
  await host.ask('initialize', introduction)
  const { result } = await host.ask('tools/list')
  expect(result['tools']).toHaveLength(7)
  const own = host.loaded.filter((url) => url.startsWith(`${dist}/`))
  expect(own.map((url) => url.slice(dist.length + 1))).toEqual([
    'cli/bin.js',
    'cli/runCommand.js',
    'Errors.js',
    'internal/printable.js',
    '_virtual/_rolldown/runtime.js',
    'cli/commands/mcp.js',
    'mcp/serveStdio.js',
    'mcp/createEarlyTransport.js',
    'mcp/readAnswers.js',
    'mcp/mendMessage.js',
    'internal/base64Json.js',
    'internal/isRecord.js',
  ])
  expect(host.loaded.filter((url) => /\/(node_modules|vendor)\//.test(url))).toEqual([])

  const status = await host.ask('tools/call', { name: 'wallet_status' })
  expect(status.result).toMatchObject({ isError: true })
  expect(host.loaded.filter((url) => url.includes('/vendor/modelcontextprotocol-'))).not.toEqual([])
})

test('behavior: a host that closes stdin at once still gets its answers', async () => {
  const home = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const messages = [
    { id: 1, method: 'initialize', params: introduction },
    { method: 'notifications/initialized' },
    { id: 2, method: 'tools/list' },
    { id: 3, method: 'tools/call', params: { arguments: {}, name: 'wallet_status' } },
  ]
  const input = messages.map((message) => JSON.stringify({ jsonrpc: '2.0', ...message })).join('\n')
  const { code, stdout } = await runCli(['mcp'], {
    env: { ZECCHINO_HOME: home },
    input: `${input}\n`,
  })
  const answers = stdout.trim().split('\n')
  expect(answers.map((line) => (JSON.parse(line) as { id: number }).id)).toEqual([1, 2, 3])
  expect(code).toBe(0)
})

test('error: a host that stops listening, or sends a line without end, ends the server', async () => {
  const env = cleanEnv({ ZECCHINO_HOME: mkdtempSync(join(tmpdir(), 'zecchino-test-')) })
  const deaf = spawn(process.execPath, [bin, 'mcp'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const deafness = once(deaf, 'exit')
  deaf.stdout.destroy()
  deaf.stdin.on('error', () => {}) // it may be gone before the second line
  for (const id of [1, 2])
    deaf.stdin.write(`${JSON.stringify({ id, jsonrpc: '2.0', method: 'tools/list' })}\n`)
  expect(await deafness).toEqual([0, null])

  const endless = spawn(process.execPath, [bin, 'mcp'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const end = once(endless, 'exit')
  endless.stdin.on('error', () => {}) // it hangs up in the middle
  for (let megabytes = 0; megabytes < 70; megabytes += 1)
    endless.stdin.write(Buffer.alloc(1_048_576, 32))
  expect(await end).toEqual([0, null])
})
