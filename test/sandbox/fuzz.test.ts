import * as fc from 'fast-check'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'

import { cheap } from '../support/cheap.js'
import { spawnSandbox } from './support/child.js'
import { fidelity } from '../../src/sandbox/fidelity.js'
import { labels } from '../../src/sandbox/labelAnswer.js'
import { createApi } from './support/client.js'

type Api = ReturnType<typeof createApi>

/** Requests to send. The number to reach before a release is 10,000. */
const count = Number(process.env['ZECCHINO_FUZZ'] ?? 600)

const routes = [
  ['GET', '/models'],
  ['POST', '/video/quote'],
  ['POST', '/video/queue'],
  ['POST', '/video/retrieve'],
  ['POST', '/video/complete'],
  ['POST', '/x402/top-up'],
  ['GET', '/x402/balance/0x0000000000000000000000000000000000000001'],
  ['GET', '/x402/transactions/0x0000000000000000000000000000000000000001'],
] as const

const fields = [
  'model',
  'prompt',
  'duration',
  'queue_id',
  'elements',
  'keyframes',
  'consents',
  'image_url',
  'reference_video_urls',
  'camera_trajectory',
  'address',
  'message',
  'signature',
  'chainId',
  'timestamp',
  'x402Version',
  'accepted',
  'payload',
  'network',
  'scheme',
  '__proto__',
  'constructor',
]
const plausible = fc.constantFrom<unknown>(
  cheap.model,
  'seedance-2-5-reference-to-video-basic',
  '5s',
  'exact',
  'base-sepolia',
  2,
  -1,
  1e308,
  null,
  '0x'.padEnd(42, '1'),
  '0x'.padEnd(132, 'f'),
  'data:image/png;base64,AAAA',
  'data:video/mp4;base64,AAAA',
  'http://127.0.0.1:1/x.mp4',
  'Nonce: x\nURI: y',
)
const tree = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    plausible,
    fc.jsonValue({ maxDepth: 2 }),
    fc.dictionary(fc.constantFrom(...fields), tie('node'), { maxKeys: 6 }),
    fc.array(tie('node'), { maxLength: 4 }),
  ),
})).node
const text = fc.oneof(
  tree.map((value) => JSON.stringify(value) ?? ''),
  fc.string({ maxLength: 200, unit: 'binary' }),
  fc.integer({ max: 20_000, min: 1 }).map((depth) => '['.repeat(depth)),
  fc.constant(`{"model":"${cheap.model}","prompt":"\\ud800"}`),
)
const base64 = (value: string) => Buffer.from(value).toString('base64')
const header = fc.oneof(
  text.map((value) => base64(value).slice(0, 8_000)),
  fc.stringMatching(/^[\x20-\x7e]{0,200}$/),
)
/** A proof or a payment that is right but for one field. */
const spoiled = fc.record({ field: fc.constantFrom(...fields), value: plausible })
const control = fc.constantFrom('/fund', '/credit', '/time', '/faults', '/rpc', '/state?requests=x')

const request = fc.record({
  body: text,
  contentType: fc.constantFrom('application/json', 'text/plain', 'multipart/form-data; boundary=x'),
  control: fc.oneof(
    { arbitrary: control, weight: 1 },
    { arbitrary: fc.constant(undefined), weight: 8 },
  ),
  credentials: fc.oneof(
    fc.constant({ kind: 'none' as const }),
    fc.constant({ kind: 'signed' as const }),
    fc.record({ kind: fc.constant('spoiled' as const), spoiled }),
    fc.record({
      header,
      kind: fc.constant('garbage' as const),
      name: fc.constantFrom(
        'authorization',
        'payment-signature',
        'sign-in-with-x',
        'x-payment',
        'x-sign-in-with-x',
      ),
    }),
  ),
  query: fc.oneof(
    fc.constant(''),
    fc.webQueryParameters().map((query) => `?${query}`),
  ),
  route: fc.constantFrom(...routes),
})

type Credentials =
  typeof request extends fc.Arbitrary<infer R extends { credentials: unknown }>
    ? R['credentials']
    : never

async function headersOf(api: Api, credentials: Credentials, path: string) {
  const isTopUp = path === '/x402/top-up'
  switch (credentials.kind) {
    case 'none':
      return {}
    case 'garbage':
      return { [credentials.name]: credentials.header }
    case 'signed':
      return isTopUp
        ? { 'payment-signature': base64(JSON.stringify(await api.payment())) }
        : { 'sign-in-with-x': await api.signIn() }
    case 'spoiled': {
      const change = { [credentials.spoiled.field]: credentials.spoiled.value }
      return isTopUp
        ? { 'payment-signature': base64(JSON.stringify(await api.payment({ change }))) }
        : { 'sign-in-with-x': await api.signIn({ change }) }
    }
  }
}

test('behavior: malformed requests are refused: no crash, no 5xx, no growth', async () => {
  await using sandbox = await spawnSandbox()
  const person = privateKeyToAccount(generatePrivateKey())
  const api = createApi(sandbox, person)
  await api.control('/credit', { address: person.address, usd: '1000000' })
  const statuses = new Map<number, number>()
  let sent = 0
  let early = 0

  await fc.assert(
    fc.asyncProperty(request, async ({ body, contentType, control, credentials, query, route }) => {
      const [method, path] = control ? (['POST', ''] as const) : route
      const url = control ? sandbox.controlUrl + control : sandbox.apiUrl + path + query
      const headers = await headersOf(api, credentials, path)
      const response = await fetch(url, {
        ...(method === 'POST' && { body }),
        headers: { 'content-type': contentType, ...headers },
        method,
      })
      await response.arrayBuffer()
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
      sent += 1
      // The error budget and the rates would hide the rest behind 429.
      if (sent % 8 === 0) await api.control('/time', { advance_ms: 61_000 })
      if (sent === 1_000) early = await sandbox.residentSize()
      if (!control) expect(Object.keys(fidelity)).toContain(response.headers.get(labels.answer))
      expect(response.status).toBeLessThan(500)
    }),
    { numRuns: count, seed: Number(process.env['ZECCHINO_SEED'] ?? 7) },
  )

  // Every kind of check was reached, not only the first.
  for (const status of [400, 401, 402])
    expect(statuses.get(status) ?? 0).toBeGreaterThan(count / 50)
  const verdicts = (await api.state()).requests.map(({ verdict }) => String(verdict))
  expect(verdicts.filter((verdict) => verdict.startsWith('the sandbox failed'))).toEqual([])
  const growth = (await sandbox.residentSize()) - early
  if (sent >= 10_000) expect(growth).toBeLessThan(32 * 1_048_576)
}, 600_000)
