import { expect, test } from 'vitest'

import type { Entry } from '../../src/sandbox/catalogue.js'
import { catalogue } from '../../src/sandbox/catalogue.js'
import type * as Venice from '../../src/Venice.js'
import { casesOf, optionsOf } from './modelCases.js'
import { proveModels } from './proveModels.js'

/** A model as the API would list it. */
function subjectOf(entry: Entry) {
  const { aspectRatios, audio, durations, id, resolutions, type } = entry
  const constraints = {
    aspect_ratios: [...aspectRatios],
    audio_configurable: audio === 'configurable',
    durations: [...durations],
    model_type: type,
    resolutions: [...resolutions],
  }
  const model: Venice.Model = { id, model_spec: { constraints }, type: 'video' }
  return { entry, model }
}

test.each([...catalogue.values()].map((entry) => [entry.id, entry] as const))(
  'behavior: the cases of %s try each of its options',
  (_, entry) => {
    const subject = subjectOf(entry)
    const video = 'data:video/mp4;base64,AAAA'
    const tried = casesOf(subject, { video }).flatMap(({ options }) => options)
    expect(tried).toEqual(expect.arrayContaining(optionsOf(subject)))
  },
)

test('behavior: every option of two models ends in its file, and one away is refused', async () => {
  const names = ['veo3.1-fast-image-to-video', 'wan-2.1-pro-image-to-video', 'sora-2-text-to-video']

  const { found, problems } = await proveModels({ models: names })

  expect(problems).toEqual([])
  expect(found).toMatchObject({
    charges: 3,
    models: [
      { jobs: 2, options: 8, seconds: [8], sizes: ['1280x720', '1080x1920'], tried: 8 },
      { jobs: 1, options: 3, tried: 3 },
      { jobs: 0, refused: 'MODEL_OFFLINE' },
    ],
  })
}, 120_000)

test('error: an option that is in no file is told', () => {
  const entry = catalogue.get('longcat-distilled-text-to-video')
  if (!entry) throw new Error('it has gone')
  const { model } = subjectOf(entry)
  const { constraints } = model.model_spec
  const more = { ...model.model_spec, constraints: { ...constraints, durations: ['5s', '60s'] } }
  const subject = { entry, model: { ...model, model_spec: more } }
  // Nothing that the product knows can be asked for such a length, so there is no such case.
  expect(optionsOf(subject)).toContain('duration=60s')
  expect(() => casesOf(subject, { video: '' })).toThrow('duration')
})
