import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { quote } from '../../src/flows/quote.js'
import { readMedia } from '../../src/flows/readMedia.js'
import * as Issue from '../../src/Issue.js'
import { createRenderer } from '../../src/sandbox/render.js'
import * as Video from '../../src/Video.js'
import { createBuyer } from '../support/createBuyer.js'
import { dataUrl, jpeg, mp3, png, wav } from '../support/media.js'
import { serve } from '../support/serve.js'
import { modelOf, rowOf, rows } from '../support/venice.js'

let root: string
const clips: Record<number, Uint8Array> = {}
const at = (name: string) => join(root, 'media', name)

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'zecchino-media-'))
  mkdirSync(at('.hidden'), { recursive: true })
  mkdirSync(join(root, 'secret'))
  const renderer = createRenderer()
  for (const seconds of [1, 3, 10, 16])
    clips[seconds] = await renderer.render({ height: 144, seconds, seed: 1, width: 256 })
  await renderer.close()
  const files = {
    '.hidden/a.png': png(),
    '.secret.png': png(),
    '10s.mp4': clips[10],
    '16s.mp4': clips[16],
    '1s.mp4': clips[1],
    '3s.mp4': clips[3],
    'a.jpg': jpeg(),
    'a.mp3': mp3(3),
    'a.pdf': '%PDF-1.7 and so on',
    'a.png': png(),
    'a.wav': wav(3),
    'cut.mp4': clips[3]?.subarray(0, 2_000),
    'empty.png': '',
    'flat.png': png(1_001, 400),
    'large.wav': Buffer.concat([wav(1), Buffer.alloc(16 * 1024 * 1024)]),
    'long.mp3': mp3(31),
    'long.wav': wav(31),
    'page.png': '<!doctype html><script>',
    'secret.txt': 'seed phrase: abandon abandon',
    'short.wav': wav(1),
    'small.png': png(239, 400),
    'tiny.png': png(20, 20),
  }
  for (const [name, bytes] of Object.entries(files)) writeFileSync(at(name), bytes ?? '')
  for (const name of ['12mb-a.png', '12mb-b.png', '12mb-c.png'])
    writeFileSync(at(name), png(400, 400, 9 * 1024 * 1024))
  writeFileSync(at('27mb.png'), png(400, 400, 27 * 1024 * 1024))
  writeFileSync(join(root, 'secret/a.png'), png())
  symlinkSync(join(root, 'secret/a.png'), at('link.png'))
  symlinkSync(join(root, 'secret'), at('folder'))
  symlinkSync(at('.hidden/a.png'), at('to-hidden.png'))
  symlinkSync(at('a.png'), at('inner.png'))
  linkSync(at('a.png'), at('hard.png'))
  execFileSync('mkfifo', [at('pipe.png')])
})

afterAll(() => rmSync(root, { force: true, recursive: true }))

const image = { duration: '5s', model: 'wan-2-7-image-to-video', prompt: 'A gondola' } as const
const seedance = {
  aspect_ratio: '16:9',
  duration: '5s',
  model: 'seedance-2-0-reference-to-video-basic',
  prompt: 'Refer to the man in <Image 1>, walking',
} as const

const wan3 = {
  ...seedance,
  duration: '25s',
  model: 'wan-3-0-reference-to-video',
} as const

const read = (request: object, folders = [at('')]) => {
  const parsed = Video.parseRequest(request)
  return readMedia(parsed, { folders, model: modelOf(rowOf(parsed.model)) })
}

