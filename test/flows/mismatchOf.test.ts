import { expect, test } from 'vitest'

import { mismatchOf } from '../../src/flows/mismatchOf.js'
import type * as Video from '../../src/Video.js'

const request: Video.Request = {
  aspect_ratio: '16:9',
  duration: '5s',
  model: 'x',
  prompt: 'x',
  resolution: '720p',
}
const file = { duration_seconds: 5, height: 720, width: 1280 }

test.each([
  ['exactly that', {}, {}],
  ['a frame longer', {}, { duration_seconds: 5.0417 }],
  ['rounded to blocks', {}, { height: 704, width: 1280 }],
  ['nearly that ratio', { resolution: '480p' }, { height: 480, width: 832 }],
  ['upright', { aspect_ratio: '9:16' }, { height: 1280, width: 720 }],
  ['as long as the source', { duration: 'auto' }, { duration_seconds: 17 }],
  ['in the shape of the source', { aspect_ratio: undefined }, { height: 900, width: 720 }],
  ['of any size', { aspect_ratio: undefined, resolution: undefined }, { height: 64, width: 64 }],
  ['twice the source', { aspect_ratio: undefined, resolution: '2x' }, { height: 4, width: 4 }],
] as const)('behavior: %s is plausible', (_, asked, given) => {
  expect(mismatchOf({ ...request, ...asked } as Video.Request, { ...file, ...given })).toEqual([])
})

test.each([
  ['too short', {}, { duration_seconds: 2 }, 'It is 2.0 s long; asked for were 5 s.'],
  ['too long', {}, { duration_seconds: 8 }, 'It is 8.0 s long; asked for were 5 s.'],
  ['lying down', { aspect_ratio: '9:16' }, {}, 'It is 1280x720; asked for was 720p, 9:16.'],
  ['too small', {}, { height: 360, width: 640 }, 'It is 640x360; asked for was 720p, 16:9.'],
  [
    'too small in any shape',
    { aspect_ratio: undefined, resolution: '1080p' },
    {},
    'It is 1280x720; asked for was 1080p.',
  ],
  ['square', { resolution: undefined }, { width: 720 }, 'It is 720x720; asked for was 16:9.'],
] as const)('behavior: %s is told', (_, asked, given, words) => {
  const found = mismatchOf({ ...request, ...asked } as Video.Request, { ...file, ...given })
  expect(found).toEqual([words])
})
