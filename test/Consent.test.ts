import { createHash } from 'node:crypto'

import { expect, test } from 'vitest'

import * as Consent from '../src/Consent.js'
import { dataUrl, png } from './support/media.js'

const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex')

test('mediaOf: the same bytes are one medium, however they are written down', () => {
  const bytes = png(400, 300)
  const base64 = bytes.toString('base64')
  const escaped = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  const spellings = [
    dataUrl('image/png', bytes),
    `DATA:image/x-other;name=a;base64,${base64}`,
    `data:image/png,${escaped}`,
  ]
  for (const image_url of spellings)
    expect(Consent.mediaOf({ image_url, model: 'm' })).toEqual([
      { by: 'bytes', field: 'image_url', sha256: sha256(bytes), what: `${bytes.length} bytes` },
    ])
})

test('mediaOf: one behind a URL is known by its address', () => {
  const url = 'https://a.example/a\u202e.png'
  expect(
    Consent.mediaOf({ model: 'm', reference_image_urls: [url], reference_video_urls: ['b.mp4'] }),
  ).toEqual([
    {
      by: 'address',
      field: 'reference_image_urls.0',
      sha256: sha256(url),
      what: 'https://a.example/a .png',
    },
    { by: 'address', field: 'reference_video_urls.0', sha256: sha256('b.mp4'), what: 'b.mp4' },
  ])
})

const entry = {
  at: '2026-11-26T00:00:00.000Z',
  confirmed: ['confirmed_terms_and_privacy', 'confirmed_legal_right'],
  face_media_roles: ['image'],
  media: [{ by: 'bytes', field: 'image_url', sha256: 'ab12' }],
  model: 'seedance-2-0-image-to-video',
  policy_sha256: 'cd34',
  version: 'v2.0',
  via: 'cli',
}

test('wordsOf: an entry reads as a sentence, and nothing of another form does', () => {
  expect(Consent.wordsOf(entry)).toBe(
    'A person agreed at the terminal to policy v2.0 (sha256 cd34) for image_url (sha256 of its bytes: ab12) with seedance-2-0-image-to-video, confirming terms and privacy, legal right.',
  )
  expect(
    Consent.wordsOf({ ...entry, media: [], version: 'v\n\u202e2', via: 'elicitation' }),
  ).toMatch(/^A person agreed in the host’s form to policy v 2 .* for no media with/)
  expect(Consent.wordsOf({ version: 'v1.0' })).toBeUndefined()
})
