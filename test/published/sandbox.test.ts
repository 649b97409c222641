import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { setup } from '../sandbox/support/client.js'
import { type Example, examples, isGood, titleOf } from './examples.js'

let it: Awaited<ReturnType<typeof setup>>
beforeAll(async () => {
  it = await setup({ limits: 'none' })
  await it.api.control('/credit', { address: it.person.address, usd: '10000' })
})
afterAll(() => it[Symbol.asyncDispose]())

const send = async ({ body, route }: Pick<Example, 'body' | 'route'>) =>
  it.api.call(`/video/${route}`, { body, ...(route === 'quote' && { header: '' }) })

/** Each example under a name of its own, as a table of tests wants it. */
const rows = examples.map((example) => [titleOf(example), example] as const)

// First, because whatever is queued is rendered, too.
describe('what is accepted becomes a video', () => {
  const small = rows.filter(
    ([, example]) => example.body['resolution'] === '480p' && isGood(example),
  )

  test.each(small)('%s', async (_, { body }) => {
    const queued = await send({ body, route: 'queue' })
    const response = await it.api.wait((await queued.json()) as { model: string; queue_id: string })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'video/mp4'])
  })

  test('default: the guide shows a prompt for each way that Seedance works', () => {
    expect(small.length).toBeGreaterThanOrEqual(10)
  })
})

test.each(rows)('%s', async (_, example) => {
  const { body, route, says = '', status } = example
  const response = await send(example)
  const text = await response.text()

  expect(status, text).toContain(response.status)
  expect(text).toContain(says)
  if (route === 'queue' && isGood(example))
    expect(JSON.parse(text)).toMatchObject({ model: body.model, queue_id: expect.any(String) })
  if (route === 'quote' && isGood(example)) expect(JSON.parse(text).quote).toBeGreaterThan(0)
  if (status.includes(410)) expect(response.headers.get('deprecation')).toBe('true')
})

test('default: more than forty good ones, more than forty that are refused, none of them twice', () => {
  expect(new Set(rows.map(([title]) => title)).size).toBe(examples.length)
  expect(examples.filter(isGood).length).toBeGreaterThan(40)
  expect(examples.filter((example) => !isGood(example)).length).toBeGreaterThan(40)
})
