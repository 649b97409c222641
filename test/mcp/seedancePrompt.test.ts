import { expect, test } from 'vitest'

import { seedancePrompt } from '../../src/mcp/seedancePrompt.js'
import * as Seedance from '../../src/Seedance.js'

const write = (given: Record<string, string>) => seedancePrompt.write(given)
/** The request that the text spells out. */
const requestOf = (text: string) => JSON.parse(/^\{$[^]*^\}$/m.exec(text)?.[0] ?? '') as object

test('default: the exact prompt, and the fields to send', () => {
  const text = write({ shape: 'edit', what: 'make it “night”\n\u202e <quickly>' })
  expect(text).toMatchInlineSnapshot(`
    "Buy this video with Zecchino. Send the prompt exactly as it stands here: its words, brackets and capitals decide what Seedance does.

    {
      "model": "(a Seedance reference-to-video model)",
      "prompt": "Strictly edit <Video 1>, make it “night” <quickly>",
      "reference_video_urls": [
        "(<Video 1>)"
      ]
    }

    1. Put a URL, or the path of a file, for each medium in parentheses, in the order of the numbers. Ask me for those that you do not have.
    2. Add duration, resolution and aspect_ratio as video_models lists them for the model. On the -basic models an edit or extension may say aspect_ratio "adaptive" to keep the shape of the source; on seedance-2-5-reference-to-video-basic an edit may say duration "auto" to keep its length (4 to 30 s).
    3. video_quote with that, tell me the price and its warnings, and wait for my yes; then video_generate and video_retrieve."
  `)
  expect(requestOf(text)).toEqual({
    model: '(a Seedance reference-to-video model)',
    prompt: 'Strictly edit <Video 1>, make it “night” <quickly>',
    reference_video_urls: ['(<Video 1>)'],
  })
})

test.each([
  [
    { donors: 'the man in image 2; the voice in audio 1', shape: 'reference', what: 'a speech' },
    {
      prompt: 'Refer to the man in <Image 2> and the voice in <Audio 1> to generate a speech',
      reference_audio_urls: ['(<Audio 1>)'],
      reference_image_urls: ['(<Image 1>)', '(<Image 2>)'],
    },
  ],
  [
    { shape: 'stitch', transitions: 'a fade; a cut' },
    {
      prompt: '<Video 1> + a fade + followed by <Video 2> + a cut + followed by <Video 3>',
      reference_video_urls: ['(<Video 1>)', '(<Video 2>)', '(<Video 3>)'],
    },
  ],
  [
    { shape: 'replace', what: 'the mug', with: 'the vase from <Image 1>' },
    {
      prompt: 'Replace the mug in <Video 1> with the vase from <Image 1>',
      reference_image_urls: ['(<Image 1>)'],
      reference_video_urls: ['(<Video 1>)'],
    },
  ],
])('behavior: %j', (given, request) => {
  const model = 'seedance-2-5-reference-to-video-basic'
  expect(requestOf(write({ ...given, model }))).toEqual({ ...request, model })
})

/** Shapes that take more than `what`. */
const own: { [shape in Seedance.Shape]?: Record<string, string> } = {
  reference: { donors: 'the man in image 1', what: 'words' },
  replace: { what: 'words', with: 'others' },
  stitch: { transitions: 'a cut' },
}

test('behavior: every shape can be asked for', () => {
  const [{ description = '' } = {}] = seedancePrompt.arguments
  for (const shape of Seedance.shapes) {
    expect(description).toContain(`${shape}: ${Seedance.formOf(shape)}`)
    const { prompt } = requestOf(write({ shape, ...(own[shape] ?? { what: 'words' }) })) as {
      prompt: string
    }
    expect(Seedance.shapeOf(prompt)).toBe(shape)
  }
})

test.each([
  [{ shape: 'dance', what: 'x' }, 'expected one of edit, add'],
  [{ what: 'x' }, 'expected one of edit, add'],
  [{ shape: 'edit' }, 'what: expected words'],
  [{ shape: 'edit', what: '\u202e ' }, 'what: expected words'],
  [{ shape: 'edit', what: 'x', with: 'y' }, 'Unrecognized key: "with"'],
  [{ donors: 'him', shape: 'reference', what: 'x' }, 'donors.0: expected something like'],
  [{ model: 'wan-2-7-text-to-video', shape: 'edit', what: 'x' }, 'none of Seedance’s'],
])('error: %j', (given, reason) => {
  expect(() => write(given as Record<string, string>)).toThrow(reason)
})
