import { describe, expect, test } from 'vitest'

import { queueVideo } from '../../src/actions/queueVideo.js'
import { spendSignIn } from '../../src/actions/spendSignIn.js'
import { UnreachableError } from '../../src/client/UnreachableError.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { cheap } from '../support/cheap.js'
import { clientOf, wallet } from '../support/client.js'
import { control } from '../support/createBuyer.js'
import { serve } from '../support/serve.js'

const body = JSON.stringify(cheap)

describe('at the sandbox', async () => {
  const trial = async () => {
    const sandbox = await listenSandbox({ speed: 200 })
    const client = clientOf(sandbox.url)
    const { credit, fault, state } = control(sandbox.controlUrl)
    await credit(wallet.address, '5')
    const signedIn = await client.signIn(`${client.baseUrl}/video/queue`)
    return {
      client,
      fault,
      signedIn,
      state,
      async [Symbol.asyncDispose]() {
        await client.close()
        await sandbox.close()
      },
    }
  }

  test('behavior: a request that never arrived is refused from then on', async () => {
    await using one = await trial()
    const { client, signedIn } = one

    expect(await spendSignIn(client, { signedIn })).toBe('unread')

    expect(await queueVideo(client, { body, signedIn })).toMatchObject({
      kind: 'unknown',
      reason: 'The answer was status 401.',
    })
    expect((await one.state()).charges).toEqual([])
  })

  test.each([
    ['answered', []],
    ['accepted, and its answer lost', [{ kind: 'reset', route: 'queue', when: 'after' }]],
    ['refused, and its answer lost', [{ kind: 'content-policy', route: 'queue' }]],
  ])('behavior: a request that was %s', async (_, faults) => {
    await using one = await trial()
    const { client, signedIn } = one
    await one.fault(...faults)
    await queueVideo(client, { body, signedIn })

    expect(await spendSignIn(client, { signedIn })).toBe('perhaps_read')
  })

  test('behavior: what it proved once it does not prove again', async () => {
    await using one = await trial()
    const { client, signedIn } = one

    expect(await spendSignIn(client, { signedIn })).toBe('unread')
    expect(await spendSignIn(client, { signedIn })).toBe('perhaps_read')
  })

  test('behavior: of many who ask, and the request itself, one wins', async () => {
    await using one = await trial()
    const { client, signedIn } = one

    const asked = Array.from({ length: 4 }, () => spendSignIn(client, { signedIn }))
    const [queued, ...outcomes] = await Promise.all([
      queueVideo(client, { body, signedIn }),
      ...asked,
    ])

    const winners = [queued.kind === 'queued', ...outcomes.map((outcome) => outcome === 'unread')]
    expect(winners.filter(Boolean)).toHaveLength(1)
    expect((await one.state()).charges).toHaveLength(queued.kind === 'queued' ? 1 : 0)
  })

  test('behavior: the first answer is lost ⇒ nothing is proven, now or later', async () => {
    await using one = await trial()
    const { client, signedIn } = one
    await one.fault({ kind: 'reset', route: 'queue', when: 'after' })

    await expect(spendSignIn(client, { signedIn })).rejects.toThrow(UnreachableError)
    expect(await spendSignIn(client, { signedIn })).toBe('perhaps_read')
  })

  test('behavior: the second answer is slow to come ⇒ it is asked for again', async () => {
    await using one = await trial()
    const { client, signedIn } = one
    await one.fault({ kind: 'capacity', route: 'queue', skip: 1, times: 2 })

    expect(await spendSignIn(client, { signedIn })).toBe('unread')
  })
})

describe('a server that cannot be believed', () => {
  const lacking = { details: { model: { _errors: ['Required'] } }, error: 'Invalid request' }
  const reused = { code: 'X402_SIGN_IN_NONCE_REUSED', error: 'Invalid' }
  const expired = { ...reused, code: 'X402_SIGN_IN_EXPIRED' }
  const json = (value: unknown, status = 200) => Response.json(value, { status })

  test('default: one that can', async () => {
    await using server = await serve((_, count) => json(...(count > 1 ? used : invalid)))
    await using client = clientOf(server.origin)

    expect(await spendSignIn(client, { signedIn: {} })).toBe('unread')

    expect(server.requests).toMatchObject([{ text: '{}' }, { text: '{}' }])
  })

  type Told = [value: object, status: number]
  const invalid: Told = [lacking, 400]
  const used: Told = [reused, 401]
  test.each<[string, Told, Told, string]>([
    ['remembers no nonce', invalid, invalid, 'perhaps_read'],
    ['refuses for another reason', invalid, [expired, 401], 'perhaps_read'],
    ['says "used" with status 200', invalid, [reused, 200], 'perhaps_read'],
    ['says "used" at once', used, used, 'perhaps_read'],
    ['does not sign in', [expired, 401], used, 'perhaps_read'],
    ['names no field', [{ details: 'Bad gateway', error: 'Bad request' }, 400], used, 'no_answer'],
    ['names no path', [{ error: 'x', issues: [{ message: 'No' }] }, 400], used, 'no_answer'],
    ['refuses without a word', [{ error: 'Bad request' }, 400], used, 'no_answer'],
    ['knows no such route', [{ error: 'Not found' }, 404], used, 'no_answer'],
    ['asks for payment first', [{ error: 'Pay' }, 402], used, 'no_answer'],
    ['is busy', [{ error: 'Slow down' }, 429], used, 'no_answer'],
    ['breaks down', [{ error: 'Oops' }, 500], used, 'no_answer'],
    ['accepts it', [{ model: 'x', queue_id: 'y' }, 200], used, 'no_answer'],
  ])('error: it %s ⇒ no proof', async (_, first, second, expected) => {
    await using server = await serve((_seen, count) => json(...(count > 1 ? second : first)))
    await using client = clientOf(server.origin)
    const signedIn = await client.signIn(`${client.baseUrl}/video/queue`)

    expect(await spendSignIn(client, { signedIn })).toBe(expected)

    const sent = server.requests.map(({ headers }) => headers['sign-in-with-x'])
    expect(new Set(sent)).toEqual(new Set(Object.values(signedIn)))
    expect(server.requests.length).toBeLessThanOrEqual(2)
  })
})
