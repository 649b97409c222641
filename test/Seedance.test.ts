import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { workflowOf } from '../src/sandbox/checkSeedance.js'
import * as Seedance from '../src/Seedance.js'
import * as Video from '../src/Video.js'

const every: readonly Seedance.Parts[] = [
  { shape: 'edit', what: 'make it night' },
  { shape: 'add', what: 'a red kite to the sky.' },
  { at: 'the end and in the sky', shape: 'add', what: 'a red kite' },
  { shape: 'remove', what: 'the red car' },
  { shape: 'replace', what: 'the bottle', with: 'the jar from <Image 1>' },
  { shape: 'extend-keeping', what: 'the camera rises' },
  { shape: 'extend', what: 'the boat passes a bridge' },
  { shape: 'backward-keeping', what: 'dawn breaks.' },
  { shape: 'backward', what: 'dawn breaks' },
  { shape: 'stitch', transitions: ['a slow fade', 'a cut'] },
  { shape: 'lead-in', what: 'A leaf falls. The wind takes it.' },
  {
    donors: [
      { kind: 'Image', number: 1, what: 'the man' },
      { kind: 'Video', number: 1, what: 'the camera movement' },
      { kind: 'Audio', number: 2, what: 'the voice' },
    ],
    shape: 'reference',
    what: 'him walking through the rain',
  },
]

describe('prompt', () => {
  test('default: the canonical prompt of each shape, as client and sandbox read it', () => {
    const read = every.map((parts) => {
      const text = Seedance.prompt(parts)
      expect([Seedance.shapeOf(text), workflowOf(text)]).toEqual([
        parts.shape,
        Seedance.workflowOf(text),
      ])
      return `${workflowOf(text)}: ${text}`
    })
    expect(read).toMatchInlineSnapshot(`
      [
        "edit: Strictly edit <Video 1>, make it night",
        "edit: Add a red kite to the sky in <Video 1>.",
        "edit: At the end and in the sky of <Video 1>, add a red kite",
        "edit: Remove the red car from <Video 1>, keeping everything else as it is.",
        "edit: Replace the bottle in <Video 1> with the jar from <Image 1>",
        "extend: Extend <Video 1>, start with <Video 1>, then the camera rises",
        "extend: Extend <Video 1>, generate the boat passes a bridge",
        "extend: Extend <Video 1> backward, dawn breaks, and then end with <Video 1>",
        "extend: Extend <Video 1> backward, dawn breaks",
        "stitch: <Video 1> + a slow fade + followed by <Video 2> + a cut + followed by <Video 3>",
        "stitch: <Video 1>. A leaf falls. The wind takes it, leading into <Video 2>.",
        "reference: Refer to the man in <Image 1> and the camera movement in <Video 1> and the voice in <Audio 2> to generate him walking through the rain",
      ]
    `)
    expect([...new Set(every.map(({ shape }) => shape))]).toEqual(Seedance.shapes)
  })

  test('behavior: whatever the words, the prompt keeps its shape', () => {
    const words = fc
      .string({ maxLength: 60, minLength: 1 })
      .filter((text) => text.trim() !== '' && !/<|\.\s*$/.test(text))
    const text = fc.record({ shape: fc.constantFrom(...every), words })
    fc.assert(
      fc.property(text, ({ shape: parts, words: what }) => {
        const changed = { ...parts, ...('what' in parts && { what }) } as Seedance.Parts
        const made = Seedance.prompt(Seedance.Parts.parse(flat(changed)))
        expect([Seedance.shapeOf(made), workflowOf(made)]).toEqual([
          parts.shape,
          Seedance.workflowOf(made),
        ])
      }),
    )
  })
})

/** As a person writes it down. */
function flat(parts: Seedance.Parts): unknown {
  if (parts.shape !== 'reference') return parts
  const donors = parts.donors.map(({ kind, number, what }) => `${what} in ${kind} ${number}`)
  return { ...parts, donors }
}

describe('Parts', () => {
  test.each([
    ['the man in image 1', { kind: 'Image', number: 1, what: 'the man' }],
    [
      'the light in the room of <Video 12>',
      { kind: 'Video', number: 12, what: 'the light in the room' },
    ],
    ['<Subject 1> in <Image 1>', { kind: 'Image', number: 1, what: '<Subject 1>' }],
    ['The tone from Audio3', { kind: 'Audio', number: 3, what: 'The tone' }],
  ])('default: the donor "%s"', (text, donor) => {
    const parts = { donors: [text], shape: 'reference', what: 'a walk' }
    expect(Seedance.Parts.parse(parts)).toEqual({ ...parts, donors: [donor] })
  })

  test.each([
    { donors: ['the man'], shape: 'reference', what: 'a walk' },
    { donors: ['in image 1'], shape: 'reference', what: 'a walk' },
    { donors: ['the man in image 0'], shape: 'reference', what: 'a walk' },
    { donors: [], shape: 'reference', what: 'a walk' },
    { shape: 'edit', what: ' ' },
    { shape: 'edit', what: 'x', with: 'y' },
    { shape: 'replace', what: 'x' },
    { shape: 'stitch', transitions: [] },
    { shape: 'dance', what: 'x' },
  ])('error: %j', (parts) => {
    expect(Seedance.Parts.safeParse(parts).success).toBe(false)
  })
})