describe('what is read', () => {
  test('default: files become data URLs by their bytes, and URLs pass', async () => {
    const { media, request } = await read({
      ...image,
      audio_url: at('a.mp3'),
      elements: [{ frontal_image_url: at('inner.png'), video_url: at('3s.mp4') }],
      end_image_url: 'https://media.example/last.png',
      image_url: at('a.jpg'),
      keyframes: [{ frame_index: 0, image_url: pathToFileURL(at('hard.png')).href }],
      reference_audio_urls: [at('a.wav')],
      reference_document_urls: [at('a.pdf')],
      reference_video_urls: [at('3s.mp4'), 'https://media.example/a.mp4'],
    })
    expect(request).toEqual({
      ...image,
      audio_url: dataUrl('audio/mpeg', mp3(3)),
      elements: [
        {
          frontal_image_url: dataUrl('image/png', png()),
          video_url: dataUrl('video/mp4', clips[3] ?? Buffer.alloc(0)),
        },
      ],
      end_image_url: 'https://media.example/last.png',
      image_url: dataUrl('image/jpeg', jpeg()),
      keyframes: [{ frame_index: 0, image_url: dataUrl('image/png', png()) }],
      reference_audio_urls: [dataUrl('audio/wav', wav(3))],
      reference_document_urls: [dataUrl('application/pdf', Buffer.from('%PDF-1.7 and so on'))],
      reference_video_urls: [
        dataUrl('video/mp4', clips[3] ?? Buffer.alloc(0)),
        'https://media.example/a.mp4',
      ],
    })
    const facts = media.map(({ field, height, seconds, width }) => [
      field,
      seconds?.toFixed(1),
      width,
      height,
    ])
    expect(facts.toSorted()).toEqual([
      ['audio_url', '3.0', undefined, undefined],
      ['elements.0.frontal_image_url', undefined, 400, 400],
      ['elements.0.video_url', '3.0', 256, 144],
      ['image_url', undefined, 400, 400],
      ['keyframes.0.image_url', undefined, 400, 400],
      ['reference_audio_urls.0', '3.0', undefined, undefined],
      ['reference_document_urls.0', undefined, undefined, undefined],
      ['reference_video_urls.0', '3.0', 256, 144],
    ])
  })

  test('behavior: small references pass, because Venice enlarges them', async () => {
    const { media } = await read({ ...seedance, reference_image_urls: [at('tiny.png')] })
    expect(media).toMatchObject([{ height: 20, width: 20 }])
  })

  test('behavior: the same bytes are the same request, whatever they were called', async () => {
    const spellings = [
      at('a.jpg'),
      dataUrl('image/png', jpeg()),
      dataUrl('image/jpeg', jpeg()).replace('image/jpeg', 'IMAGE/JPG'),
    ]
    const hashes = await Promise.all(
      spellings.map(async (image_url) =>
        Video.hashOf((await read({ ...image, image_url })).request),
      ),
    )
    expect(new Set(hashes).size).toBe(1)
  })
})

/** Names as a system writes them, and as whoever repeats them does. */
const alike: [string, string, string][] = [
  ['a narrow no-break space', 'Shot at 9.22\u202fPM.png', 'Shot at 9.22 PM.png'],
  ['a no-break space', 'a\u00a0b.png', 'a b.png'],
  ['a plain space for another', 'c d.png', 'c\u2009d.png'],
  ['a decomposed letter', 'cafe\u0301.png', 'caf\u00e9.png'],
  ['a composed letter', '\u00fcber.png', 'u\u0308ber.png'],
  ['a mark that is not seen', 'e\u200bf.png', 'ef.png'],
  ['a bent apostrophe', 'Ada\u2019s.png', "Ada's.png"],
  ['a long dash', 'g\u2013h.png', 'g-h.png'],
  ['a folder', 'Bilder\u202fA/i\u0308.png', 'Bilder A/\u00ef.png'],
]

test.each(alike)(
  'behavior: %s in a name: the one that looks so is found',
  async (_, real, said) => {
    mkdirSync(join(at(real), '..'), { recursive: true })
    writeFileSync(at(real), png())
    const { media } = await read({ ...image, image_url: at(said) })
    expect(media).toMatchObject([{ type: 'image/png' }])
  },
)

test('error: of two names that look alike none is guessed, and none leads out or is hidden', async () => {
  for (const name of ['two\u00a0x.png', 'two\u202fx.png', '.dot\u00a0x.png'])
    writeFileSync(at(name), png())
  symlinkSync(join(root, 'secret/a.png'), at('way\u00a0out.png'))
  const codeOf = (name: string) =>
    read({ ...image, image_url: at(name) }).catch(({ code }: { code: string }) => code)
  expect(await codeOf('two x.png')).toBe('INVALID_INPUT')
  expect(await codeOf('.dot x.png')).toBe('POLICY_REFUSED')
  expect(await codeOf('way out.png')).toBe('POLICY_REFUSED')
  expect(await codeOf('../secret/a\u200b.png')).toBe('POLICY_REFUSED')
})

