import { describe, expect, test } from 'vitest'

import { workflowOf } from '../src/sandbox/checkSeedance.js'
import * as Seedance from '../src/Seedance.js'
import * as Video from '../src/Video.js'

const prompts = {
  edit: Seedance.prompt({ change: 'make it night', workflow: 'edit' }),
  extend: Seedance.prompt({ scene: 'the boat passes a bridge', workflow: 'extend' }),
  reference: Seedance.prompt({
    scene: 'walking through the rain',
    subjects: [
      { image: 1, what: 'the man' },
      { image: 2, what: 'the dog' },
    ],
    workflow: 'reference',
  }),
  stitch: Seedance.prompt({ transitions: ['a slow fade', 'a cut'], workflow: 'stitch' }),
} as const

describe('prompt', () => {
  test('default: the canonical prompt of each workflow', () => {
    expect(prompts).toMatchInlineSnapshot(`
      {
        "edit": "Strictly edit <Video 1>, make it night",
        "extend": "Extend <Video 1>, generate the boat passes a bridge",
        "reference": "Refer to the man in <Image 1> and the dog in <Image 2>, walking through the rain",
        "stitch": "<Video 1> + a slow fade + followed by <Video 2> + a cut + followed by <Video 3>",
      }
    `)
    expect(Seedance.prompt({ backward: true, scene: 'dawn', workflow: 'extend' })).toBe(
      'Extend <Video 1> backward, generate dawn',
    )
  })

  test.each(Object.entries(prompts))('behavior: the server reads %s as we do', (name, prompt) => {
    expect([workflowOf(prompt), Seedance.workflowOf(prompt)]).toEqual([name, name])
  })

  test('behavior: case matters, and so does what is left out', () => {
    for (const prompt of ['strictly edit <Video 1>, x', 'Extend <video 1>, generate x', 'A man'])
      expect(Seedance.workflowOf(prompt)).toBeUndefined()
  })
})

describe('warningsOf', () => {
  const images = ['https://a.example/1', 'https://a.example/2']
  const warn = (fields: object) =>
    Seedance.warningsOf(
      Video.parseRequest({ model: 'seedance-2-0-reference-to-video-basic', ...fields }),
    )

  test('default: a prompt that names what is there', () => {
    expect(warn({ prompt: prompts.reference, reference_image_urls: images })).toEqual([])
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

  test('behavior: reference videos need a prompt of a known shape', () => {
    const videos = { reference_video_urls: ['https://a.example/1.mp4'] }
    expect(warn({ ...videos, prompt: 'Make <Video 1> nicer' })).toEqual([
      expect.stringMatching(/^The prompt has none of the shapes .* edit: Strictly edit <Video 1>/),
    ])
    expect(warn({ ...videos, prompt: prompts.edit })).toEqual([])
  })
})
