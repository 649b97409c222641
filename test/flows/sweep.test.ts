import { setTimeout } from 'node:timers/promises'

import { expect, test, vi } from 'vitest'

import * as Ledger from '../../src/Ledger.js'
import * as Clock from '../../src/Clock.js'

import { buyVideo } from '../../src/flows/buyVideo.js'
import type { WalletZecchino } from '../../src/flows/createZecchino.js'
import { quote } from '../../src/flows/quote.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import type * as Job from '../../src/Job.js'
import { request } from '../crash/requests.js'
import { silentPrice } from '../support/cheap.js'
import { createLab } from '../support/createLab.js'

vi.setConfig({ testTimeout: 60_000 })

type Lab = Awaited<ReturnType<typeof createLab>>

/** What a process leaves that is killed right after it reserved a job, or after it marked it as sent. */
async function leave(
  { ledger, policy, ...dead }: WalletZecchino,
  { prompt, sentAt }: { prompt: string; sentAt?: Date },
): Promise<string> {
  const { quote: made } = await quote({ ledger, policy, ...dead }, { ...request, prompt })
  const job = { hash: made.hash, id: `job_${made.id}`, model: made.model, price: made.price }
  await ledger.reserveJob({
    caps: Ledger.capsOf(policy),
    job: { ...job, quoteId: made.id },
    lease: { owner: 'dead', ttl: 15_000 },
  })
  if (sentAt) await ledger.moveJob(job.id, { from: 'reserved', patch: { sentAt }, to: 'sending' })
  return job.id
}

async function buy(zecchino: WalletZecchino, prompt: string) {
  const made = await quote(zecchino, { ...request, prompt })
  return { ...made, job: (await buyVideo(zecchino, { quoteId: made.quote.id })).job }
}

const stands =
  ({ ledger }: WalletZecchino, id: string, ...statuses: Job.Status[]) =>
  async () =>
    statuses.includes((await ledger.findJob(id))?.status as Job.Status)

/** Whether a process has a job in hand. */
const has =
  ({ worker }: WalletZecchino, id: string) =>
  async () =>
    worker.isAt(id)

/** A server that was there before, and a process that is not any more when it has left something. */
async function neighbours(lab: Lab, policy: object = {}) {
  const server = await lab.process({ policy })
  await server.ready()
  return { dead: await lab.process({ policy }), server }
}

test('behavior: a job killed in `sending` is taken up by a neighbour, and others go on', async () => {
  await using lab = await createLab()
  await lab.credit(lab.address, '20')
  const { dead, server } = await neighbours(lab)
  const left = await leave(dead, { prompt: 'dead', sentAt: lab.now() })
  await dead.close()

  const { job } = await buy(server, 'alive')

  expect(await lab.pass({ minutes: 1, until: has(server, left) })).toBeDefined()
  // Without a sign-in on record nobody can tell what became of it: it goes to the owner, in time.
  lab.advance(Clock.horizon + Clock.apart + 120_000)
  expect(await lab.pass({ minutes: 1, until: stands(server, left, 'ambiguous') })).toBeDefined()
  expect(await lab.pass({ minutes: 1, until: stands(server, job.id, 'cleaned') })).toBeDefined()
})

test.each([
  // The top-up for the dead ones would pass `maxCreditUsd`, or there is no USDC for it.
  ['more credit than is allowed', { maxCreditUsd: '5' }],
  ['more USDC than there is', {}],
])(
  'behavior: ten jobs killed in `reserved` that need %s do not stand in the way',
  async (_, policy) => {
    await using lab = await createLab()
    await lab.credit(lab.address, '0.5')
    const { dead, server } = await neighbours(lab, policy)
    for (let index = 0; index < 10; index += 1) await leave(dead, { prompt: `dead ${index}` })
    await dead.close()
    lab.advance(16_000) // their leases have run out

    const { job, topUp } = await buy(server, 'alive')

    expect(topUp).toBe(0n)
    expect(await lab.pass({ minutes: 3, until: stands(server, job.id, 'cleaned') })).toBeDefined()
  },
)

