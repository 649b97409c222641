import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { expect, test } from 'vitest'

import { control } from '../support/createBuyer.js'
import { bin, cleanEnv, startSandbox } from '../support/runCli.js'

/** A purchase takes seconds, and a busy machine longer. */
const patient = { timeout: 90_000 }

/** A client of the official SDK, with `zecchino mcp` as its child. */
async function connect(env: Record<string, string>) {
  const transport = new StdioClientTransport({
    args: [bin, 'mcp'],
    command: process.execPath,
    env: cleanEnv(env),
    stderr: 'pipe',
  })
  const client = new Client({ name: 'test', version: '0' })
  await client.connect(transport)
  return {
    async call<result = Record<string, unknown>>(name: string, args: object = {}) {
      const answer = await client.callTool({ arguments: { ...args }, name })
      const [block] = answer.content as { text: string }[]
      if (answer.isError) return JSON.parse(block?.text ?? '') as result
      expect(JSON.parse(block?.text ?? '')).toEqual(answer.structuredContent)
      return answer.structuredContent as result
    },
    client,
    [Symbol.asyncDispose]: () => client.close(),
  }
}

test('default: models, quote, generate twice, retrieve: one job, one charge', patient, async () => {
  await using sandbox = await startSandbox()
  const { fund, state } = control(sandbox.controlUrl)
  await using agent = await connect({
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_HOME: mkdtempSync(join(tmpdir(), 'zecchino-test-')),
    ZECCHINO_PRIVATE_KEY: randomBytes(32).toString('hex'),
    ZECCHINO_PROFILE: 'sandbox',
  })

  const { tools } = await agent.client.listTools()
  expect(tools.map(({ name }) => name)).toEqual([
    'video_models',
    'video_quote',
    'video_generate',
    'video_retrieve',
    'video_list',
    'wallet_status',
    'wallet_top_up',
  ])
  for (const { description } of tools) expect(description).toMatch(/^(Free|Spends money)\. /)

  const wallet = await agent.call<{ address: string }>('wallet_status')
  await fund(wallet.address, '20')
  const { models } = await agent.call<{ models: { id: string }[] }>('video_models', {
    query: 'wan 2.7',
    type: 'text-to-video',
  })
  // An example that would be warned about is none.
  expect(await agent.call('video_models', { query: 'motion-control' })).toMatchObject({
    next: expect.stringContaining('"video_url":"…","image_url":"…"'),
  })
  const quote = await agent.call<{ price_usd: string; quote_id: string }>('video_quote', {
    aspect_ratio: '1:1',
    duration: '5s',
    model: models[0]?.id,
    prompt: 'A lantern on black water.',
    resolution: '720p',
  })
  const { quote_id } = quote
  const first = await agent.call<{ job_id: string }>('video_generate', { quote_id })
  const second = await agent.call<{ job_id: string }>('video_generate', { quote_id })
  expect(second.job_id).toBe(first.job_id)
  const done = await agent.call('video_retrieve', { job_id: first.job_id, wait_seconds: 40 })

  expect(done).toMatchObject({
    file: { codec: 'h264', duration_seconds: 5, height: 720, width: 720 },
    next: expect.stringContaining('The video is saved at'),
    progress: 1,
    price_usd: quote.price_usd,
  })
  expect((await agent.call<{ jobs: unknown[] }>('video_list')).jobs).toHaveLength(1)

  const truth = await state()
  expect(truth.settlements).toHaveLength(1)
  expect(truth.charges).toMatchObject([{ amount_usd: quote.price_usd }])
  expect(truth.wallets).toMatchObject([{ credit_usd: String(5 - Number(quote.price_usd)) }])
  const nonces = truth.requests.flatMap(({ sign_in_nonce }) => sign_in_nonce ?? [])
  expect(new Set(nonces).size).toBe(nonces.length)
})

test('error: each tells what happened, whether money moved, and what to do', async () => {
  await using agent = await connect({
    ZECCHINO_API_URL: 'http://127.0.0.1:9/api/v1',
    ZECCHINO_HOME: mkdtempSync(join(tmpdir(), 'zecchino-test-')),
    ZECCHINO_PRIVATE_KEY: randomBytes(32).toString('hex'),
  })
  expect(await agent.call('video_quote', { length: 5, model: 'x' })).toMatchObject({
    code: 'INVALID_INPUT',
    facts: [expect.stringContaining('Unknown field: length. Known: model, prompt')],
    money_moved: 'no',
  })
  expect(await agent.call('video_models')).toMatchObject({
    code: 'API_UNREACHABLE',
    money_moved: 'no',
    next: 'Is the sandbox running? Start it with `zecchino sandbox`, then try again.',
    retryable: true,
  })
  expect(await agent.call('video_retrieve', { job_id: 'job_none' })).toMatchObject({
    code: 'JOB_NOT_FOUND',
  })
})

test('error: without a wallet the server starts, and says what is missing', async () => {
  await using agent = await connect({
    ZECCHINO_HOME: mkdtempSync(join(tmpdir(), 'zecchino-test-')),
  })
  expect((await agent.client.listTools()).tools).toHaveLength(7)
  expect(await agent.call('wallet_status')).toMatchObject({ code: 'NO_WALLET', money_moved: 'no' })
})
