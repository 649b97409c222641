import { cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import Database from 'libsql'
import { expect, test, vi } from 'vitest'

import * as Ledger from '../../src/Ledger.js'
import { acknowledgeForeign, findForeign } from '../../src/flows/checkForeign.js'
import type { WalletZecchino } from '../../src/flows/createZecchino.js'
import { quote } from '../../src/flows/quote.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import { findUnresolved, resolve } from '../../src/flows/resolve.js'
import * as Job from '../../src/Job.js'
import { request } from '../crash/requests.js'
import { createLab } from '../support/createLab.js'

vi.setConfig({ testTimeout: 60_000 })

type Lab = Awaited<ReturnType<typeof createLab>>

/** Copies the files of a closed ledger over those of another. */
function copy({ home }: Lab, from: string, to: string): void {
  for (const end of ['', '-wal', '-shm']) {
    rmSync(join(home, to + end), { force: true })
    if (existsSync(join(home, from + end))) cpSync(join(home, from + end), join(home, to + end))
  }
}

const stands =
  ({ ledger }: WalletZecchino, id: string, ...statuses: Job.Status[]) =>
  async () =>
    statuses.includes((await ledger.findJob(id))?.status as Job.Status)

/** A job that is set aside and not sent yet, on a ledger that has paid before, and a copy of that ledger. */
async function setup() {
  const lab = await createLab()
  await lab.fund(lab.address, '20')
  const dead = await lab.process()
  await raiseCredit(dead, {})
  const { quote: made } = await quote(dead, request)
  const job = { hash: made.hash, id: `job_${made.id}`, model: made.model, price: made.price }
  await dead.ledger.reserveJob({
    caps: Ledger.capsOf(dead.policy),
    job: { ...job, quoteId: made.id },
    lease: { owner: 'dead', ttl: 15_000 },
  })
  await dead.close()
  copy(lab, 'ledger.sqlite', 'copy.sqlite')
  lab.advance(16_000) // its lease has run out
  return {
    id: job.id,
    lab,
    /** Has a process take the job up, and ends it when the job stands there. */
    async buy(until: Job.Status) {
      const zecchino = await lab.process()
      await zecchino.ready()
      expect(await lab.pass({ minutes: 5, until: stands(zecchino, job.id, until) })).toBeDefined()
      await zecchino.close()
    },
    /** Puts the older ledger in the place of the newer one, and starts a process on it. */
    async restore() {
      copy(lab, 'copy.sqlite', 'ledger.sqlite')
      const zecchino = await lab.process()
      await zecchino.ready()
      return zecchino
    },
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  }
}

/** The owner's word that spending may go on, as `zecchino unfreeze` writes it. */
async function unfreeze(zecchino: WalletZecchino) {
  await acknowledgeForeign(zecchino, await findForeign(zecchino))
  await zecchino.ledger.unfreeze('seen')
}

test.each([
  ['at once, with the rows to see', 0, []],
  ['at once, with the rows late', 0, ['late']],
])('behavior: an older ledger that is put back %s buys nothing again', async (_, minutes, late) => {
  await using it = await setup()
  const { id, lab } = it
  for (const _one of late)
    await lab.fault({ kind: 'late-rows', ms: 1_800_000, route: 'transactions', times: 'always' })
  await it.buy('cleaned')
  lab.advance(minutes * 60_000)

  const zecchino = await it.restore()

  const { frozen } = await zecchino.ledger.state()
  expect(frozen?.reason).toContain('an older copy of it was put back')
  expect((await zecchino.ledger.findJob(id))?.status).toBe('abandoned')
  // The owner has been told, and the next process tells nothing new.
  await unfreeze(zecchino)
  await zecchino.close()
  const next = await lab.process()
  await next.ready()
  await lab.pass({ minutes: 0.5, until: async () => false })
  expect((await next.ledger.state()).frozen).toBeUndefined()
  expect((await lab.state()).charges).toHaveLength(1)
})

test('behavior: the video of what the older ledger has not sent is taken', async () => {
  await using it = await setup()
  const { id, lab } = it
  await it.buy('queued')

  const zecchino = await it.restore()
  const found = await findUnresolved(zecchino, id)
  await resolve(zecchino, { found, verdict: 'adopt' })

  expect(await lab.pass({ minutes: 5, until: stands(zecchino, id, 'cleaned') })).toBeDefined()
  expect((await lab.state()).charges).toHaveLength(1)
})

test('behavior: a home that was put back whole sends nothing that fits a charge of somebody', async () => {
  await using it = await setup()
  const { id, lab } = it
  await it.buy('queued')
  rmSync(join(lab.home, 'answers'), { recursive: true })
  lab.advance(5 * 60_000)

  const zecchino = await it.restore()

  expect((await zecchino.ledger.state()).frozen?.reason).toContain('that nobody here made')
  await unfreeze(zecchino)
  await lab.pass({ minutes: 0.5, until: async () => false })
  expect((await zecchino.ledger.findJob(id))?.status).toBe('abandoned')
  expect((await lab.state()).charges).toHaveLength(1)
  const found = await findUnresolved(zecchino, id)
  await resolve(zecchino, { found, verdict: 'adopt' })
  expect(await lab.pass({ minutes: 5, until: stands(zecchino, id, 'cleaned') })).toBeDefined()
})

test('behavior: a job that was sent again since the copy is not sent a third time', async () => {
  await using it = await setup()
  const { id, lab } = it
  // Sent, by the copy, and never read: as it was found out later, and it was sent again.
  const dead = await lab.process()
  const sentAt = lab.now()
  await dead.ledger.moveJob(id, { from: 'reserved', patch: { sentAt }, to: 'sending' })
  await dead.close()
  copy(lab, 'ledger.sqlite', 'copy.sqlite')
  const found = await lab.process()
  const patch = { sealedSignIn: Job.voidSignIn }
  await found.ledger.moveJob(id, { from: 'sending', patch, sentAt, to: 'reserved' })
  await found.close()
  lab.advance(2 * 60_000)
  await it.buy('cleaned')

  const zecchino = await it.restore()

  const job = await zecchino.ledger.findJob(id)
  expect(job?.status).toBe('ambiguous')
  expect(job?.sentAt).not.toEqual(sentAt)
})

test('behavior: a database that loses its last commits under a process has nothing sent again', async () => {
  await using it = await setup()
  const { id, lab } = it
  const zecchino = await lab.process()
  await zecchino.ready()
  expect(await lab.pass({ minutes: 1, until: stands(zecchino, id, 'queued') })).toBeDefined()

  const database = new Database(join(lab.home, 'ledger.sqlite'))
  database.exec(`UPDATE job SET status = 'reserved', sent_at = NULL, queue_id = NULL`)
  database.close()

  expect(await lab.pass({ minutes: 1, until: stands(zecchino, id, 'abandoned') })).toBeDefined()
  expect((await zecchino.ledger.state()).frozen?.reason).toContain('does not know of a paid call')
  expect((await lab.state()).charges).toHaveLength(1)
})

test('behavior: an older ledger pays nothing again that does not show yet', async () => {
  await using lab = await createLab()
  await lab.fund(lab.address, '20')
  const slow = { ms: 1_800_000, times: 'always' }
  await lab.fault({ kind: 'late-rows', route: 'transactions', ...slow })
  await lab.fault({ kind: 'late-balance', route: 'balance', ...slow })
  const before = await lab.process()
  await before.ready()
  await before.ledger.appendEvent({ data: {}, subject: 'wallet', type: 'seen' })
  await before.close()
  copy(lab, 'ledger.sqlite', 'copy.sqlite')
  const payer = await lab.process()
  await raiseCredit(payer, {})
  await payer.close()
  copy(lab, 'copy.sqlite', 'ledger.sqlite')

  const zecchino = await lab.process()
  await expect(raiseCredit(zecchino, {})).rejects.toThrow('does not know of a paid call')

  expect((await lab.state()).settlements).toHaveLength(1)
})

test('behavior: a ledger of another name is no older copy', async () => {
  await using it = await setup()
  const { lab } = it
  await it.buy('cleaned')
  for (const end of ['', '-wal', '-shm'])
    rmSync(join(lab.home, `ledger.sqlite${end}`), { force: true })

  const zecchino = await lab.process()
  await zecchino.ready()

  expect((await zecchino.ledger.state()).frozen).toBeUndefined()
})
