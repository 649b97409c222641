import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, expect, test, vi } from 'vitest'

import { createStage } from './createStage.js'
import { privateRequest, request } from './requests.js'

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 })

const stage = await createStage()
afterAll(() => stage.close())

const ready = { call: 'ledger.moveJob', match: { to: 'ready' } }
const saved = { call: 'ledger.moveJob', match: { to: 'saved' } }

/** How often the sandbox has sent the file itself. */
const sends = (requests: { path: string; verdict: string }[]) =>
  requests.filter(
    ({ path, verdict }) => path.endsWith('/retrieve') && verdict.startsWith('completed'),
  ).length

test.each([
  ['J7: nothing written yet', ready, []],
  ['J7: the part file grows', { call: 'event', match: { type: 'job.download' } }, [/\.part$/]],
  ['J7: checked, not named', { call: 'fs.link', when: 'before' }, [/\.part$/]],
  ['J8: named twice', { call: 'fs.link' }, [/\.part$/, /\.mp4$/]],
  ['J8: named, sidecar not', { call: 'fs.link', skip: 1, when: 'before' }, [/\.part$/, /\.mp4$/]],
  ['J8: both named', { call: 'fs.link', skip: 1 }, [/\.part$/, /\.json$/, /\.mp4$/]],
  ['J8: named, not committed', { ...saved, when: 'before' }, [/\.json$/, /\.mp4$/]],
  ['J10: committed', saved, [/\.json$/, /\.mp4$/]],
] as const)('behavior: %s ⇒ the file is whole, once', async (_, point, left) => {
  await using scene = await stage.scene()
  await scene.kill(point)
  const folder = join(scene.home, 'videos')
  const found = left.length > 0 ? readdirSync(folder).toSorted() : []
  expect(found).toEqual(left.map((name) => expect.stringMatching(name)))
  const whole = left.some((name) => name.test('a.mp4'))
  const before = sends((await scene.truth()).requests)

  const { jobs } = await scene.recover()

  expect(jobs).toMatchObject([{ file: { codec: 'h264', duration_seconds: 4 }, status: 'cleaned' }])
  const { charges, jobs: made, requests } = await scene.truth()
  expect(charges).toHaveLength(1)
  expect(made).toMatchObject([{ media: 'deleted' }])
  // One more to delete the media, and one for the file only if it was not whole.
  expect(sends(requests) - before).toBe(whole ? 1 : 2)
})

const exfat = { disk: 'exfat' }
test.each([
  ['checked, not named', { call: 'fs.link', when: 'before' }, [/\.part$/]],
  ['no link is made', { call: 'fs.rename', when: 'before' }, [/\.part$/]],
  ['claimed', { call: 'fs.rename' }, [/\.mp4\.\S+\.part$/]],
  ['claimed, not named', { call: 'fs.rename', skip: 1, when: 'before' }, [/\.mp4\.\S+\.part$/]],
  ['named', { call: 'fs.rename', skip: 1 }, [/\.mp4$/]],
  ['sidecar claimed', { call: 'fs.rename', skip: 2 }, [/\.json\.\S+\.part$/, /\.mp4$/]],
  ['both named', { call: 'fs.rename', skip: 3 }, [/\.json$/, /\.mp4$/]],
] as const)(
  'behavior: on a disk without links: %s ⇒ the file is whole, once',
  async (_, point, left) => {
    await using scene = await stage.scene()
    await scene.kill(point, exfat)
    const found = readdirSync(join(scene.home, 'videos')).toSorted()
    expect(found).toEqual(left.map((name) => expect.stringMatching(name)))
    const whole = left.some((name) => name.test('a.mp4'))
    const before = sends((await scene.truth()).requests)

    const { jobs } = await scene.recover(exfat)

    expect(jobs).toMatchObject([
      { file: { codec: 'h264', duration_seconds: 4 }, status: 'cleaned' },
    ])
    const { charges, jobs: made, requests } = await scene.truth()
    expect(charges).toHaveLength(1)
    expect(made).toMatchObject([{ media: 'deleted' }])
    expect(sends(requests) - before).toBe(whole ? 1 : 2)
  },
)

test.each([
  ['built', { call: 'ledgerFile.rename', when: 'before' }],
  ['claimed', { call: 'ledgerFile.rename' }],
  ['about to be named', { call: 'ledgerFile.rename', skip: 1, when: 'before' }],
  ['named', { call: 'ledgerFile.rename', skip: 1 }],
] as const)(
  'behavior: a new ledger on a disk without links: %s ⇒ it is whole or absent',
  async (_, point) => {
    await using scene = await stage.scene()
    await scene.kill(point, { ...exfat, deed: 'open' })
    const isThere = readdirSync(scene.home).includes('ledger.sqlite')
    expect(isThere).toBe('skip' in point && !('when' in point))

    await scene.run({ ...exfat, deed: 'buy', requests: [request] })

    expect((await scene.recover(exfat)).jobs).toMatchObject([{ status: 'cleaned' }])
    expect(readdirSync(scene.home)).not.toContainEqual(expect.stringMatching(/\.sqlite\..*\.part$/))
  },
)

test.each([
  [
    'J11: before it is asked to delete',
    { call: 'fetch', match: { path: '/video/complete' }, when: 'before' },
  ],
  [
    'J12: deleted, not committed',
    { call: 'ledger.moveJob', match: { to: 'cleaned' }, when: 'before' },
  ],
] as const)('behavior: %s ⇒ the clean-up is repeated', async (_, point) => {
  await using scene = await stage.scene()
  await scene.kill(point)

  expect((await scene.recover()).jobs).toMatchObject([{ status: 'cleaned' }])

  expect((await scene.truth()).jobs).toMatchObject([{ media: 'deleted' }])
})

test.each([
  ['J7', { call: 'event', match: { type: 'job.download' } }, 2],
  ['J8', { ...saved, when: 'before' }, 1],
  ['J12', { call: 'ledger.moveJob', match: { to: 'cleaned' }, when: 'before' }, 1],
] as const)(
  'behavior: %s of a private model ⇒ saved, the link revoked',
  async (_, point, downloads) => {
    await using scene = await stage.scene()
    await scene.kill(point, { requests: [privateRequest] })

    expect((await scene.recover()).jobs).toMatchObject([{ status: 'cleaned' }])

    expect((await scene.truth()).jobs).toMatchObject([{ downloads, media: 'deleted' }])
  },
)

test.each([
  ['is gone', { kind: 'media-gone', route: 'retrieve' }, 'lost_media'],
  ['has failed', { kind: 'job-failed', route: 'retrieve' }, 'failed_refunded'],
])('behavior: J7, then the video %s ⇒ no part of it is left behind', async (_, fault, status) => {
  await using scene = await stage.scene()
  await scene.kill({ call: 'fs.link', when: 'before' })
  await scene.fault(fault)
  // Until the day is over for which it is kept, that it is gone is believed only when heard for long.
  if (status === 'lost_media') await scene.advance(25 * 3_600_000)

  expect((await scene.recover()).jobs).toMatchObject([{ status }])

  expect(readdirSync(join(scene.home, 'videos'))).toEqual([])
})

test('behavior: two jobs at once are killed and both end', async () => {
  await using scene = await stage.scene()
  const requests = [request, { ...request, prompt: 'Rain on the Grand Canal.' }]
  await scene.kill({ ...ready, skip: 1 }, { requests })

  const { jobs, payments } = await scene.recover()

  expect(jobs.map(({ status }) => status)).toEqual(['cleaned', 'cleaned'])
  expect(payments).toHaveLength(1)
  expect((await scene.truth()).charges).toHaveLength(2)
})
