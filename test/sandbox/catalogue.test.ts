import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import * as Venice from '../../src/Venice.js'
import { catalogue, type Entry } from '../../src/sandbox/catalogue.js'
import { build } from '../../src/sandbox/data/build.mjs'
import { price } from '../../src/sandbox/price.js'
import { secondsOf } from '../../src/sandbox/secondsOf.js'
import { setup } from './support/client.js'

type Fact = {
  id: string
  created: number
  durations: string[]
  input_dependent?: boolean
  model_sets: string[]
  name: string
  privacy: string
}
type Prices = Record<string, { input_dependent?: boolean; quotes: Record<string, number[]> }>

const read = (name: string) => readFileSync(`src/sandbox/data/${name}`, 'utf8')
const facts = JSON.parse(read('venice-video-catalogue.json')) as (Fact & Record<string, unknown>)[]
const prices = JSON.parse(read('venice-video-prices.json')) as Prices
const entry = (id: string) => catalogue.get(id) as Entry

test('behavior: the committed rows are those that the data files make', () => {
  // When this fails: `npm run build:catalogue`, and look at what changed.
  expect(read('published.ts')).toBe(build())
})

test('behavior: every quote that Venice published comes back to the cent', () => {
  const wrong: string[] = []
  let count = 0
  for (const { durations, id } of facts)
    for (const [name, quotes] of Object.entries(prices[id]?.quotes ?? {}))
      for (const [index, usd] of quotes.entries()) {
        const [resolution = '', sound] = name.split('|')
        const amount = price(entry(id), {
          audio: sound === 'on',
          resolution: resolution === '-' ? undefined : resolution,
          seconds: secondsOf(durations[index]) ?? 0,
        })
        count += 1
        if (amount !== BigInt(Math.round(usd * 100)) * 10_000n)
          wrong.push(`${id} ${name} ${durations[index]}: ${amount} instead of ${usd}`)
      }
  expect(wrong).toEqual([])
  expect(count).toBe(3_688)
})

test('behavior: /models answers with the 132 rows, in their shape on the wire', async () => {
  await using it = await setup()
  const response = await it.api.call('/models?type=video', { header: '' })
  const { data } = (await response.json()) as { data: Record<string, unknown>[] }

  expect(data.map(({ id }) => id)).toEqual(facts.map(({ id }) => id))
  for (const [index, row] of data.entries()) {
    const fact = facts[index]!
    const { constraints, ...spec } = Venice.Model.parse(row).model_spec
    expect(row).toMatchObject({ created: fact.created, object: 'model', type: 'video' })
    expect(spec).toEqual({
      model_sets: fact.model_sets,
      name: fact.name,
      privacy: fact.privacy,
      traits: [],
    })
    for (const [name, value] of Object.entries(constraints))
      if (name in fact) expect([fact.id, name, value]).toEqual([fact.id, name, fact[name]])
    // What is false or absent is left out, but for the two switches of sound.
    for (const name of ['audio_input', 'video_input', 'prompt_character_limit'])
      expect([fact.id, name, name in constraints]).toEqual([fact.id, name, Boolean(fact[name])])
  }
  const words = JSON.stringify(data)
  for (const name of ['"mode"', '"provider"', 'usd_per_second', 'input_dependent', '"price"'])
    expect(words).not.toContain(name)
  expect(data[0]).toMatchInlineSnapshot(`
    {
      "created": 1785801600,
      "id": "flux-3-first-last-frame-to-video",
      "model_spec": {
        "constraints": {
          "aspect_ratios": [
            "auto",
            "21:9",
            "16:9",
            "4:3",
            "1:1",
            "3:4",
            "9:16",
            "9:21",
          ],
          "audio": true,
          "audio_configurable": false,
          "durations": [
            "5s",
            "10s",
            "15s",
            "20s",
          ],
          "model_type": "image-to-video",
          "resolutions": [
            "720p",
            "1080p",
          ],
        },
        "model_sets": [
          "high_resolution",
          "audio",
          "long_duration",
        ],
        "name": "Flux 3 First Last Frame",
        "privacy": "anonymized",
        "traits": [],
      },
      "object": "model",
      "owned_by": "venice.ai",
      "type": "video",
    }
  `)
  const { constraints } = entry('wan-2-7-reference-to-video').spec
  expect(constraints.per_reference_audio).toBe(true)
})

test('behavior: ids that are not listed can be quoted like their kin', async () => {
  await using it = await setup()
  const quoteOf = async (model: string, resolution: string) => {
    const body = { duration: '5s', model, resolution }
    const response = await it.api.call('/video/quote', { body, header: '' })
    return [response.status, await response.json()]
  }
  const hidden = [...catalogue.values()].filter(({ listed }) => !listed).map(({ id }) => id)
  expect(hidden).toMatchInlineSnapshot(`
    [
      "seedance-2-0-image-to-video",
      "seedance-2-0-reference-to-video",
      "seedance-2-0-text-to-video",
      "seedance-2-0-fast-image-to-video",
      "seedance-2-0-fast-reference-to-video",
      "seedance-2-0-fast-text-to-video",
      "wan-3.0-image-to-video",
      "wan-3.0-prime-image-to-video",
      "wan-3.0-prime-pro-image-to-video",
      "wan-3.0-prime-pro-reference-to-video",
      "wan-3.0-prime-pro-text-to-video",
      "wan-3.0-prime-reference-to-video",
      "wan-3.0-prime-text-to-video",
      "wan-3.0-pro-image-to-video",
      "wan-3.0-pro-reference-to-video",
      "wan-3.0-pro-text-to-video",
      "wan-3.0-reference-to-video",
      "wan-3.0-text-to-video",
    ]
  `)
  for (const id of hidden) {
    const kin = id.startsWith('seedance') ? `${id}-basic` : id.replace('3.0', '3-0')
    const [resolution = ''] = entry(id).spec.constraints.resolutions
    expect(await quoteOf(id, resolution)).toEqual(await quoteOf(kin, resolution))
  }
})