describe('workflowOf', () => {
  // Openings that people write down in other words than ours; each is one of the taught shapes.
  test.each([
    ['edit', 'Strictly edit <Video 1>: it snows.'],
    ['edit', 'Add bread and cheese to the table in <Video 1>.'],
    ['edit', 'At 00:03 and above the roof of <Video 1>, add a balloon.'],
    ['edit', 'Remove the crane from <Video 1>, with the rest unchanged.'],
    ['edit', 'Replace the mug shown in <Video 1> with the vase from <Image 1>, motions kept.'],
    ['extend', 'Extend <Video 1>, generate a chase.'],
    ['extend', 'Extend <Video 1>, start with <Video 1>, then the camera pulls back.'],
    ['extend', 'Extend <Video 1> backward, she walks up to the door.'],
    ['extend', 'Extend <Video 1> backward, she walks, and then end with <Video 1>'],
    [
      'stitch',
      '<Video 1> + smoke becomes birds + followed by <Video 2> + a dolly-in + followed by <Video 3>',
    ],
    ['stitch', '<Video 1>. A leaf falls. A gust of wind, leading into <Video 2>.'],
    [
      'reference',
      'Refer to <Subject 1> in <Image 1> to generate a walk. Refer to the timbre in <Audio 1> for the voice.',
    ],
    ['reference', 'Refer to the camera movement in <Video 1> to generate a city at dawn.'],
    [
      'reference',
      'Refer to <Subject 1> in <Image 1> and use the timbre in <Audio 1> for the narrator.',
    ],
    [undefined, 'strictly edit <Video 1>, it snows'],
    [undefined, 'Strictly edit <video 1>, it snows'],
    [undefined, 'Strictly edit <Video1>, it snows'],
    [undefined, 'Please extend <Video 1>, generate more'],
    [undefined, 'Extend <Video 2>, generate more'],
    [undefined, '<Video 1> + <Video 2>'],
    [undefined, 'refer to the man in <Image 1>'],
    [undefined, 'Generate a video based on <Video 1>'],
  ])('behavior: %s: %s', (workflow, prompt) => {
    expect([Seedance.workflowOf(prompt), workflowOf(prompt)]).toEqual([workflow, workflow])
  })
})

describe('warningsOf', () => {
  const images = ['https://a.example/1', 'https://a.example/2']
  const warn = (fields: object) =>
    Seedance.warningsOf(
      Video.parseRequest({ model: 'seedance-2-0-reference-to-video-basic', ...fields }),
    )

  test('default: a prompt that names what is there', () => {
    expect(
      warn({
        prompt: 'Refer to the man in <Image 1> and the dog in <Image 2> to generate a walk',
        reference_image_urls: images,
      }),
    ).toEqual([])
    expect(warn({ model: 'wan', prompt: '<Image 9>', reference_image_urls: images })).toEqual([])
  })

  test.each([
    [
      { prompt: 'Refer to the man in <Image 3>, and <Image 1>', reference_image_urls: images },
      [
        'The prompt names <Image 3>, but 2 images are given.',
        'The prompt does not name <Image 2>, so it may be left unused.',
      ],
    ],
    [
      { prompt: 'Refer to the man in <image 1>', reference_image_urls: images.slice(1) },
      ['<image 1> in the prompt is not understood: write <Image 1>.'],
    ],
    [
      { prompt: 'Refer to the man in <Image1>', reference_image_urls: images.slice(1) },
      ['<Image1> in the prompt is not understood: write <Image 1>.'],
    ],
    [
      { prompt: 'Refer to <Video 1> in <Image 1>', reference_image_urls: images.slice(1) },
      ['The prompt names <Video 1>, but no video is given.'],
    ],
    [
      {
        elements: [{ frontal_image_url: images[0] }],
        model: 'kling-o3-pro-reference-to-video',
        prompt: '@element1 meets @Element2 at @Image1',
      },
      [
        '@element1 in the prompt is not understood: write @Element1.',
        'The prompt names @Element2, but 1 element is given.',
        'The prompt names @Image1, but no scene image is given.',
      ],
    ],
  ])('behavior: %j', (fields, warnings) => {
    expect(warn(fields)).toEqual(warnings)
  })

  test('behavior: references beside a prompt of no shape are worth a note, and no more', () => {
    const videos = { reference_video_urls: ['https://a.example/1.mp4'] }
    const note = expect.stringMatching(/^The prompt has none of the shapes .* edit: Strictly edit/)
    expect(warn({ ...videos, prompt: 'Make <Video 1> nicer' })).toEqual([note])
    expect(warn({ prompt: '<Image 1> <Image 2>', reference_image_urls: images })).toEqual([note])
    expect(warn({ ...videos, prompt: 'Strictly edit <Video 1>: more rain' })).toEqual([])
    expect(
      warn({ ...videos, omni_reference_task_type: 'edit', prompt: 'Make <Video 1> nicer' }),
    ).toEqual([])
  })

  test('behavior: the soundtrack counts as one more sound', () => {
    const prompt = 'Refer to the voice in <Audio 1> and the man in <Image 1> to generate a speech'
    const fields = { prompt, reference_image_urls: images.slice(1) }
    expect(warn({ ...fields, audio_url: 'https://a.example/1.wav' })).toEqual([])
    expect(warn(fields)).toEqual(['The prompt names <Audio 1>, but no audio is given.'])
  })
})
