import { expect, test } from 'vitest'

import { isText } from '../../src/internal/isText.js'

test.each<[string, Uint8Array]>([
  ['nothing', Buffer.alloc(0)],
  ['JSON', Buffer.from('{"status":"PROCESSING"}\r\n')],
  ['a page', Buffer.from('\n\t<!doctype html>')],
  ['a sentence', Buffer.from('Später, 後で 🎬')],
  ['a byte order mark', Buffer.from('\uFEFF{}')],
  ['a character cut in half', Buffer.from('é').subarray(0, 1)],
])('behavior: %s is text', (_, bytes) => {
  expect(isText(bytes)).toBe(true)
})

test.each<[string, Uint8Array]>([
  ['MP4', Buffer.from('\0\0\0\x18ftypisom')],
  ['WebM', Buffer.from([0x1a, 0x45, 0xdf, 0xa3])],
  ['MPEG-TS', Buffer.from([0x47, 0x40, 0x00, 0x10])],
  ['a picture', Buffer.from([0xff, 0xd8, 0xff, 0xe0])],
  ['gzip', Buffer.from([0x1f, 0x8b, 0x08])],
  ['zeros', Buffer.alloc(3)],
  ['what is not UTF-8', Buffer.from([0x41, 0xff])],
])('behavior: %s is not', (_, bytes) => {
  expect(isText(bytes)).toBe(false)
})
