import { expect, test, vi } from 'vitest'

import * as Clock from '../../src/Clock.js'
import { adoptLost } from '../../src/flows/adoptLost.js'
import { buyVideo } from '../../src/flows/buyVideo.js'
import type { WalletZecchino } from '../../src/flows/createZecchino.js'
import { quote } from '../../src/flows/quote.js'
import { sweep } from '../../src/flows/sweep.js'
import type * as Job from '../../src/Job.js'
import { request } from '../crash/requests.js'
import { createLab } from '../support/createLab.js'

vi.setConfig({ testTimeout: 60_000 })

const minute = 60_000
const silent = { kind: 'status', route: 'retrieve', status: 503 }

const stands =
  ({ ledger }: WalletZecchino, id: string, ...statuses: Job.Status[]) =>
  async () =>
    statuses.includes((await ledger.findJob(id))?.status as Job.Status)

/** A job that was charged, whose answer was lost with its process, so many minutes later. */
async function setup(minutes: number, ...faults: object[]) {
  const lab = await createLab()
  await lab.credit(lab.address, '20')
  await lab.fault({ kind: 'reset', route: 'queue', when: 'after' }, ...faults)
  const dead = await lab.process()
  const { quote: made } = await quote(dead, request)
  const { job } = await buyVideo(dead, { quoteId: made.id })
  const isCharged = async () => (await lab.state()).charges.length > 0
  expect(await lab.pass({ minutes: 1, until: isCharged })).toBeDefined()
  void dead.close()
  expect(await lab.pass({ minutes: 1, until: async () => !dead.worker.isAt(job.id) })).toBeDefined()
  await dead.close()
  lab.advance(minutes * minute)
  const zecchino = await lab.process()
  return {
    id: job.id,
    lab,
    zecchino,
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  }
}

test('behavior: whoever wakes up after 23 hours has the answer of one look proven, and not believed', async () => {
  await using it = await setup(23 * 60)
  const { id, lab, zecchino } = it
  await lab.fault({ ...silent, times: 2 })
  const seen = new Set<Job.Status | undefined>()
  const until = async () => {
    seen.add((await zecchino.ledger.findJob(id))?.status)
    return seen.has('cleaned')
  }

  await zecchino.ready()

  expect(await lab.pass({ minutes: 2, until })).toBeDefined()
  expect([...seen]).not.toContain('ambiguous')
})

test('behavior: a job that became its owner’s in an outage is taken when that is over', async () => {
  await using it = await setup(40)
  const { id, lab, zecchino } = it
  await lab.fault({ ...silent, times: 'always' })
  await zecchino.ready()
  await lab.pass({ minutes: 0.1, until: async () => false })
  lab.advance(Clock.patience)
  expect(await lab.pass({ minutes: 1, until: stands(zecchino, id, 'ambiguous') })).toBeDefined()

  await fetch(`${lab.controlUrl}/faults`, { method: 'DELETE' })

  for (let round = 0; round < 12; round += 1) await sweep(zecchino, { round })
  expect(await lab.pass({ minutes: 1, until: stands(zecchino, id, 'cleaned') })).toBeDefined()
  expect((await lab.state()).charges).toHaveLength(1)
})

test.each([
  ['not', undefined],
  ['abandoned', 'abandoned'],
] as const)(
  'behavior: a charge that shows late is taken for a job that its owner has %s decided about',
  async (_, to) => {
    const late = { kind: 'late-rows', ms: 45 * minute, route: 'transactions', times: 'always' }
    await using it = await setup(0, late)
    const { id, lab, zecchino } = it
    const { ledger } = zecchino
    const { sentAt } = (await ledger.findJob(id)) as Job.Job
    await ledger.moveJob(id, { from: 'sending', sentAt, to: 'ambiguous' })
    const job = (await ledger.findJob(id)) as Job.Job
    expect(await adoptLost(zecchino, job)).toBe(false)
    lab.advance(46 * minute)
    if (to) await ledger.resolveJob(id, { from: 'ambiguous', sentAt, ties: [], to })

    expect(await adoptLost(zecchino, job)).toBe(to === undefined)

    expect(await stands(zecchino, id, ...(to ? [to] : taken))()).toBe(true)
  },
)

const taken: Job.Status[] = ['queued', 'ready', 'saved', 'cleaned']
