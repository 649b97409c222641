import { readFileSync } from 'node:fs'

import { afterAll, expect, test, vi } from 'vitest'

import type { Told } from './expectHonest.js'
import { createStage, type Point, startProcess } from './createStage.js'
import { privateRequest, request } from './requests.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const stage = await createStage()
afterAll(() => stage.close())

type Scene = Awaited<ReturnType<typeof stage.scene>>

/** Has a process buy until it stops at a point; `go` lets it go on to its end. */
async function stopAt(scene: Scene, point: Point, wanted: object = request) {
  const buyer = startProcess()
  const plan = { deed: 'buy', requests: [wanted], timeout: 5_000, ...scene.place }
  const answer = buyer.ask<Told>({ ...plan, point: { ...point, signal: 'SIGSTOP' } })
  answer.catch(() => {}) // a test that fails earlier ends it
  const { pid = 0 } = buyer.child
  while (!/^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')))
    await new Promise((resolve) => setTimeout(resolve, 10))
  await scene.advance(20_000)
  return {
    async go() {
      buyer.child.kill('SIGCONT')
      return answer
    },
    [Symbol.asyncDispose]: () => buyer.end(),
  }
}

const linux = test.skipIf(process.platform !== 'linux')

linux('behavior: stopped before a payment leaves ⇒ another sends the same bytes', async () => {
  await using scene = await stage.scene()
  const point = { call: 'fetch', match: { paid: true }, when: 'before' } as const
  await using stopped = await stopAt(scene, point)
  expect((await scene.recover()).jobs).toMatchObject([{ status: 'cleaned' }])

  await stopped.go()

  const { jobs, payments } = await scene.recover()
  expect(jobs).toMatchObject([{ status: 'cleaned' }])
  expect(payments).toMatchObject([{ status: 'credited' }])
  const { charges, settlements } = await scene.truth()
  expect(charges).toHaveLength(1)
  expect(settlements).toMatchObject([{ presented: 2 }])
})

linux('behavior: stopped while signing, given up ⇒ the signature dies unsent', async () => {
  await using scene = await stage.scene()
  await using stopped = await stopAt(scene, { call: 'wallet.authorizeTransfer' })
  await scene.advance(120_000)
  expect((await scene.recover()).payments).toMatchObject([{ status: 'failed_unpaid' }])

  await stopped.go()

  expect((await scene.recover()).jobs).toMatchObject([{ status: 'rejected' }])
  expect((await scene.truth()).settlements).toEqual([])
})

linux.each([
  ['before the paid request leaves', { call: 'ledger.moveJob', match: { to: 'sending' } }],
  ['as it leaves', { call: 'fetch', match: { path: '/video/queue' }, when: 'before' }],
] as [string, Point][])('behavior: stopped %s, sent by another ⇒ one charge', async (_, point) => {
  await using scene = await stage.scene()
  await using stopped = await stopAt(scene, point)
  expect((await scene.recover()).jobs).toMatchObject([{ status: 'cleaned' }])

  await stopped.go()

  expect((await scene.recover()).jobs).toMatchObject([{ status: 'cleaned' }])
  expect((await scene.truth()).charges).toHaveLength(1)
})

linux('behavior: stopped before the paid request leaves ⇒ it does not leave later', async () => {
  await using scene = await stage.scene()
  await using stopped = await stopAt(scene, { call: 'ledger.moveJob', match: { to: 'sending' } })
  await scene.advance(30 * 60_000)
  expect((await scene.recover()).jobs).toMatchObject([{ status: 'ambiguous' }])

  await stopped.go()

  expect((await scene.recover()).jobs).toMatchObject([{ status: 'ambiguous' }])
  const { charges, requests } = await scene.truth()
  expect(charges).toEqual([])
  expect(requests.filter(({ path }) => path.endsWith('/queue'))).toEqual([])
})

linux('behavior: stopped with the answer in hand ⇒ adopted by another, one charge', async () => {
  await using scene = await stage.scene()
  const point = { call: 'fetch', match: { path: '/video/queue' } }
  await using stopped = await stopAt(scene, point)
  expect((await scene.recover()).jobs).toMatchObject([{ status: 'cleaned' }])

  await stopped.go()

  expect((await scene.recover()).jobs).toMatchObject([{ status: 'cleaned' }])
  expect((await scene.truth()).charges).toHaveLength(1)
})

linux('behavior: stopped with the link of a private video in hand ⇒ the link is kept', async () => {
  await using scene = await stage.scene()
  const point = { call: 'fetch', match: { path: '/video/queue' } }
  await using stopped = await stopAt(scene, point, privateRequest)
  expect((await scene.recover({ timeout: 1_000 })).jobs).toMatchObject([{ status: 'queued' }])

  await stopped.go()

  expect((await scene.recover()).jobs).toMatchObject([{ status: 'cleaned' }])
  const { charges, jobs } = await scene.truth()
  expect(charges).toHaveLength(1)
  expect(jobs).toMatchObject([{ downloads: 1, media: 'deleted' }])
})

linux('behavior: stopped in the middle of the download ⇒ one whole file', async () => {
  await using scene = await stage.scene()
  await using stopped = await stopAt(scene, { call: 'fs.link', when: 'before' })
  expect((await scene.recover()).jobs).toMatchObject([{ status: 'cleaned' }])

  await stopped.go()

  expect((await scene.recover()).jobs).toMatchObject([{ status: 'cleaned' }])
})
