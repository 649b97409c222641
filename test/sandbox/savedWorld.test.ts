import { expect, test } from 'vitest'

import { createSandbox } from '../../src/sandbox/index.js'
import { createApi, setup, shortVideo } from './support/client.js'

/** A store in memory, which counts. */
function createStore() {
  let saves = 0
  let text: string | undefined
  return {
    load: () => text,
    get saves() {
      return saves
    },
    save(now: string) {
      saves += 1
      text = now
    },
  }
}

test('default: a world that goes on is the same, to what is booked later and the file of a job', async () => {
  const store = createStore()
  await using first = await setup({ store })
  const { person } = first
  await first.api.fill(12)
  await first.api.control('/faults', [
    { kind: 'late-charge', ms: 60_000, route: 'queue' },
    { kind: 'late-rows', ms: 5, route: 'transactions', times: 'always' },
  ])
  await first.api.control('/time', { advance_ms: 3_600_000 })
  const queued = await first.api.call('/video/queue', { body: shortVideo })
  const job = (await queued.json()) as { model: string; queue_id: string }
  const before = await truthOf(first.api)

  // The other one is not asked to end: it might have been killed.
  await using second = await setup({ store })
  const api = createApi(second.sandbox, person)
  expect(await truthOf(api)).toEqual(before)
  expect((await api.time()).getTime() - (await first.api.time()).getTime()).toBeLessThan(5_000)
  const file = await api.wait(job)
  expect(file.headers.get('content-type')).toBe('video/mp4')
  expect(Buffer.from(await file.arrayBuffer())).toEqual(
    Buffer.from(await (await first.api.wait(job)).arrayBuffer()),
  )
  await api.control('/time', { advance_ms: 61_000 })
  const { charges, faults, wallets } = await api.state()
  expect(charges).toMatchObject([{ amount_usd: '0.14', queue_id: job.queue_id }])
  expect(faults).toMatchObject([{ hits: 1, kind: 'late-charge' }, { kind: 'late-rows' }])
  expect(wallets).toMatchObject([{ credit_usd: '11.86', usdc: '0' }])
})

/** All that there is but requests, and how far a job has come. */
async function truthOf(api: Pick<ReturnType<typeof createApi>, 'state'>) {
  const { jobs, requests: _, ...truth } = await api.state()
  return {
    ...truth,
    jobs: jobs.map(({ status: _status, ...job }) => job),
    now: undefined,
    requests_dropped: undefined,
  }
}

test('behavior: nothing is written where nothing changed, and reset forgets', async () => {
  const store = createStore()
  const sandbox = createSandbox({ store })
  const url = 'http://127.0.0.1/__sandbox'
  await sandbox.fetch(new Request(`${url}/time`))
  const { saves } = store
  for (let index = 0; index < 5; index += 1) await sandbox.fetch(new Request(`${url}/time`))
  expect(store.saves).toBe(saves)
  await sandbox.fetch(
    new Request(`${url}/time`, {
      body: '{"advance_ms":5}',
      headers: { 'content-type': 'application/json' },
      method: 'POST',
    }),
  )
  expect(store.saves).toBe(saves + 1)
  await sandbox.fetch(new Request(`${url}/reset`, { method: 'POST' }))
  expect(JSON.parse(store.load() ?? '')).toMatchObject({ rows: [], state: { advanced: 0 } })
  await sandbox.close()
})

test.each(['', '{', '{"version":99}', 'null'])(
  'error: %j is no world, and stays as it is',
  (text) => {
    const save = () => {
      throw new Error('it was written')
    }
    expect(() => createSandbox({ store: { load: () => text, save } })).toThrow('cannot be read')
  },
)
