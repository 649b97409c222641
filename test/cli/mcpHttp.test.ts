import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { expect, test } from 'vitest'

import { call, good, initialize, messageOf, send } from '../mcp/support/http.js'
import { cheap } from '../support/cheap.js'
import { control } from '../support/createBuyer.js'
import { bin, cleanEnv, runCli, startSandbox } from '../support/runCli.js'

const newHome = () => mkdtempSync(join(tmpdir(), 'zecchino-test-'))

/** `zecchino mcp --http`, up to its READY line. */
async function start(home: string, more: Record<string, string> = {}) {
  const child = spawn(process.execPath, [bin, 'mcp', '--http', '--port', '0'], {
    env: cleanEnv({ ...more, ZECCHINO_HOME: home }),
  })
  const exit = once(child, 'close') // by then all that it said has been read
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const ready = JSON.parse(line.toString().replace('MCP READY ', '')) as {
    token_file: string
    url: string
  }
  return {
    ...ready,
    stderr: () => stderr,
    async stop() {
      child.kill('SIGTERM')
      const [code] = (await exit) as [number | null]
      return code
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await exit
    },
  }
}

test('default: the token is made and shown at the first start only, and lets in', async () => {
  const home = newHome()
  await using first = await start(home)
  const token = readFileSync(first.token_file, 'utf8').trim()
  expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  expect(statSync(first.token_file).mode & 0o777).toBe(0o600)

  expect((await send(first.url, { body: initialize, headers: good('x'.repeat(43)) })).status).toBe(
    401,
  )
  const opened = await send(first.url, { body: initialize, headers: good(token) })
  const session = String(opened.headers['mcp-session-id'])
  const answer = await send(first.url, {
    body: call('wallet_status'),
    headers: good(token, session),
  })
  expect(messageOf(answer)).toMatchObject({ result: { isError: true } }) // there is no wallet
  expect(await first.stop()).toBe(0)
  expect(first.stderr()).toContain(token)

  await using second = await start(home)
  expect(await second.stop()).toBe(0)
  expect(second.stderr()).not.toContain(token)
  expect(readFileSync(second.token_file, 'utf8').trim()).toBe(token)
})

test('behavior: a new token counts at once, and the old one’s sessions are not its own', async () => {
  const home = newHome()
  await using server = await start(home)
  const old = readFileSync(server.token_file, 'utf8').trim()
  const opened = await send(server.url, { body: initialize, headers: good(old) })
  const session = String(opened.headers['mcp-session-id'])

  const rotated = await runCli(['mcp', 'token', '--json'], { env: { ZECCHINO_HOME: home } })
  const { token } = rotated.json() as { token: string }
  const status = async (headers: Record<string, string>) =>
    (await send(server.url, { body: call('none'), headers })).status
  expect(token).not.toBe(old)
  expect(await status(good(old, session))).toBe(401)
  expect(await status(good(token, session))).toBe(404)
  expect((await send(server.url, { body: initialize, headers: good(token) })).status).toBe(200)

  chmodSync(server.token_file, 0o640) // others may have read it: nobody gets in any more
  expect((await send(server.url, { body: initialize, headers: good(token) })).status).toBe(401)
  expect(await runCli(['mcp', '--http'], { env: { ZECCHINO_HOME: home } })).toMatchObject({
    code: 78,
    stderr: expect.stringContaining('chmod 600'),
  })
})

/** A client of the official SDK, with the token of a server. */
async function connect({ token_file, url }: { token_file: string; url: string }) {
  const authorization = `Bearer ${readFileSync(token_file, 'utf8').trim()}`
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization } },
  })
  const client = new Client({ name: 'test', version: '0' })
  await client.connect(transport as Parameters<Client['connect']>[0])
  return {
    async call(name: string, args: Record<string, unknown> = {}) {
      const answer = await client.callTool({ arguments: args, name })
      if (answer.isError) throw new Error(JSON.stringify(answer.content))
      return answer.structuredContent as Record<string, string>
    },
    close: () => client.close(),
  }
}

test('behavior: a video is bought over HTTP, and a stop in the middle of the wait loses nothing', async () => {
  await using sandbox = await startSandbox(['--speed', '40'])
  const { fund, state } = control(sandbox.controlUrl)
  const home = newHome()
  const env = {
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_PRIVATE_KEY: randomBytes(32).toString('hex'),
    ZECCHINO_PROFILE: 'sandbox',
  }
  await using first = await start(home, env)
  const agent = await connect(first)
  await fund((await agent.call('wallet_status'))['address'] ?? '', '20')
  const { quote_id } = await agent.call('video_quote', {
    ...cheap,
    prompt: 'A lantern on black water.',
  })
  const { job_id } = await agent.call('video_generate', { quote_id })
  const waiting = agent.call('video_retrieve', { job_id, wait_seconds: 50 })
  const cut = Promise.allSettled([waiting]) // a client that is not answered waits until it closes
  expect(await first.stop()).toBe(0)
  await agent.close()
  await cut

  await using second = await start(home, env)
  const later = await connect(second)
  const done = await later.call('video_retrieve', { job_id, wait_seconds: 50 })
  expect(done).toMatchObject({ file: { codec: 'h264' }, next: expect.stringContaining('saved at') })
  expect((await later.call('video_generate', { quote_id }))['job_id']).toBe(job_id)
  expect((await state()).charges).toHaveLength(1)
  await later.close()
}, 90_000)

test('error: options that do not go together', async () => {
  const env = { ZECCHINO_HOME: newHome() }
  for (const args of [['--port', '1'], ['tokens'], ['token', '--http'], ['--http', '--port', 'x']])
    expect(await runCli(['mcp', ...args], { env })).toMatchObject({ code: 64, stdout: '' })
})

test('behavior: a wallet that could not be opened at first can be opened later', async () => {
  const home = newHome()
  const ledger = join(home, 'sandbox.sqlite')
  mkdirSync(ledger) // no database can be there
  const client = new Client({ name: 'test', version: '0' })
  await client.connect(
    new StdioClientTransport({
      args: [bin, 'mcp'],
      command: process.execPath,
      env: cleanEnv({
        ZECCHINO_API_URL: 'http://127.0.0.1:9/api/v1',
        ZECCHINO_HOME: home,
        ZECCHINO_PRIVATE_KEY: '11'.repeat(32),
      }),
    }),
  )
  const list = async () => JSON.stringify(await client.callTool({ name: 'video_list' }))
  expect(await list()).toMatch(/LEDGER_/)
  rmdirSync(ledger)
  expect(await list()).toContain('jobs')
  await client.close()
})