test('behavior: nothing is topped up for a dead process before its job is taken up', async () => {
  await using lab = await createLab()
  await lab.fund(lab.address, '50')
  await lab.credit(lab.address, '0.22') // for one of them, and for the floor
  const { dead, server } = await neighbours(lab)
  await leave(dead, { prompt: 'dead' })
  await dead.close()
  lab.advance(16_000)

  const { job, topUp } = await buy(server, 'alive')

  expect(topUp).toBe(0n)
  const isSent = async () => (await server.ledger.findJob(job.id))?.status === 'queued'
  await lab.pass({ minutes: 0.1, until: isSent })
  expect(await server.ledger.payments()).toEqual([])
})

test('behavior: what a dead process reserved is bought by a neighbour, once', async () => {
  await using lab = await createLab()
  await lab.credit(lab.address, '20')
  const { dead, server } = await neighbours(lab)
  const left = await leave(dead, { prompt: 'dead' })
  await dead.close()

  expect(await lab.pass({ minutes: 1, until: has(server, left) })).toBeGreaterThan(0.2)
  expect(await lab.pass({ minutes: 5, until: stands(server, left, 'cleaned') })).toBeDefined()
  expect((await lab.state()).charges).toMatchObject([{ amount_usd: silentPrice.usd }])
})

test('behavior: a video paid for by a process that was closed is fetched by a busy neighbour', async () => {
  await using lab = await createLab({ speed: 20 })
  await lab.credit(lab.address, '20')
  const { dead, server } = await neighbours(lab)
  const { job } = await buy(dead, 'dead')
  expect(await lab.pass({ minutes: 5, until: stands(dead, job.id, 'queued') })).toBeDefined()
  await dead.close()

  expect(await lab.pass({ minutes: 1, until: has(server, job.id) })).toBeDefined()
  expect(await lab.pass({ minutes: 30, until: stands(server, job.id, 'cleaned') })).toBeDefined()
})

test('behavior: a recovery that failed because the provider was away is tried again', async () => {
  await using lab = await createLab()
  await lab.credit(lab.address, '20')
  const dead = await lab.process()
  const left = await leave(dead, { prompt: 'dead' })
  await dead.close()
  await lab.fault({ kind: 'status', route: 'transactions', status: 503, times: 'always' })
  const server = await lab.process()

  await expect(server.ready()).rejects.toMatchObject({ code: 'API_UNAVAILABLE' })
  await fetch(`${lab.controlUrl}/faults`, { method: 'DELETE' })

  expect(await lab.pass({ minutes: 2, until: stands(server, left, 'cleaned') })).toBeDefined()
})

test('behavior: a payment that nobody presents is brought to its end', async () => {
  await using lab = await createLab()
  await lab.fund(lab.address, '20')
  const server = await lab.process()
  await server.ready()
  // It settles, and whoever presents it again hears nothing while that process lives.
  await lab.fault(
    { kind: 'settle-then-reset', route: 'top-up-payment', times: 1 },
    { kind: 'reset', route: 'top-up-payment', times: 'always', when: 'before' },
  )
  const dead = await lab.process()
  // No job waits for it: whoever took that up would present it as well.
  void raiseCredit(dead, {}).catch(() => {}) // it is closed in the middle
  const isOpen = async () => (await server.ledger.payments())[0]?.status === 'unknown'
  expect(await lab.pass({ minutes: 1, until: isOpen })).toBeDefined()
  await dead.close()
  expect(await isOpen()).toBe(true)
  await fetch(`${lab.controlUrl}/faults`, { method: 'DELETE' })

  const isCredited = async () => (await server.ledger.payments())[0]?.status === 'credited'
  expect(await lab.pass({ minutes: 3, until: isCredited })).toBeDefined()
  expect((await lab.state()).settlements).toHaveLength(1)
})

test('behavior: where nothing is left, nothing is written, and one round runs at a time', async () => {
  await using lab = await createLab()
  const calls: string[] = []
  let [running, most] = [0, 0]
  const server = await lab.process({
    wrapLedger: (ledger) =>
      new Proxy(ledger, {
        get(_, name) {
          const value = Reflect.get(ledger, name) as unknown
          if (typeof value !== 'function') return value
          return async (...args: unknown[]) => {
            if (name === 'jobs') most = Math.max(most, (running += 1))
            calls.push(String(name))
            await setTimeout(50) // slower than the rounds follow each other here
            const result = (await value.apply(ledger, args)) as unknown
            if (name === 'jobs') running -= 1
            return result
          }
        },
      }),
  })
  await server.ready()
  await setTimeout(100)
  calls.length = 0
  most = 0
  const rounds = async () => calls.filter((name) => name === 'jobs').length >= 5

  expect(await lab.pass({ minutes: 60, until: rounds })).toBeDefined()

  expect(new Set(calls)).toEqual(new Set(['jobs', 'payments']))
  expect(most).toBe(1)
  expect(calls.length).toBeLessThan(12)
})

