import { expect, test } from 'vitest'

import type { Entry } from '../../src/sandbox/catalogue.js'
import { catalogue } from '../../src/sandbox/catalogue.js'
import * as Venice from '../../src/Venice.js'
import * as Video from '../../src/Video.js'
import { casesOf, optionsOf } from './modelCases.js'
import { proveModels } from './proveModels.js'

/** A model as the API would list it. */
function subjectOf(entry: Entry) {
  const model = { id: entry.id, model_spec: entry.spec, type: 'video' }
  return { entry, model: Venice.Model.parse(structuredClone(model)) }
}

const isKnown = (value: string) => Video.Request.shape.resolution.safeParse(value).success
const listed = [...catalogue.values()].filter(
  ({ listed, spec }) => listed && spec.constraints.resolutions.every(isKnown),
)

test.each(listed.map((entry) => [entry.id, entry] as const))(
  'behavior: the cases of %s try each of its options',
  (_, entry) => {
    const subject = subjectOf(entry)
    const video = 'data:video/mp4;base64,AAAA'
    const tried = casesOf(subject, { video }).flatMap(({ options }) => options)
    expect(tried).toEqual(expect.arrayContaining(optionsOf(subject)))
  },
)

test('behavior: every option of two models ends in its file', async () => {
  const { found, problems } = await proveModels({
    models: ['veo3-full-text-to-video', 'ovi-image-to-video'],
  })

  expect(problems).toEqual([])
  expect(found).toMatchObject({
    charges: 5,
    models: [
      { jobs: 2, options: 3, tried: 3 },
      { jobs: 3, options: 7, tried: 7 },
    ],
  })
}, 120_000)
