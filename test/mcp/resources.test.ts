import { readFileSync } from 'node:fs'

import { afterAll, expect, test, vi } from 'vitest'

import { connect, request, sandboxFor, setup } from './support/connect.js'

const sandbox = await sandboxFor()
afterAll(() => sandbox.close())
vi.setConfig({ testTimeout: 90_000 })

type Setting = Awaited<ReturnType<typeof setup>>

async function read({ client }: Pick<Setting, 'client'>, uri: string) {
  const { contents } = await client.readResource({ uri })
  const [content] = contents as { mimeType: string; text: string; uri: string }[]
  expect(content).toMatchObject({ mimeType: 'application/json', uri })
  return JSON.parse(content?.text ?? '') as Record<string, unknown>
}

async function bought({ call }: Setting, quote: object = request) {
  const { quote_id } = await call('video_quote', quote)
  const { job_id } = await call('video_generate', { quote_id })
  return { job_id: job_id as string, quote_id: quote_id as string }
}

test('default: a job, its receipt and the policy are listed and read as JSON', async () => {
  await using setting = await setup(sandbox)
  const { client, home } = setting
  const { job_id, quote_id } = await bought(setting)
  await setting.call('video_retrieve', { job_id, wait_seconds: 50 })
  const { ledger } = setting.zecchino
  while ((await ledger.findJob(job_id))?.status !== 'cleaned')
    await new Promise((resolve) => setTimeout(resolve, 50))

  const { resources } = await client.listResources()
  expect(resources.map(({ uri }) => uri)).toEqual([
    'zecchino://policy',
    `zecchino://jobs/${job_id}`,
    `zecchino://receipts/${job_id}`,
  ])
  const { resourceTemplates } = await client.listResourceTemplates()
  expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
    'zecchino://jobs/{id}',
    'zecchino://receipts/{id}',
  ])

  const job = await read(setting, `zecchino://jobs/${job_id}`)
  expect(job).toMatchObject({
    file: { codec: 'h264', path: expect.stringContaining(home) },
    job_id,
    next: expect.stringContaining('The video is saved'),
    price_usd: '0.14',
    progress: 1,
    quote_id,
  })
  const receipt = await read(setting, `zecchino://receipts/${job_id}`)
  expect(receipt).toMatchObject({
    file: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    model: request.model,
    charged_usd: '0.14',
    price_usd: '0.14',
    quote: { price_usd: '0.14', quote_id },
    refunded_usd: '0',
    request: { model: request.model, prompt: request.prompt },
    request_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    top_ups: [
      {
        amount_usd: '5',
        network: 'base-sepolia',
        nonce: expect.stringMatching(/^0x[0-9a-f]{64}$/),
        status: 'credited',
        transaction: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      },
    ],
    venice_rows: [{ type: 'CHARGE', usd: '-0.14' }],
  })
  const policy = await read(setting, 'zecchino://policy')
  expect(policy).toMatchObject({
    approveVia: 'cli',
    maxPerVideoUsd: '100',
    network: 'base-sepolia',
    note: expect.stringContaining('no tool can change it'),
    wallet: setting.address,
  })
  const video = readFileSync((job['file'] as { path: string }).path)
  const all = JSON.stringify([job, receipt, policy]).replaceAll(setting.home, '')
  expect(all).not.toContain(setting.key)
  expect(all).not.toContain(video.subarray(0, 300).toString('base64').slice(0, 100))
  expect(all).not.toMatch(/signature|sealed|download_url/i)
})

test('behavior: a receipt cuts media short, and claims no charge that was not seen', async () => {
  await using setting = await setup(sandbox)
  const image = `data:image/png;base64,${'A'.repeat(4_000)}`
  const { quote_id } = await setting.call('video_quote', { ...request })
  const quote = await setting.zecchino.ledger.findQuote(quote_id as string)
  const id = 'quote_long'
  if (!quote) throw new Error('no quote')
  const body = JSON.stringify({ ...(JSON.parse(quote.body) as object), image_url: image })
  await setting.zecchino.ledger.saveQuote({ ...quote, body, id })
  await setting.zecchino.ledger.reserveJob({
    caps: { credit: 0n, paid: 0n, perDay: 10n ** 9n, topUpsPerDay: 1n, total: 10n ** 9n },
    job: { hash: quote.hash, id: 'job_long', model: quote.model, price: 10_000n, quoteId: id },
  })
  const receipt = await read(setting, 'zecchino://receipts/job_long')
  expect((receipt['request'] as { image_url: string }).image_url).toBe(
    'data:image/png… (4022 characters)',
  )
  expect(receipt).not.toHaveProperty('charged_usd')
  await setting.zecchino.ledger.moveJob('job_long', { from: 'reserved', to: 'abandoned' })
})