test('behavior: while the wallet is frozen nothing new is begun, and what is paid for goes on', async () => {
  await using lab = await createLab({ speed: 20 })
  await lab.credit(lab.address, '20')
  const { dead, server } = await neighbours(lab)
  const { job: paid } = await buy(dead, 'paid')
  expect(await lab.pass({ minutes: 5, until: stands(dead, paid.id, 'queued') })).toBeDefined()
  const left = await leave(dead, { prompt: 'not paid' })
  await dead.close()
  await server.ledger.freeze('The owner said so.')

  expect(await lab.pass({ minutes: 30, until: stands(server, paid.id, 'cleaned') })).toBeDefined()
  expect(await server.ledger.jobs({ leased: true })).toEqual([])
  expect(await server.ledger.findJob(left)).toMatchObject({ status: 'reserved' })

  await server.ledger.unfreeze('The owner said so.')
  expect(await lab.pass({ minutes: 3, until: stands(server, left, 'cleaned') })).toBeDefined()
})

test('behavior: three neighbours, one dead: each job is bought and fetched once', async () => {
  await using lab = await createLab()
  await lab.credit(lab.address, '20')
  const { dead, server } = await neighbours(lab)
  for (const _ of [1, 2]) await (await lab.process()).ready()
  const left = [await leave(dead, { prompt: 'a' }), await leave(dead, { prompt: 'b' })]
  await dead.close()

  for (const id of left)
    expect(await lab.pass({ minutes: 5, until: stands(server, id, 'cleaned') })).toBeDefined()
  expect((await lab.state()).charges).toHaveLength(2)
  const fetched = (await lab.state()).requests.filter(({ path }) => path.endsWith('/queue'))
  expect(fetched).toHaveLength(2)
})

test('behavior: closing stops it, and a process without jobs ends by itself', async () => {
  await using lab = await createLab()
  await lab.credit(lab.address, '20')
  const { dead, server } = await neighbours(lab)
  const left = await leave(dead, { prompt: 'dead' })
  await server.close()

  lab.advance(10 * 60_000)
  await setTimeout(200)

  expect(await dead.ledger.findJob(left)).toMatchObject({ status: 'reserved' })
  expect(await dead.ledger.jobs({ leased: true })).toEqual([])
})

test('behavior: whoever has lost a lease while asleep ends its turn, and the video is fetched once', async () => {
  await using lab = await createLab({ speed: 0.1 })
  await lab.credit(lab.address, '20')
  let asleep: Promise<void> | undefined
  let wake = () => {}
  let looks = 0
  const sleeper = await lab.process({
    onEvent(event) {
      if (event.type === 'request.answered' && event.path.endsWith('/video/retrieve')) looks += 1
    },
    // As with a closed lid: nothing of it moves, and its clock goes on.
    wrapClient: (client) => ({
      ...client,
      idle: async (ms, signal) => client.idle(ms, signal).then(() => asleep),
      sleep: async (ms, signal) => client.sleep(ms, signal).then(() => asleep),
    }),
  })
  const server = await lab.process()
  await server.ready()
  const { job } = await buy(sleeper, 'a long one')
  expect(await lab.pass({ minutes: 5, until: stands(sleeper, job.id, 'queued') })).toBeDefined()
  asleep = new Promise((resolve) => (wake = resolve))
  expect(await lab.pass({ minutes: 1, until: has(server, job.id) })).toBeDefined()

  asleep = undefined
  wake()
  await setTimeout(100) // its look that was due when it fell asleep
  looks = 0
  await lab.pass({ minutes: 2, until: async () => false })

  expect(await stands(server, job.id, 'queued')()).toBe(true)
  expect(looks).toBe(0)
  lab.advance(30 * 60_000)
  expect(await lab.pass({ minutes: 2, until: stands(server, job.id, 'cleaned') })).toBeDefined()
  expect((await lab.state()).jobs).toMatchObject([{ media: 'deleted' }])
})
