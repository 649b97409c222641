import { expect, test } from 'vitest'

import { call, send } from '../../src/client/call.js'
import { clientOf } from '../support/client.js'
import { serve, serveSockets } from '../support/serve.js'

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('behavior: never more than five in flight, from the first byte to the last', async () => {
  let [now, most] = [0, 0]
  await using server = await serve(async () => {
    now += 1
    most = Math.max(most, now)
    await later(5)
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await later(15)
        controller.enqueue(Buffer.from('{}'))
        now -= 1
        controller.close()
      },
    })
    return new Response(body)
  })
  await using client = clientOf(server.origin)
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) => call(client, { path: `/${index}` })),
  )
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  expect(server.requests).toHaveLength(40)
  expect(most).toBe(5)
})

test('behavior: a body that still comes keeps its place until it is cancelled', async () => {
  const endless = () =>
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{')),
    })
  await using server = await serve(
    ({ path }) => new Response(path.endsWith('endless') ? endless() : '{}'),
  )
  await using client = clientOf(server.origin)
  const open = await Promise.all(
    Array.from({ length: 5 }, () => send(client, { path: '/endless' })),
  )

  const sixth = call(client, { path: '/sixth' })
  await later(100)
  expect(server.requests).toHaveLength(5)
  await open[2]?.body?.cancel()
  expect(await sixth).toMatchObject({ status: 200 })
  await Promise.all(open.filter((_, index) => index !== 2).map(({ body }) => body?.cancel()))
})

test.each([
  ['an error status', () => new Response('{}', { status: 404 })],
  ['a redirect', () => new Response(null, { headers: { location: '/x' }, status: 307 })],
  [
    'a dropped connection',
    () => {
      throw new Error('dropped')
    },
  ],
  [
    'a body that breaks off',
    () =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) }),
      ),
  ],
  ['an answer without a body', () => new Response(null, { status: 204 })],
])('behavior: %s frees its place', async (_, handler) => {
  await using server = await serve(handler)
  await using client = clientOf(server.origin)
  for (let round = 0; round < 12; round += 1)
    await call(client, { deadline: 2_000, path: '/x', repeatable: false }).catch(() => 'refused')
  expect(server.requests).toHaveLength(12)
})

test('behavior: a sign-in that fails frees its place', async () => {
  await using server = await serve(() => ({}))
  let failures = 12
  const { wallet } = clientOf(server.origin)
  await using client = clientOf(server.origin, {
    wallet: {
      ...wallet!,
      signIn: (fields) =>
        failures-- > 0 ? Promise.reject(new Error('no')) : wallet!.signIn(fields),
    },
  })
  for (let round = 0; round < 12; round += 1)
    await expect(call(client, { path: '/x' })).rejects.toThrow('did not sign')
  expect(await call(client, { path: '/x' })).toMatchObject({ status: 200 })
})

test('error: whoever waits for a place gives up at the deadline, and nothing was sent', async () => {
  await using server = await serveSockets(() => {})
  await using client = clientOf(server.origin)
  const options = { deadline: 1_500, path: '/slow', repeatable: false }
  const slow = Array.from({ length: 5 }, () => call(client, options).catch(() => 'late'))
  const began = performance.now()
  const sixth = call(client, { ...options, deadline: 100 })
  await expect(sixth).rejects.toMatchObject({ code: 'API_TIMEOUT', moneyMoved: 'no', sent: false })
  expect(performance.now() - began).toBeLessThan(1_100)
  await Promise.all(slow)
  expect(server.connections()).toBe(5)
})

test('error: whoever waits for a place may leave, and the others move up', async () => {
  let open = () => {}
  const gate = new Promise<void>((resolve) => (open = resolve))
  await using server = await serve(async () => (await gate, {}))
  await using client = clientOf(server.origin)
  const five = Array.from({ length: 5 }, () => call(client, { path: '/x' }))
  const controller = new AbortController()
  const sixth = call(client, { path: '/left', signal: controller.signal })
  const seventh = call(client, { path: '/stays' })
  await later(30)
  controller.abort()
  await expect(sixth).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
  open()
  await Promise.all(five)
  expect(await seventh).toMatchObject({ status: 200 })
  expect(server.requests.map(({ path }) => path)).not.toContain('/api/v1/left')
})

test('behavior: the most urgent goes first, and among equals who came first', async () => {
  const gates = Array.from({ length: 2 }, () => {
    let open = () => {}
    return { closed: new Promise<void>((resolve) => (open = resolve)), open: () => open() }
  })
  await using server = await serve(async ({ path }) => {
    if (path.endsWith('/one')) await gates[0]?.closed
    if (path.endsWith('/four')) await gates[1]?.closed
    return {}
  })
  await using client = clientOf(server.origin)
  const one = call(client, { path: '/one' })
  const four = Array.from({ length: 4 }, () => call(client, { path: '/four' }))
  const waiting = [
    ['/plain', 0],
    ['/late', 1],
    ['/latest', 2],
    ['/plain-too', 0],
  ] as const
  const rest = waiting.map(([path, urgency]) => call(client, { path, urgency: () => urgency }))
  await later(50)
  gates[0]?.open() // one place, so that they go one after the other
  await Promise.all([one, ...rest])

  const paths = server.requests.slice(5).map(({ path }) => path.replace('/api/v1', ''))
  expect(paths).toEqual(['/latest', '/late', '/plain', '/plain-too'])
  gates[1]?.open()
  await Promise.all(four)
})

test('behavior: looks at jobs keep their pace while everything else passes', async () => {
  let [time, sent] = [1_000_000, 0]
  await using server = await serve(({ path }) => {
    if (path.endsWith('retrieve')) sent += 1
    return {}
  })
  await using client = clientOf(server.origin, {
    now: () => new Date(time),
    sleep: async (ms, signal) => {
      // Time passes for whoever waits, and only as much as he waits.
      await later(1)
      signal?.throwIfAborted()
      time += ms
    },
  })
  const look = () => call(client, { path: '/video/retrieve', repeatable: false })
  const began = time
  await Promise.all(Array.from({ length: 60 }, look))
  expect(sent).toBe(60)
  // Twenty at once, then one every 600 ms.
  expect(time - began).toBeGreaterThanOrEqual(40 * 600)
  expect(time - began).toBeLessThan(41 * 600)
  const before = time
  await Promise.all(Array.from({ length: 60 }, () => call(client, { path: '/models' })))
  expect(time).toBe(before)
})

test('behavior: after a 429 nothing is looked at until the server wants it', async () => {
  let time = 1_000_000
  const times: number[] = []
  await using server = await serve(() => {
    times.push(time)
    const headers = { 'retry-after': '7' }
    return Response.json({}, times.length === 1 ? { headers, status: 429 } : {})
  })
  await using client = clientOf(server.origin, {
    now: () => new Date(time),
    sleep: async (ms) => {
      await later(1)
      time += ms
    },
  })
  const look = () => call(client, { path: '/video/retrieve', repeatable: false })
  await look()
  for (let count = 0; count < 5; count += 1) await look()
  expect(times.map((one) => one - 1_000_000)).toEqual([0, 7_000, 8_200, 9_400, 10_600, 11_800])
})