test('behavior: a MOV that is older than its brand is measured, and sent as it is', async () => {
  const clip = Buffer.from(clips[3] ?? [])
  const size = clip.readUInt32BE(0)
  const skip = Buffer.from(clip)
  skip.write('skip', 4, 'latin1')
  const wide = Buffer.from(clip)
  wide.writeUInt32BE(8)
  wide.write('wide', 4, 'latin1')
  wide.writeUInt32BE(size - 8, 8)
  wide.write('free', 12, 'latin1')
  for (const [name, bytes] of Object.entries({
    'bare.mov': clip.subarray(size),
    'skip.mov': skip,
    'wide.mov': wide,
  })) {
    writeFileSync(at(name), bytes)
    const { media, request } = await read({ ...wan3, reference_video_urls: [at(name)] })
    expect(media).toMatchObject([
      { height: 144, seconds: expect.closeTo(3, 1), type: 'video/quicktime', width: 256 },
    ])
    expect(request.reference_video_urls).toEqual([dataUrl('video/quicktime', bytes)])
  }
})

test('error: base64 without the head of a data URL is told as what it is', async () => {
  for (const [field, kind, bytes] of [
    ['image_url', 'image/png', png()],
    ['audio_url', 'audio/mpeg', mp3(3)],
  ] as const) {
    const raw = Buffer.from(bytes).toString('base64')
    await expect(read({ ...image, image_url: at('a.png'), [field]: raw })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      facts: [expect.stringContaining(`data:${kind};base64,`)],
    })
  }
})

/** Where a path leads that may not be read, and what is said about it. */
const forbidden: [what: string, path: () => string, code: string, says: RegExp][] = [
  ['a file elsewhere', () => join(root, 'secret/a.png'), 'POLICY_REFUSED', /none of the folders/],
  ['a file elsewhere that is not there', () => '/etc/no-such', 'POLICY_REFUSED', /none of the/],
  ['a way out', () => `${at('')}/../secret/a.png`, 'POLICY_REFUSED', /none of the folders/],
  ['a link to a file elsewhere', () => at('link.png'), 'POLICY_REFUSED', /none of the folders/],
  ['a link to a folder elsewhere', () => at('folder/a.png'), 'POLICY_REFUSED', /none of the/],
  ['a file: URL elsewhere', () => 'file:///etc/passwd', 'POLICY_REFUSED', /none of the folders/],
  ['a file: URL of another host', () => 'file://host/a.png', 'POLICY_REFUSED', /none of the/],
  ['a zero byte', () => `${at('a.png')}\0.png`, 'POLICY_REFUSED', /none of the folders/],
  ['the folder itself', () => at(''), 'POLICY_REFUSED', /none of the folders/],
  ['a hidden file', () => at('.secret.png'), 'POLICY_REFUSED', /begin with a dot/],
  ['a file in a hidden folder', () => at('.hidden/a.png'), 'POLICY_REFUSED', /begin with a dot/],
  ['a link to a hidden file', () => at('to-hidden.png'), 'POLICY_REFUSED', /begin with a dot/],
  ['a folder', () => at('sub'), 'INVALID_INPUT', /a regular file/],
  ['a pipe', () => at('pipe.png'), 'INVALID_INPUT', /a regular file/],
  ['nothing', () => at('no.png'), 'INVALID_INPUT', /path of a file that is there/],
  ['another scheme', () => 'ftp://media.example/a.png', 'INVALID_INPUT', /an http\(s\) URL/],
  ['a URL that is none', () => 'https://', 'INVALID_INPUT', /an http\(s\) URL/],
]

test.each(forbidden)('error: %s is not read', async (_, path, code, says) => {
  mkdirSync(at('sub'), { recursive: true })
  const error = await read({ ...image, image_url: path() }).catch((error: unknown) => error)
  expect(error).toMatchObject({ code, moneyMoved: 'no' })
  expect((error as Error).message).toMatch(says)
  expect((error as Error).message).toMatch(/image_url/)
})

test('error: without allowed folders no file is read, and nothing is told about it', async () => {
  for (const path of [at('a.png'), at('no.png')])
    await expect(read({ ...image, image_url: path }, [])).rejects.toMatchObject({
      code: 'POLICY_REFUSED',
      facts: [`Given: ${Issue.show(path)}`, 'Allowed: no folder'],
    })
})

