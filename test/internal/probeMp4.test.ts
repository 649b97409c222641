import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  BufferSource,
  BufferTarget,
  Conversion,
  Input,
  Logging,
  LogLevel,
  MP4,
  Mp4OutputFormat,
  Output,
} from 'mediabunny'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { probeMp4 } from '../../src/internal/probeMp4.js'
import { createRenderer } from '../../src/sandbox/render.js'

const spec = { height: 144, seconds: 3.5, seed: 3, width: 256 }
let folder: string
let video: Uint8Array<ArrayBuffer>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zecchino-probe-'))
  const renderer = createRenderer()
  video = Uint8Array.from(await renderer.render(spec))
  await renderer.close()
})

afterAll(() => rm(folder, { force: true, recursive: true }))

async function probe(bytes: Uint8Array) {
  const path = join(folder, `${createHash('sha256').update(bytes).digest('hex')}.mp4`)
  await writeFile(path, bytes)
  return probeMp4(path)
}

/** The same packets, arranged differently. */
async function remux(format: Mp4OutputFormat) {
  using input = new Input({ formats: [MP4], source: new BufferSource(video) })
  const output = new Output({ format, target: new BufferTarget() })
  const conversion = await Conversion.init({ input, output })
  await conversion.execute()
  return new Uint8Array(output.target.buffer ?? new ArrayBuffer())
}

test('default', async () => {
  expect(await probe(video)).toEqual({
    bytes: video.length,
    codec: 'h264',
    durationSeconds: 3.5,
    height: 144,
    sha256: createHash('sha256').update(video).digest('hex'),
    width: 256,
  })
})

test('behavior: header behind the media, and fragments', async () => {
  const facts = { codec: 'h264', durationSeconds: 3.5, height: 144, width: 256 }
  for (const fastStart of [false, 'fragmented'] as const) {
    const file = await remux(new Mp4OutputFormat({ fastStart }))
    expect(await probe(file)).toMatchObject(facts)
  }
})

test('behavior: bytes after the media do not matter', async () => {
  for (const tail of [randomBytes(3), randomBytes(5_000), new Uint8Array(100)])
    expect(await probe(Buffer.concat([video, tail]))).toMatchObject({ durationSeconds: 3.5 })
})

test('error: cut off anywhere', async () => {
  const arrangements = [
    video,
    await remux(new Mp4OutputFormat({ fastStart: false })),
    await remux(new Mp4OutputFormat({ fastStart: 'fragmented' })),
  ]
  for (const file of arrangements) {
    const lengths = [1, 7, 8, 11, 31, 40, 200, 1_000, 5_000, file.length >> 1, file.length - 1]
    for (const length of lengths)
      await expect(probe(file.slice(0, length)), `${length} bytes`).rejects.toThrow(
        length < 8 ? 'the file does not begin like an MP4' : 'cut off',
      )
  }
})

test('error: every length below the whole', { timeout: 60_000 }, async () => {
  const path = join(folder, 'shrinking.mp4')
  await writeFile(path, video)
  const file = await open(path, 'r+')
  for (let length = video.length - 1; length > 0; length -= 97) {
    await file.truncate(length)
    await expect(probeMp4(path), `${length} bytes`).rejects.toThrow('the file')
  }
  await file.close()
})

test('error: not an MP4', async () => {
  const page = '<!doctype html><html><body>502 Bad Gateway</body></html>'
  const json = '{"status":"PROCESSING","average_execution_time":60000,"execution_duration":1000}'
  const cases = {
    empty: [new Uint8Array(), 'the file is empty'],
    html: [Buffer.from(page), 'the file is a web page or XML, not an MP4'],
    json: [Buffer.from(json), 'the file is JSON, not an MP4'],
    random: [
      Buffer.concat([Buffer.alloc(1), randomBytes(10_000)]),
      'the file does not begin like an MP4',
    ],
    zeros: [new Uint8Array(10_000), 'the file does not begin like an MP4'],
  } as const
  for (const [name, [bytes, reason]] of Object.entries(cases))
    await expect(probe(bytes), name).rejects.toThrow(reason)
})

test('error: begins like an MP4 and is none', async () => {
  const box = (type: string, content: Uint8Array) => {
    const header = Buffer.alloc(8)
    header.writeUInt32BE(8 + content.length)
    header.write(type, 4, 'latin1')
    return Buffer.concat([header, content])
  }
  const ftyp = box('ftyp', Buffer.from('isom\u0000\u0000\u0002\u0000isomavc1mp41', 'latin1'))
  const noise = randomBytes(4_000)

  await expect(probe(ftyp)).rejects.toThrow('it has no moov box')
  await expect(probe(Buffer.concat([ftyp, box('mdat', noise)]))).rejects.toThrow('no moov box')
  await expect(probe(Buffer.concat([ftyp, noise]))).rejects.toThrow('the file is')
  const empty = Buffer.concat([ftyp, box('moov', Buffer.alloc(0)), box('mdat', noise)])
  await expect(probe(empty)).rejects.toThrow('the file is not a readable MP4')
  const boxes = Buffer.concat([ftyp, Buffer.alloc(8 * 20_001, box('free', Buffer.alloc(0)))])
  await expect(probe(boxes)).rejects.toThrow('over 20000 boxes')
})

