import { expect, test } from 'vitest'

import * as BadNews from '../src/BadNews.js'

/** Hears the same at these seconds. */
function heardAt(seconds: readonly number[], before?: BadNews.BadNews): BadNews.BadNews {
  const news = seconds.reduce<BadNews.BadNews | undefined>(
    (one, second) => BadNews.hear(one, { at: new Date(second * 1000) }),
    before,
  )
  if (!news) throw new Error('nothing was heard')
  return news
}

test.each<[string, readonly number[], boolean]>([
  ['once', [0], false],
  [
    'a hundred times in three seconds',
    Array.from({ length: 100 }, (_, index) => index / 33),
    false,
  ],
  ['for 62 s', [0, 2, 6, 14, 30, 62], false],
  ['for nine minutes', [0, 60, 120, 180, 300, 420, 540], false],
  ['for ten minutes', [0, 60, 120, 600], true],
  ['at two moments ten minutes apart', [0, 0.1, 600, 601], false],
  ['at three of them', [0, 300, 600], true],
  ['each minute for a day', Array.from({ length: 1440 }, (_, index) => index * 60), true],
])('behavior: heard %s', (_, seconds, proven) => {
  expect(BadNews.isProven(heardAt(seconds))).toBe(proven)
})

test('behavior: a clock that is set back begins anew, and does not wait for hours', () => {
  const hours = 5 * 3600
  const before = heardAt([hours, hours + 60])
  expect(heardAt([0], before)).toMatchObject({ heard: 1, since: new Date(0) })
  expect(BadNews.isProven(heardAt([0, 60, 120, 600], before))).toBe(true)
})

test('behavior: a clock that jumps ahead does not make a moment long', () => {
  expect(BadNews.isProven(heardAt([0, 2, 3600, 3602, 3604]))).toBe(false)
})

test('behavior: a look that told nothing counts for nothing', () => {
  const looked = BadNews.look(undefined, new Date(0))
  expect(looked).toEqual({ heard: 0, looked: new Date(0), since: new Date(0) })
  expect(BadNews.isProven(BadNews.look(looked, new Date(3_600_000)))).toBe(false)
  expect(heardAt([3600], looked)).toMatchObject({ heard: 1, since: new Date(3_600_000) })
})

test('behavior: what was said of a failure stays when only "gone" is heard after it', () => {
  const failed = { refunded: true, says: 'No faces.' }
  const first = BadNews.hear(undefined, { at: new Date(0), failed })
  expect(BadNews.hear(first, { at: new Date(60_000) })).toEqual({
    failed,
    heard: 2,
    looked: new Date(60_000),
    since: new Date(0),
  })
})