/** Media that no model takes, and the complaint. */
const wrong: [what: string, request: () => object, says: string][] = [
  [
    'a web page named .png',
    () => ({ ...image, image_url: at('page.png') }),
    'which is a web page, SVG or XML; allowed: a picture: PNG',
  ],
  ['text', () => ({ ...image, image_url: at('secret.txt') }), 'which is none of the known types'],
  ['nothing', () => ({ ...image, image_url: at('empty.png') }), 'which is an empty file'],
  ['a video as a picture', () => ({ ...image, image_url: at('3s.mp4') }), 'which is video/mp4'],
  ['a picture as a video', () => ({ ...image, video_url: at('a.png') }), 'which is image/png'],
  ['a sound as a picture', () => ({ ...image, image_url: at('a.wav') }), 'which is audio/wav'],
  ['a picture as a sound', () => ({ ...image, audio_url: at('a.png') }), 'allowed: sound: WAV or'],
  [
    'a data URL that lies',
    () => ({ ...image, image_url: dataUrl('image/png', Buffer.from('<html>')) }),
    'which is a web page',
  ],
  ['a data URL of nothing', () => ({ ...image, image_url: 'data:image/png' }), 'an empty file'],
  [
    'half a video',
    () => ({ ...image, video_url: at('cut.mp4') }),
    'cut off after 2000 bytes, or damaged; allowed: a video that can be read',
  ],
  [
    'a soundtrack that is too long',
    () => ({ ...image, audio_url: at('long.wav') }),
    'audio_url: given "31.0 s"; allowed: at most 30 s',
  ],
  ['an MP3 that is too long', () => ({ ...image, audio_url: at('long.mp3') }), 'given "31.0 s"'],
  [
    'a soundtrack that is too large',
    () => ({ ...image, audio_url: at('large.wav') }),
    'audio_url: given "16.0 MB"; allowed: at most 15 MB',
  ],
  [
    'a reference that is too short',
    () => ({ ...seedance, reference_video_urls: [at('1s.mp4')] }),
    'reference_video_urls.0: given "1.0 s"; allowed: 2 to 15 s',
  ],
  [
    'a reference that is too long',
    () => ({ ...seedance, reference_video_urls: [at('16s.mp4')] }),
    'reference_video_urls.0: given "16.0 s"; allowed: 2 to 15 s',
  ],
  [
    'references that are too long together',
    () => ({ ...seedance, reference_video_urls: [at('10s.mp4'), at('10s.mp4')] }),
    'reference_video_urls: given "20.0 s in all"; allowed: at most 15 s in all',
  ],
  [
    'a reference sound that is too short',
    () => ({ ...seedance, reference_audio_urls: [at('short.wav')] }),
    'reference_audio_urls.0: given "1.0 s"; allowed: 2 to 15 s',
  ],
  [
    'a frame that is too small for Wan 3.0',
    () => ({ ...wan3, image_url: at('small.png'), model: 'wan-3-0-image-to-video' }),
    'image_url: given "239 × 400 pixels"; allowed: sides of at least 240',
  ],
  [
    'a picture that is too flat for Seedance',
    () => ({ ...seedance, reference_image_urls: [at('a.png'), at('flat.png')] }),
    'reference_image_urls.1: given "1001 × 400 pixels"; allowed: width by height between 0.4 and 2.5',
  ],
  [
    'more to read and make than Wan 3.0 can',
    () => ({ ...wan3, reference_video_urls: [at('10s.mp4')] }),
    'given "10.0 s in all"; allowed: at most 5 s beside a video of 25 s, 30 s together',
  ],
  [
    'one file that is too large to send',
    () => ({ ...image, image_url: at('27mb.png') }),
    'request: given "36.0 MB"; allowed: at most 35.0 MB in all; put large media behind an https',
  ],
  [
    'files that are too large together',
    () => ({
      ...seedance,
      reference_image_urls: ['a', 'b', 'c'].map((name) => at(`12mb-${name}.png`)),
    }),
    'reference_image_urls.2: given',
  ],
]

test.each(wrong)('error: %s', async (_, request, says) => {
  const error = await read(request()).catch((error: unknown) => error)
  expect(error).toMatchObject({ code: 'INVALID_INPUT', moneyMoved: 'no' })
  expect((error as Video.InvalidRequestError).facts.join('\n')).toContain(says)
})

test('error: an agent’s wrong media cost nothing: only the catalogue is asked', async () => {
  await using server = await serve(() => ({ data: rows.map(modelOf) }))
  await using buyer = await createBuyer({
    apiUrl: `${server.origin}/api/v1`,
    policy: { readFiles: [at('')] },
  })
  const requests = [
    ...forbidden.map(([, path]) => ({ ...image, image_url: path() })),
    ...wrong.map(([, request]) => request()),
  ]
  for (const request of requests)
    await expect(quote(buyer.zecchino, request)).rejects.toMatchObject({
      code: expect.stringMatching(/^(INVALID_INPUT|POLICY_REFUSED)$/),
    })
  const asked = server.requests.map(({ path }) => path)
  expect(new Set(asked)).toEqual(new Set(['/api/v1/models?type=video']))
})
