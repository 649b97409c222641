import { expect, test } from 'vitest'

import type * as Media from '../src/Media.js'
import * as MediaRules from '../src/MediaRules.js'
import { modelOf, rowOf } from './support/venice.js'

const types = {
  audio: 'audio/wav',
  document: 'application/pdf',
  image: 'image/png',
  video: 'video/mp4',
}
const megabyte = 1024 * 1024

/** A medium of a field, as its bytes would have told. */
function medium(field: string, facts: Partial<Media.Medium> = {}): Media.Medium {
  const kind = /image/.test(field)
    ? 'image'
    : /audio/.test(field)
      ? 'audio'
      : /document/.test(field)
        ? 'document'
        : 'video'
  return { bytes: 1_000, field, kind, type: types[kind], url: 'data:,', ...facts }
}

const clips = (name: string, ...seconds: number[]) =>
  seconds.map((length, index) => medium(`${name}.${index}`, { seconds: length }))

const seedance = 'seedance-2-0-reference-to-video-basic'
const omni = 'seedance-2-5-reference-to-video-basic'
const wan3 = 'wan-3-0-reference-to-video'
const minimax = 'minimax-h3-max-reference-to-video'
const upscale = 'topaz-video-upscale'

const rows: [what: string, model: string, media: Media.Medium[], says: string | undefined][] = [
  ['two seconds', seedance, clips('reference_video_urls', 2), undefined],
  ['less', seedance, clips('reference_video_urls', 1.9), '2 to 15 s'],
  ['more', seedance, clips('reference_video_urls', 15.1), '2 to 15 s'],
  ['more in all', seedance, clips('reference_video_urls', 10, 5.1), 'at most 15 s in all'],
  ['as much in all', seedance, clips('reference_video_urls', 10, 5), undefined],
  ['more on 2.5', omni, clips('reference_video_urls', 10, 20), undefined],
  ['too much on 2.5', omni, clips('reference_video_urls', 15, 15.1), 'at most 30 s in all'],
  ['sound on 2.5', omni, clips('reference_audio_urls', 29), undefined],
  ['too much sound on 2.5', omni, clips('reference_audio_urls', 29, 2), 'at most 30 s in all'],
  ['sound on 2.0', seedance, clips('reference_audio_urls', 16), '2 to 15 s'],
  [
    'the soundtrack is one of the sounds',
    seedance,
    [...clips('reference_audio_urls', 10), medium('audio_url', { seconds: 6 })],
    'at most 15 s in all',
  ],
  ['one second on Wan 3.0', wan3, clips('reference_video_urls', 1), undefined],
  ['one second of sound on Wan 3.0', wan3, clips('reference_audio_urls', 1), undefined],
  [
    'too many megabytes',
    minimax,
    [medium('reference_video_urls.0', { bytes: 51 * megabyte })],
    '50',
  ],
  [
    'megabytes on Wan 3.0',
    wan3,
    [medium('reference_video_urls.0', { bytes: 51 * megabyte })],
    undefined,
  ],
  ['a soundtrack', 'wan-2-7-text-to-video', [medium('audio_url', { seconds: 30 })], undefined],
  ['a long one', 'wan-2-7-text-to-video', [medium('audio_url', { seconds: 30.1 })], 'at most 30 s'],
  ['a long source', upscale, [medium('video_url', { seconds: 300 })], undefined],
  ['too long a source', upscale, [medium('video_url', { seconds: 300.1 })], 'at most 300 s'],
  ['one to change', 'wan-2-7-video-to-video', [medium('video_url', { seconds: 301 })], '300 s'],
  ['a document', wan3, [medium('reference_document_urls.0', { bytes: 101 * megabyte })], '100 MB'],
  ['shapes', minimax, [medium('reference_image_urls.0', { height: 40, width: 16 })], undefined],
  [
    'a tower',
    minimax,
    [medium('reference_image_urls.0', { height: 41, width: 16 })],
    '0.4 and 2.5',
  ],
  [
    'a tower elsewhere',
    'pixverse-c1-reference-to-video',
    [medium('reference_image_urls.0', { height: 410, width: 16 })],
    undefined,
  ],
]

test.each(rows)('behavior: %s on %s', (_, model, media, says) => {
  const request = { duration: '5s', model, prompt: 'A gondola' }
  const found = MediaRules.check(request, { media, model: modelOf(rowOf(model)) })
  expect(found.map(({ allowed }) => allowed)).toEqual(says ? [expect.stringContaining(says)] : [])
})

test('behavior: what the row says of shapes goes before what the family knows', () => {
  const row = modelOf(rowOf(minimax))
  const { constraints } = row.model_spec
  const more = { ...constraints, reference_image_max_aspect_ratio: 4 }
  const model = { ...row, model_spec: { ...row.model_spec, constraints: more } }
  const media = [medium('reference_image_urls.0', { height: 100, width: 390 })]
  expect(MediaRules.check({ model: minimax }, { media, model })).toEqual([])
  expect(MediaRules.check({ model: minimax }, { media, model: row })).toHaveLength(1)
})

test('behavior: a clip whose length is matched has at least four seconds', () => {
  const media = clips('reference_video_urls', 3)
  const model = modelOf(rowOf(omni))
  const check = (duration: string) => MediaRules.check({ duration, model: omni }, { media, model })
  expect(check('5s')).toEqual([])
  expect(check('auto')).toMatchObject([{ allowed: '4 to 30 s' }])
})
