import { expect, test } from 'vitest'

import { call } from '../../src/client/call.js'
import { clientOf, fieldOf } from '../support/client.js'
import { serve } from '../support/serve.js'

const now = new Date('2026-10-01T12:00:00.000Z')
const dated = (ms: number) => ({ date: new Date(now.getTime() + ms).toUTCString() })

/** A server that refuses as long as its clock is news, and a client whose clock stands still. */
function refusing(status: number, off: number) {
  return serve((_, count) =>
    count === 1
      ? Response.json(
          { code: 'X402_SIGN_IN_EXPIRED', error: 'No' },
          { headers: dated(off), status },
        )
      : Response.json({ ok: true }, { headers: dated(off) }),
  )
}

test.each([600_000, -600_000, 3_000])(
  'behavior: a refusal that tells of %d ms is tried again',
  async (off) => {
    await using server = await refusing(401, off)
    await using client = clientOf(server.origin, { now: () => now })
    expect(await call(client, { path: '/x' })).toMatchObject({ json: { ok: true } })
    const [first, second] = server.requests
    expect(fieldOf(first!, 'Nonce')).not.toBe(fieldOf(second!, 'Nonce'))
    const dated = Date.parse(fieldOf(second!, 'Issued At')) - now.getTime()
    expect(Math.abs(dated - off)).toBeLessThanOrEqual(500)
  },
)

test.each<[string, number, number, object]>([
  ['a clock that is right', 401, 0, {}],
  ['another refusal', 403, 600_000, {}],
  ['what may not be repeated', 401, 600_000, { body: {}, repeatable: false }],
  ['what is not signed in', 401, 600_000, { signIn: false }],
])('behavior: %s is not', async (_, status, off, options) => {
  await using server = await refusing(status, off)
  await using client = clientOf(server.origin, { now: () => now })
  expect(await call(client, { path: '/x', ...options })).toMatchObject({ status })
  expect(server.requests).toHaveLength(1)
})

test('behavior: once, however the clock of the server jumps', async () => {
  let off = 0
  await using server = await serve(() =>
    Response.json({ error: 'No' }, { headers: dated((off += 600_000)), status: 401 }),
  )
  await using client = clientOf(server.origin, { now: () => now })
  expect(await call(client, { path: '/x' })).toMatchObject({ status: 401 })
  expect(server.requests).toHaveLength(2)
})

test('behavior: it takes its place among the five like any other', async () => {
  let [count, most] = [0, 0]
  await using server = await serve(async (_, asked) => {
    count += 1
    most = Math.max(most, count)
    await new Promise((resolve) => setTimeout(resolve, 20))
    count -= 1
    return Response.json({}, { headers: dated(600_000 * asked), status: 401 })
  })
  await using client = clientOf(server.origin, { now: () => now })
  await Promise.all(Array.from({ length: 15 }, () => call(client, { path: '/x' })))
  expect(most).toBe(5)
})
