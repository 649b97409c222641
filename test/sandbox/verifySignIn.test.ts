import { randomBytes } from 'node:crypto'

import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'

import * as Venice from '../../src/Venice.js'
import { base64, createApi, setup } from './support/client.js'

type Api = ReturnType<typeof createApi>
const stranger = privateKeyToAccount(generatePrivateKey())
const minutes = 60_000
const ago = async (api: Api, ms: number) => new Date((await api.time()).getTime() - ms)

/** The six fields that a sign-in without a text needs, and a signature of nobody. */
async function structured(api: Api) {
  const header = await api.signIn()
  const { address } = JSON.parse(Buffer.from(header, 'base64').toString()) as { address: string }
  return {
    address,
    chainId: 'eip155:84532',
    domain: '127.0.0.1',
    issuedAt: (await api.time()).toISOString(),
    nonce: randomBytes(16).toString('hex'),
    signature: `0x${'1'.repeat(130)}`,
    uri: 'http://127.0.0.1/',
  }
}

/** How to be refused with each code. A code without an entry fails the test below. */
const spoiled: Record<Venice.SignInCode, (api: Api) => Promise<string>> = {
  ADDRESS_MISMATCH: (api) => api.signIn({ change: { address: stranger.address } }),
  CHAIN_MISMATCH: (api) => api.signIn({ change: { chainId: 8453 } }),
  DOMAIN_MISMATCH: (api) => api.signIn({ fields: { domain: 'api.venice.ai' } }),
  EXPIRED: async (api) => api.signIn({ fields: { issuedAt: await ago(api, 5 * minutes + 1_000) } }),
  FUTURE_TIMESTAMP: async (api) => api.signIn({ fields: { issuedAt: await ago(api, -32_000) } }),
  INVALID_CHAIN_ID: (api) => api.signIn({ change: { chainId: 'base' } }),
  INVALID_MESSAGE: (api) => api.signIn({ message: 'Let me in\nNonce: 1234567890' }),
  INVALID_PAYLOAD: (api) => api.signIn({ change: { signature: undefined } }),
  INVALID_SIGNATURE: (api) => api.signIn({ signer: stranger }),
  INVALID_WALLET: (api) => api.signIn({ change: { address: '0x1234' } }),
  MISSING_NONCE: async (api) => base64({ ...(await structured(api)), nonce: undefined }),
  NONCE_REUSED: async (api) => {
    const header = await api.signIn()
    await api.call('/video/retrieve', { body: {}, header })
    return header
  },
  NOT_BEFORE: async (api) => api.signIn({ fields: { notBefore: await ago(api, -minutes) } }),
  PARSE_ERROR: async () => 'not base64 of JSON',
  TIMESTAMP_MISMATCH: async (api) =>
    api.signIn({ change: { timestamp: (await ago(api, 31_000)).getTime() } }),
  UNSUPPORTED_CHAIN: (api) => api.signIn({ change: { chainId: 1 }, fields: { chainId: 1 } }),
}