test('error: pictures that are not where the header says', async () => {
  const type = Buffer.from(video).indexOf('mdat', 0, 'latin1')
  const short = Buffer.concat([video.slice(0, type - 4), Buffer.from('\0\0\0\x0cmdat\0\0\0\0')])
  await expect(probe(short)).rejects.toThrow('the file is not a readable MP4')
})

test('error: a table that claims too much', async () => {
  const file = Buffer.from(video)
  for (const table of ['stts', 'stss', 'stsc', 'stsz', 'stco'] as const) {
    const count = file.indexOf(table, 0, 'latin1') + (table === 'stsz' ? 12 : 8)
    for (const claim of [0xffff_ffff, 1_000_001]) {
      const liar = Buffer.from(file)
      liar.writeUInt32BE(claim, count)
      await expect(probe(liar), table).rejects.toThrow('its header contradicts itself')
    }
  }
})

test('error: a header that would take minutes to read', async () => {
  const file = Buffer.from(video)
  const at = (type: string) => file.indexOf(type, 0, 'latin1') - 4
  const boxOf = (type: string) => file.subarray(at(type), at(type) + file.readUInt32BE(at(type)))
  /** With so much more at the end of its header. */
  const grown = (more: Buffer) => {
    const header = Buffer.concat([boxOf('moov'), more])
    header.writeUInt32BE(header.length)
    const before = file.subarray(0, at('moov'))
    return Buffer.concat([before, header, file.subarray(at('moov') + boxOf('moov').length)])
  }
  const copies = (count: number) =>
    Buffer.concat(Array.from({ length: count }, () => boxOf('trak')))
  const empty = Buffer.from('\0\0\0\x08free', 'latin1')
  const nested = (levels: number): Buffer => {
    const boxes = Buffer.alloc(8 * levels)
    for (let level = 0; level < levels; level += 1) {
      boxes.writeUInt32BE(8 * (levels - level), 8 * level)
      boxes.write('edts', 8 * level + 4, 'latin1')
    }
    return boxes
  }

  expect(await probe(grown(copies(63)))).toMatchObject({ codec: 'h264' })
  await expect(probe(grown(copies(64)))).rejects.toThrow('over 64 tracks')
  expect(await probe(grown(Buffer.alloc(80_000, empty)))).toMatchObject({ codec: 'h264' })
  await expect(probe(grown(Buffer.alloc(8 * 250_001, empty)))).rejects.toThrow('over 250000 boxes')
  await expect(probe(grown(Buffer.alloc(8 * 1_100_000, empty)))).rejects.toThrow('is too large')
  expect(await probe(grown(nested(15)))).toMatchObject({ codec: 'h264' })
  await expect(probe(grown(nested(16)))).rejects.toThrow('its header contradicts itself')
  await expect(probe(grown(nested(900_000)))).rejects.toThrow('its header contradicts itself')
})

test('error: tables whose entries stand for more pictures than a video has', async () => {
  const runs = Buffer.alloc(8 * 2_000)
  for (let run = 0; run < 2_000; run += 1) runs.writeUInt32BE(1_000, 8 * run)
  const box = Buffer.concat([Buffer.alloc(16), runs])
  box.writeUInt32BE(box.length)
  box.write('ctts', 4, 'latin1')
  box.writeUInt32BE(2_000, 12)
  const moov = Buffer.concat([Buffer.from('\0\0\0\0moov', 'latin1'), box])
  moov.writeUInt32BE(moov.length)
  await expect(probe(Buffer.concat([Buffer.from(video), moov]))).rejects.toThrow('contradicts')
})

test('error: a damaged header ends in facts or in a reason, never in a crash', async () => {
  const header = Buffer.from(video).indexOf('mdat', 0, 'latin1')
  for (let at = 0; at < header; at += 3) {
    const damaged = video.slice()
    damaged[at] = (damaged[at] ?? 0) ^ (at % 2 ? 0xff : 0x41)
    const outcome = await probe(damaged).catch((error: unknown) => error)
    if (outcome instanceof Error) expect(outcome.message).toMatch(/^the file /)
    else expect(outcome).toMatchObject({ bytes: video.length })
  }
  expect(Logging.level).toBe(LogLevel.Silent)
})

test('error: no such file', async () => {
  await expect(probeMp4(join(folder, 'nowhere.mp4'))).rejects.toThrow('ENOENT')
})
