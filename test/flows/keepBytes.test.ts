import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import type { Zecchino } from '../../src/flows/createZecchino.js'
import { keepBytes } from '../../src/flows/keepBytes.js'
import { isDue, keptOf } from '../../src/flows/keptOf.js'
import { removeFolder } from '../support/removeFolder.js'

const job = { createdAt: new Date(0), id: 'job_a', queuedAt: new Date(0) }

function setup() {
  const outputDir = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  let at = 1_000_000
  const zecchino = { client: { now: () => new Date(at) }, outputDir } as unknown as Zecchino
  let parts = 0
  return {
    kept: () => keptOf(zecchino, job),
    list: () => readdirSync(outputDir).filter((name) => !name.endsWith('.part')),
    outputDir,
    pass: (ms: number) => (at += ms),
    /** Offers bytes. */
    async keep(bytes: string | Uint8Array, of: { id: string } = job) {
      parts += 1
      const part = join(outputDir, `${of.id}.${parts}.part`)
      writeFileSync(part, bytes, { mode: 0o600 })
      return keepBytes(zecchino, { job: of, part })
    },
    [Symbol.dispose]: () => removeFolder(outputDir),
  }
}

const binary = (text: string) => Buffer.from(`\0${text}`)

test('default: kept under a name of what they are, for the owner alone', async () => {
  using place = setup()
  const sha256 = createHash('sha256').update(binary('film')).digest('hex')
  const path = join(place.outputDir, `job_a.unrecognised.${sha256.slice(0, 16)}.bin`)
  expect(await place.keep(binary('film'))).toEqual({ bytes: 5, path })
  expect(statSync(join(place.outputDir, place.list()[0] ?? '')).mode & 0o777).toBe(0o600)
  expect(await place.kept()).toMatchObject([{ bytes: 5, seenAt: new Date(1_000_000) }])
})

test('behavior: the same bytes are kept once, and it is noted when they came again', async () => {
  using place = setup()
  const first = await place.keep(binary('film'))
  place.pass(60_000)
  expect(await place.keep(binary('film'))).toEqual(first)
  expect(place.list()).toHaveLength(1)
  expect(await place.kept()).toMatchObject([{ seenAt: new Date(1_060_000) }])
})

test.each([
  ['nothing', ''],
  ['an error', '{"error":"later"}'],
  ['a page of a megabyte', '<p>'.repeat(349_525)],
])('behavior: %s is not kept', async (_, bytes) => {
  using place = setup()
  expect(await place.keep(bytes)).toBeUndefined()
  expect(place.list()).toEqual([])
})

test('behavior: a text that is longer than any page is kept', async () => {
  using place = setup()
  expect(await place.keep('x'.repeat(1024 * 1024 + 1))).toBeDefined()
})

test('behavior: of bytes that are others each time a few are kept', async () => {
  using place = setup()
  const all = []
  for (let index = 0; index < 8; index += 1) all.push(await place.keep(binary(`${index}`)))
  expect(all.map((one) => one !== undefined)).toEqual([
    true,
    true,
    true,
    true,
    ...Array(4).fill(false),
  ])
  expect(await place.keep(binary('0'))).toEqual(all[0])
  // What is kept of one job takes nothing from another.
  expect(await place.keep(binary('0'), { id: 'job_b' })).toBeDefined()
})

test('behavior: together they take no more than two gigabytes, but for the first', async () => {
  using place = setup()
  const first = join(place.outputDir, 'job_a.unrecognised.0123456789abcdef.bin')
  writeFileSync(first, '')
  truncateSync(first, 2 * 1024 ** 3) // sparse: nothing of it is on the disk
  expect(await place.keep(binary('small'))).toBeUndefined()
})

test.each([
  // Age when it last came, in minutes, and how long after that it is due, by either way.
  [0.2, 1, 1],
  [5, 5, 5],
  [45, 30, 45],
  [300, 30, 300],
  [900, 30, 360],
])('behavior: last seen at %d min ⇒ due after %d min, a link after %d', (age, answer, link) => {
  const minute = 60_000
  const kept = [{ bytes: 1, path: '', seenAt: new Date(age * minute) }]
  const due = (source: 'answer' | 'link', minutes: number) =>
    isDue({ job, kept, now: new Date((age + minutes) * minute), source })
  expect([due('answer', answer - 0.1), due('answer', answer)]).toEqual([false, true])
  expect([due('link', link - 0.1), due('link', link)]).toEqual([false, true])
})

test('behavior: due at once when nothing is kept, or a clock was turned back', () => {
  const now = new Date(0)
  expect(isDue({ job, kept: [], now, source: 'link' })).toBe(true)
  const kept = [{ bytes: 1, path: '', seenAt: new Date(1) }]
  expect(isDue({ job, kept, now, source: 'link' })).toBe(true)
})
