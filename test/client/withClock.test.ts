import { expect, test } from 'vitest'

import * as Clock from '../../src/Clock.js'
import { call } from '../../src/client/call.js'
import { clientOf, fieldOf } from '../support/client.js'
import { serve } from '../support/serve.js'

const now = new Date('2026-10-01T12:00:00.000Z')

/** A server whose clock is off by so many milliseconds, and a client whose clock stands still. */
async function setup(
  off: () => string | undefined,
  { age, ...options }: { age?: string; now?: () => Date; steady?: () => number } = {},
) {
  const server = await serve(() => {
    const date = off()
    return new Response('{}', {
      headers: { ...(date !== undefined && { date }), ...(age && { age }) },
    })
  })
  const client = clientOf(server.origin, { now: () => now, ...options })
  return {
    client,
    server,
    async [Symbol.asyncDispose]() {
      await client.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

const dated = (ms: number) => new Date(now.getTime() + ms).toUTCString()

test.each([0, 1_000, -1_000])('behavior: %d ms off is as good as right', async (off) => {
  await using setting = await setup(() => dated(off))
  await call(setting.client, { path: '/x' })
  expect(setting.client.skew()).toBe(0)
})

test.each([2_000, -3_000, 30_000, -60_000, 600_000, -600_000, 86_400_000])(
  'behavior: %d ms off is learned, and sign-ins are dated by it',
  async (off) => {
    await using setting = await setup(() => dated(off))
    await call(setting.client, { path: '/first' })
    expect(Math.abs(setting.client.skew() - off)).toBeLessThanOrEqual(500)
    await call(setting.client, { path: '/second' })
    const [first, second] = setting.server.requests.map((seen) =>
      Date.parse(fieldOf(seen, 'Issued At')),
    )
    expect(first).toBe(now.getTime())
    expect(Math.abs((second ?? 0) - now.getTime() - off)).toBeLessThanOrEqual(500)
  },
)

test('behavior: a clock that is put right is believed again', async () => {
  let off = 600_000
  await using setting = await setup(() => dated(off))
  await call(setting.client, { path: '/x' })
  off = 0
  await call(setting.client, { path: '/x' })
  expect(setting.client.skew()).toBe(0)
})

test.each([
  ['no date', ''],
  ['words', 'yesterday'],
  ['a year that no clock shows', 'Fri, 31 Dec 275759 23:59:59 GMT'],
  ['a year before computers', 'Thu, 01 Jan 1925 00:00:00 GMT'],
  ['a number', '1e999'],
])('error: %s teaches nothing, and sign-ins go on', async (_, date) => {
  await using setting = await setup(() => date)
  await call(setting.client, { path: '/x' })
  expect(setting.client.skew()).toBe(0)
  expect(await call(setting.client, { path: '/x' })).toMatchObject({ status: 200 })
  expect(fieldOf(setting.server.requests[1]!, 'Issued At')).toBe(now.toISOString())
})

test('behavior: an answer out of a cache is as old as it says', async () => {
  await using setting = await setup(() => dated(-3_600_000), { age: '3600' })
  await call(setting.client, { path: '/x' })
  expect(setting.client.skew()).toBe(0)
})

test('behavior: a wall clock that is put right in between is noticed', async () => {
  let [wall, steady] = [now.getTime(), 0]
  await using setting = await setup(() => dated(300_000), {
    now: () => new Date(wall),
    steady: () => steady,
  })
  expect(setting.client.providerTime()).toEqual({ at: now, within: Clock.apart })
  await call(setting.client, { path: '/x' })
  const told = now.getTime() + 300_500
  expect(setting.client.providerTime()).toEqual({ at: new Date(told), within: Clock.slack })

  wall += 600_000
  steady += 0
  const time = setting.client.providerTime()
  expect(time).toEqual({ at: new Date(told + 300_000), within: Clock.slack + 300_000 })
})
