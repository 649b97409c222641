import { afterAll, expect, test, vi } from 'vitest'

import { accountOfKey } from '../../src/ledgers/accountOfKey.js'
import { cheapPrice } from '../support/cheap.js'
import { createKeyBuyer } from '../support/createKeyBuyer.js'
import { connect, request, sandboxFor } from './support/connect.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const sandbox = await sandboxFor()
afterAll(() => sandbox.close())

async function setup(options: Partial<createKeyBuyer.Options> = {}) {
  const { apiUrl, controlUrl } = sandbox
  const buyer = await createKeyBuyer({ apiUrl, controlUrl, ...options })
  const agent = await connect(async () => buyer.zecchino)
  return {
    ...buyer,
    ...agent,
    async [Symbol.asyncDispose]() {
      await agent.client.close()
      await buyer[Symbol.asyncDispose]()
    },
  }
}

test('default: an agent buys a video with an API key', async () => {
  await using agent = await setup()
  const { call } = agent
  expect(await call('video_models', { query: 'wan' })).toHaveProperty('models')
  const quoted = await call('video_quote', request)
  expect(quoted).toMatchObject({ price_usd: cheapPrice.usd, top_up_usd: '0' })
  expect(quoted).not.toHaveProperty('credit_usd')
  const { job_id } = (await call('video_generate', { quote_id: quoted['quote_id'] })) as {
    job_id?: string
  }
  const done = await call('video_retrieve', { job_id, wait_seconds: 50 })
  expect(done).toMatchObject({ file: { codec: 'h264' } })
  expect(await call('video_list')).toMatchObject({ jobs: [{ job_id }] })

  const account = accountOfKey(sandbox.apiUrl, agent.key)
  const status = await call('wallet_status')
  expect(status).toMatchObject({
    api_key: account,
    caps: { spend_per_day_usd: { left: '9999.86' } },
    note: expect.stringMatching(/cannot be topped up from here/),
    pays_with: 'api_key',
  })
  for (const name of ['address', 'credit_usd', 'network', 'usdc'])
    expect(status).not.toHaveProperty(name)
  expect(await call('wallet_top_up')).toMatchObject({
    code: 'NEEDS_WALLET',
    money_moved: 'no',
    next: expect.stringContaining('venice.ai'),
  })
  const { contents } = await agent.client.readResource({ uri: 'zecchino://policy' })
  expect(JSON.stringify(contents)).toContain(account)
  expect((await agent.truth()).charges).toHaveLength(1)
})

test('behavior: a lost answer is told as the owner’s, in words that fit a key', async () => {
  await using agent = await setup()
  const { call } = agent
  await agent.fault({ kind: 'reset', route: 'queue', when: 'after' })
  const { quote_id } = await call('video_quote', request)

  const lost = await call('video_generate', { quote_id })
  expect(lost).toMatchObject({
    detail: expect.stringContaining('An API key is shown no rows'),
    next: expect.stringMatching(/Do not buy it again.+usage at venice\.ai.+zecchino resolve job_/),
    status: 'ambiguous',
  })
  expect(lost['next']).not.toContain('zecchino transactions')
  // Whatever the agent repeats, nothing is sent again.
  expect(await call('video_generate', { quote_id })).toMatchObject({ status: 'ambiguous' })
  expect(await call('wallet_status')).toMatchObject({ unresolved: [{ status: 'ambiguous' }] })
  expect((await agent.truth()).queued).toHaveLength(1)
})

test('error: an account without funds: the code, and what to do', async () => {
  await using agent = await setup({ credit: '0.05' })
  const { call } = agent
  const { quote_id } = await call('video_quote', request)
  expect(await call('video_generate', { quote_id })).toMatchObject({
    code: 'ACCOUNT_UNFUNDED',
    money_moved: 'no',
    next: expect.stringMatching(/^Add funds to it at venice\.ai and quote again/),
  })
  expect(await call('video_list')).toMatchObject({
    jobs: [{ detail: expect.stringContaining('Add funds'), status: 'rejected' }],
  })
  expect((await agent.truth()).queued).toMatchObject([{ status: 402 }])
})