test.each(Venice.signInCodes)('error: %s', async (code) => {
  await using it = await setup()
  const header = await spoiled[code](it.api)
  const response = await it.api.call('/video/queue', { body: {}, header })
  expect(response.status).toBe(401)
  expect(await response.json()).toEqual({
    code: `X402_SIGN_IN_${code}`,
    error: 'Invalid Sign-in-with-x authentication',
  })
  const { requests } = await it.api.state()
  expect(requests.at(-1)?.['verdict']).toMatch(/^sign-in refused: [\w0-9 ,.:'-]{10,}/)
})

test.each([
  ['Chain ID', 'UNSUPPORTED_CHAIN'],
  ['Nonce', 'INVALID_MESSAGE'],
  ['Issued At', 'INVALID_MESSAGE'],
  ['Version', 'INVALID_MESSAGE'],
])('error: a message without %s is %s', async (line, code) => {
  await using it = await setup()
  const header = await it.api.signIn()
  const { message } = JSON.parse(Buffer.from(header, 'base64').toString()) as { message: string }
  const lines = message.split('\n').filter((text) => !text.startsWith(`${line}: `))
  expect(lines.length).toBe(message.split('\n').length - 1)
  const cut = await it.api.signIn({ message: lines.join('\n') })
  const response = await it.api.call('/video/queue', { body: {}, header: cut })
  expect(await response.json()).toMatchObject({ code: `X402_SIGN_IN_${code}` })
})

test('behavior: six structured fields do, and each of them is needed', async () => {
  await using it = await setup()
  const { api, person, sandbox } = it
  const fields = { ...(await structured(api)), domain: new URL(sandbox.url).host }
  const sent = async (form: object) => {
    const response = await api.call('/video/queue', { body: {}, header: base64(form) })
    return ((await response.json()) as { code: string }).code
  }
  for (const name of ['address', 'domain', 'uri', 'chainId', 'issuedAt'])
    expect([name, await sent({ ...fields, [name]: undefined })]).toEqual([
      name,
      'X402_SIGN_IN_INVALID_PAYLOAD',
    ])
  const message = [
    `${fields.domain} wants you to sign in with your Ethereum account:`,
    fields.address,
    '',
    '',
    `URI: ${fields.uri}`,
    'Version: 1',
    'Chain ID: 84532',
    `Nonce: ${fields.nonce}`,
    `Issued At: ${fields.issuedAt}`,
  ].join('\n')
  const signature = await person.signMessage({ message })
  expect(await sent({ ...fields, signature })).toBe('PAYMENT_REQUIRED')
})

test('behavior: both header names, three ways to write the chain, and none', async () => {
  await using it = await setup()
  const { api, person } = it
  const path = `/x402/balance/${person.address}`
  const legacy = { 'X-Sign-In-With-X': await api.signIn() }
  expect((await api.call(path, { header: '', headers: legacy })).status).toBe(200)
  for (const chainId of [84532, '84532', 'eip155:84532', undefined]) {
    const header = await api.signIn({ change: { chainId } })
    expect((await api.call(path, { header })).status).toBe(200)
  }
})

test('behavior: structured fields in place of the message, strings verbatim', async () => {
  await using it = await setup()
  const { api, person, sandbox } = it
  const issuedAt = (await api.time()).toISOString().replace(/\.\d+Z$/, 'Z')
  const fields = {
    domain: new URL(sandbox.url).host,
    address: person.address,
    statement: 'Sign in to Venice AI',
    uri: sandbox.apiUrl,
    version: '1',
    chainId: 'eip155:84532',
    type: 'eip191',
    nonce: randomBytes(16).toString('hex'),
    issuedAt,
    resources: [`${sandbox.apiUrl}/models`],
  }
  const message = [
    `${fields.domain} wants you to sign in with your Ethereum account:`,
    fields.address,
    '',
    fields.statement,
    '',
    `URI: ${fields.uri}`,
    'Version: 1',
    'Chain ID: 84532',
    `Nonce: ${fields.nonce}`,
    `Issued At: ${issuedAt}`,
    'Resources:',
    `- ${fields.resources[0]}`,
  ].join('\n')
  const signature = await person.signMessage({ message })
  const path = `/x402/balance/${person.address}`
  const send = async (form: object) => (await api.call(path, { header: base64(form) })).status
  expect(await send({ ...fields, requestId: null, signature })).toBe(401)
  expect(await send({ ...fields, signature })).toBe(200)
})

test('behavior: a nonce is used up by a good signature, even when the request fails', async () => {
  await using it = await setup()
  const { api, person } = it
  const header = await api.signIn()
  expect((await api.call('/video/queue', { body: {}, header })).status).toBe(402)
  const again = await api.call('/video/queue', { body: {}, header })
  expect(await again.json()).toMatchObject({ code: 'X402_SIGN_IN_NONCE_REUSED' })

  const spoiledHeader = await api.signIn({ signer: stranger })
  const spare = JSON.parse(Buffer.from(spoiledHeader, 'base64').toString()) as { message: string }
  const bad = await api.call('/video/queue', { body: {}, header: spoiledHeader })
  expect(await bad.json()).toMatchObject({ code: 'X402_SIGN_IN_INVALID_SIGNATURE' })
  const signature = await person.signMessage({ message: spare.message })
  const good = await api.call('/video/queue', {
    body: {},
    header: base64({ address: person.address, message: spare.message, signature }),
  })
  expect(good.status).toBe(402)
})

test('behavior: nonces are remembered for 5.5 minutes', async () => {
  await using it = await setup()
  const { api, person } = it
  // Issued 20 s ahead, so that the message outlives the memory of its nonce by nothing at all.
  const header = await api.signIn({ fields: { issuedAt: await ago(api, -28_000) } })
  const path = `/x402/balance/${person.address}`
  expect((await api.call(path, { header })).status).toBe(200)
  await api.control('/time', { advance_ms: 325_000 })
  expect((await api.call(path, { header })).status).toBe(401)
  const { requests } = await api.state()
  expect(requests.at(-1)?.['verdict']).toContain('NONCE_REUSED')
})

test('behavior: on base the domain of Venice passes too, with any scheme and port', async () => {
  await using it = await setup({ network: 'base' })
  const { api, person } = it
  const path = `/x402/balance/${person.address}`
  for (const domain of ['api.venice.ai', 'venice.ai', 'api.venice.ai:443']) {
    const header = await api.signIn({ fields: { domain } })
    expect((await api.call(path, { header })).status).toBe(200)
  }
  const header = await api.signIn({ fields: { domain: 'venice.ai.example.com' } })
  expect((await api.call(path, { header })).status).toBe(401)
})

test('error: reads answer 401 without a code, 403 to another wallet, 402 without a header', async () => {
  await using it = await setup()
  const { api, person } = it
  for (const route of ['balance', 'transactions']) {
    const path = `/x402/${route}/${person.address}`
    const bad = await api.call(path, { header: await api.signIn({ signer: stranger }) })
    expect([bad.status, await bad.json()]).toEqual([
      401,
      { error: 'Invalid Sign-in-with-x signature' },
    ])
    expect((await api.call(`/x402/${route}/${stranger.address}`)).status).toBe(403)
    const none = await api.call(path, { header: '' })
    expect(none.status).toBe(402)
    expect(await none.json()).toMatchObject({ authOptions: {}, x402Version: 2 })
  }
})
