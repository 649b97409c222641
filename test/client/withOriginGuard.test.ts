import { describe, expect, test } from 'vitest'

import { sendTopUp } from '../../src/actions/sendTopUp.js'
import { call } from '../../src/client/call.js'
import { withOriginGuard } from '../../src/client/withOriginGuard.js'
import * as X402 from '../../src/X402.js'
import { clientOf } from '../support/client.js'
import { serve, serveBytes } from '../support/serve.js'

const statuses = [300, 301, 302, 303, 304, 305, 307, 308, 399]

/** A server that sends everybody on to another one. */
async function setup(status: number, tell: (other: string) => string = (other) => `${other}/x`) {
  const other = await serve(() => ({}))
  const server = await serveBytes(
    `HTTP/1.1 ${status} Moved\r\nlocation: ${tell(other.origin)}\r\ncontent-length: 0\r\n\r\n`,
  )
  return {
    client: clientOf(server.origin),
    other,
    server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
    },
  }
}

describe.each(statuses)('%d', (status) => {
  test('error: a signed-in request is not sent on', async () => {
    await using setting = await setup(status)
    for (const body of [undefined, { a: 1 }])
      await expect(call(setting.client, { body, path: '/video/retrieve' })).rejects.toMatchObject({
        code: 'REDIRECT_REFUSED',
        facts: [`Pinned: ${setting.server.origin}`, `Asked: ${setting.other.origin}`],
      })
    expect(setting.server.requests()).toBe(2)
    expect(setting.other.connections()).toBe(0)
  })

  test('error: a payment is not sent on', async () => {
    await using setting = await setup(status)
    const header = X402.encode({ payload: {} })
    expect(await sendTopUp(setting.client, { header })).toMatchObject({ kind: 'unknown' })
    expect(setting.server.requests()).toBe(1)
    expect(setting.other.connections()).toBe(0)
  })
})

test.each([
  ['a path of its own', () => '/elsewhere'],
  ['nothing', () => ''],
  ['another scheme', () => 'file:///etc/passwd'],
  ['no URL', () => 'http://'],
  ['a name and password', (other: string) => other.replace('//', '//user:password@')],
  [
    'a host that looks like ours',
    (other: string) => other.replace('127.0.0.1', '127.0.0.1@127.0.0.1'),
  ],
])('error: a redirect to %s is refused too, and no secret of it is shown', async (_, tell) => {
  await using setting = await setup(307, tell)
  const refused = call(setting.client, { path: '/x' })
  await expect(refused).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' })
  await expect(refused).rejects.not.toThrow('password')
  expect(setting.server.requests()).toBe(1)
  expect(setting.other.connections()).toBe(0)
})

test.each([
  'https://api.venice.ai.evil.example/x',
  'https://api.venice.ai@evil.example/x',
  'http://api.venice.ai/x',
  'https://api.venice.ai:444/x',
  'https://venice.ai/x',
  'https://API.VENICE.AI./x',
])('error: %s is not the pinned origin, so nothing is asked of the network', async (url) => {
  let sent = 0
  const guarded = withOriginGuard(
    async () => {
      sent += 1
      throw new Error('it was sent')
    },
    { origin: 'https://api.venice.ai' },
  )
  const init = { deadline: 1_000, method: 'GET', repeatable: true, signIn: true } as const
  await expect(guarded(url, init)).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' })
  expect(sent).toBe(0)
})
