import { expect, test } from 'vitest'

import { mediaTypeOf } from '../../src/internal/mediaTypeOf.js'
import { wavSecondsOf } from '../../src/Media.js'

const latin = (text: string) => Buffer.from(text, 'latin1')
const zeros = (length: number) => Buffer.alloc(length)
const box = (type: string, body: Buffer = zeros(0)) => {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(8 + body.length)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, body])
}
/** A box whose size takes 64 bits, and one that goes to the end. */
const large = (type: string, body: Buffer) => {
  const head = Buffer.alloc(16)
  head.writeUInt32BE(1)
  head.write(type, 4, 'latin1')
  head.writeBigUInt64BE(BigInt(16 + body.length), 8)
  return Buffer.concat([head, body])
}
const endless = (type: string) => Buffer.concat([zeros(4), latin(type), zeros(40)])
const ftyp = (major: string, ...compatible: string[]) =>
  box('ftyp', latin(`${major}\0\0\0\0${compatible.join('')}`))
const tag = (size: number, { footer = false, body = zeros(size) } = {}) =>
  Buffer.concat([
    latin(`ID3\x04\0${footer ? '\x10' : '\0'}`),
    Buffer.from([0, 0, size >> 7, size & 0x7f]),
    body,
    footer ? latin('3DI\x04\0\x10\0\0\0\0') : zeros(0),
  ])
const mp3 = Buffer.from([0xff, 0xfb, 0x90, 0x64])
const adts = Buffer.from([0xff, 0xf1, 0x50, 0x80])

test.each<[string, Buffer[], string | undefined]>([
  ['an MP4', [ftyp('isom', 'isom', 'avc1')], 'video/mp4'],
  ['an MP4 of Apple', [ftyp('M4V ', 'isom')], 'video/mp4'],
  ['a MOV', [ftyp('qt  ')], 'video/quicktime'],
  [
    'a MOV that begins with wide',
    [box('wide'), box('mdat', zeros(9)), box('moov')],
    'video/quicktime',
  ],
  ['a MOV that begins with skip', [box('skip', zeros(20)), box('moov')], 'video/quicktime'],
  [
    'a MOV with a preview first',
    [box('pnot', zeros(12)), box('free'), box('moov')],
    'video/quicktime',
  ],
  ['a MOV whose media need 64 bits', [large('mdat', zeros(9)), box('moov')], 'video/quicktime'],
  ['an MP4 behind free space', [box('free', zeros(3)), ftyp('mp42')], 'video/mp4'],
  ['a HEIC', [ftyp('heic', 'mif1')], 'image/heic'],
  ['a HEIC of ten bits', [ftyp('heix')], 'image/heic'],
  ['a HEIC in layers', [ftyp('heim')], 'image/heic'],
  ['a burst of HEICs', [ftyp('hevc', 'msf1')], 'image/heic'],
  ['a HEIF of no codec', [ftyp('mif1', 'heic')], 'image/heic'],
  ['an AVIF', [ftyp('avif', 'mif1')], 'image/avif'],
  ['an AVIF that says HEIF first', [ftyp('mif1', 'miaf', 'avif')], 'image/avif'],
  ['AVIFs in a row that say HEIF first', [ftyp('msf1', 'avis')], 'image/avif'],
  ['an MP3', [mp3], 'audio/mpeg'],
  ['an MP3 behind a tag', [tag(40), mp3], 'audio/mpeg'],
  [
    'an MP3 behind two tags and zeros',
    [tag(40, { footer: true }), tag(300), zeros(99), mp3],
    'audio/mpeg',
  ],
  [
    'an MP3 behind a tag of pictures',
    [tag(300, { body: latin('fLaC'.repeat(75)) }), mp3],
    'audio/mpeg',
  ],
  ['a FLAC behind a tag', [tag(40), latin('fLaC')], undefined],
  ['AAC behind a tag', [tag(40), adts], undefined],
  [
    'AAC behind two tags and zeros',
    [tag(200, { footer: true }), tag(1), zeros(7), adts],
    undefined,
  ],
  ['an Ogg behind a tag', [tag(0), latin('OggS')], undefined],
  ['AAC', [adts], undefined],
  ['a WAV with a chunk first', [latin('RIFF\x24\0\0\0WAVEJUNK')], 'audio/wav'],
  ['a WebP', [latin('RIFF\x24\0\0\0WEBPVP8 ')], 'image/webp'],
  ['another RIFF', [latin('RIFF\x24\0\0\0AVI LIST')], undefined],
  ['sound in MP4', [ftyp('M4A ', 'isom')], undefined],
  ['a photograph as the sensor saw it', [ftyp('crx ', 'isom')], undefined],
  ['a JPEG 2000', [ftyp('jp2 ')], undefined],
  ['media without a movie', [box('mdat', zeros(40))], undefined],
  ['media without an end', [endless('mdat')], undefined],
  ['a box of no size', [Buffer.from([0, 0, 0, 4]), latin('wide'), box('moov')], undefined],
  [
    'free space without end',
    [...Array.from({ length: 200 }, () => box('free')), box('moov')],
    undefined,
  ],
  ['a text', [latin('free as in speech, and moov')], undefined],
  ['nothing', [], undefined],
])('behavior: %s', (_, parts, type) => {
  // Whatever comes behind does not tell.
  expect(mediaTypeOf(Buffer.concat([...parts, zeros(64)]))).toBe(type)
  expect(mediaTypeOf(Buffer.concat(parts))).toBe(type)
})

const chunk = (name: string, body: Buffer) => {
  const head = Buffer.alloc(8)
  head.write(name, 'latin1')
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body, zeros(body.length % 2)])
}
const format = (perSecond: number) => {
  const body = Buffer.alloc(16)
  body.writeUInt32LE(perSecond, 8)
  return chunk('fmt ', body)
}
const wave = (...chunks: Buffer[]) => Buffer.concat([latin('RIFF\0\0\0\0WAVE'), ...chunks])

test.each<[string, Buffer, number | undefined]>([
  ['as they mostly are', wave(format(100), chunk('data', zeros(250))), 2.5],
  ['junk first', wave(chunk('JUNK', zeros(28)), format(100), chunk('data', zeros(250))), 2.5],
  [
    'words of the broadcaster first, of odd length',
    wave(chunk('bext', latin('data'.repeat(9) + 'x')), format(100), chunk('data', zeros(200))),
    2,
  ],
  [
    'a list between',
    wave(format(100), chunk('LIST', latin('INFOdata\x01\0\0\0')), chunk('data', zeros(300))),
    3,
  ],
  ['streamed: no length', wave(format(100), latin('data\xff\xff\xff\xff'), zeros(150)), 1.5],
  ['no format', wave(chunk('data', zeros(250))), undefined],
  ['no sound', wave(format(100)), undefined],
  [
    'a chunk that ends nowhere',
    wave(chunk('JUNK', zeros(8)), latin('LIST\xff\xff\xff\x7f')),
    undefined,
  ],
  ['cut off', wave(format(100)).subarray(0, 30), undefined],
])('behavior: seconds of a WAV, %s', (_, bytes, seconds) => {
  expect(wavSecondsOf(bytes)).toBe(seconds)
})