test('behavior: a subscriber hears of every change, and of no other job', async () => {
  await using setting = await setup(sandbox)
  const { job_id } = await bought(setting)
  const other = await connect(async () => setting.zecchino)
  const uri = `zecchino://jobs/${job_id}`
  await setting.client.subscribeResource({ uri })
  await setting.client.subscribeResource({ uri: 'zecchino://policy' })
  const heard = new Promise<string>((resolve) => {
    const { updated } = setting
    const push = updated.push.bind(updated)
    updated.push = (...uris) => {
      resolve(uris[0] ?? '')
      return push(...uris)
    }
  })
  await setting.call('video_retrieve', { job_id, wait_seconds: 50 })
  expect(await heard).toBe(uri)
  expect(new Set(setting.updated)).toEqual(new Set([uri]))
  expect(other.updated).toEqual([])
  await setting.client.unsubscribeResource({ uri })
  await other.client.close()
})

test('error: nothing is read, or heard of, anywhere else', async () => {
  await using setting = await setup(sandbox, { usdc: '0' })
  for (const uri of [
    'zecchino://jobs/job_none',
    'zecchino://receipts/job_none',
    'zecchino://jobs/../policy',
    'zecchino://jobs/',
    'zecchino://keys',
    'file:///etc/passwd',
    `zecchino://jobs/${'x'.repeat(10_000)}`,
  ]) {
    const none = { code: -32_002 }
    await expect(setting.client.readResource({ uri }), uri).rejects.toMatchObject(none)
    await expect(setting.client.subscribeResource({ uri }), uri).rejects.toMatchObject(none)
  }
})

test('error: without a wallet the list is what is always there, and a read says why', async () => {
  const { NoWalletError } = await import('../../src/Wallet.js')
  const { client } = await connect(() => Promise.reject(new NoWalletError()))
  expect((await client.listResources()).resources.map(({ name }) => name)).toEqual(['policy'])
  await expect(client.readResource({ uri: 'zecchino://policy' })).rejects.toMatchObject({
    data: { code: 'NO_WALLET', money_moved: 'no' },
  })
  await client.close()
})

test('behavior: the prompt walks from the idea to the file', async () => {
  const { client } = await connect(() => Promise.reject(new Error('not needed')))
  const { prompts } = await client.listPrompts()
  expect(prompts.map(({ name }) => name)).toEqual(['make_video', 'seedance_prompt'])
  const { messages } = await client.getPrompt({
    arguments: { idea: 'A bell\u202e under\u001b[2J water', max_usd: '0.50' },
    name: 'make_video',
  })
  const [message] = messages
  expect(message?.role).toBe('user')
  const { text } = Object(message?.content) as { text: string }
  expect(text.split('\n')[0]).toBe('Make one video with Zecchino: A bell under water')
  const order = ['video_models', 'video_quote', 'video_generate', 'video_retrieve']
  expect(order.map((name) => text.indexOf(name))).toEqual(
    order.map((name) => text.indexOf(name)).toSorted((a, b) => a - b),
  )
  expect(text).toContain('max_usd "0.50"')
  const seedance = await client.getPrompt({
    arguments: { shape: 'edit', what: 'make it night' },
    name: 'seedance_prompt',
  })
  expect(JSON.stringify(seedance.messages)).toContain('Strictly edit <Video 1>, make it night')
  await expect(client.getPrompt({ arguments: {}, name: 'make_video' })).rejects.toThrow('idea')
  await expect(client.getPrompt({ name: 'steal_keys' })).rejects.toThrow('make_video')
  await client.close()
})
