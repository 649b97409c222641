import { expect, test } from 'vitest'

import { catalogue } from '../../src/sandbox/catalogue.js'
import * as Venice from '../../src/Venice.js'
import { png } from '../support/media.js'
import { setup } from './support/client.js'

const confirmed = {
  confirmed_legal_right: true,
  confirmed_screening_acknowledged: true,
  confirmed_terms_and_privacy: true,
}
const url = 'https://example.com/a.jpg'
const [face, other] = [png(400, 400), png(400, 401)]
const data = (bytes: Buffer) => `data:image/png;base64,${bytes.toString('base64')}`
const references = {
  aspect_ratio: '16:9',
  duration: '5s',
  model: 'seedance-2-0-reference-to-video',
  prompt: 'Refer to the woman in <Image 1> to generate a walk',
  reference_image_urls: [data(face), url],
}

async function start() {
  const it = await setup({ limits: 'none' })
  await it.api.control('/credit', { address: it.person.address, usd: '1000' })
  const queue = (body: object) => it.api.call('/video/queue', { body })
  return {
    ...it,
    queue,
    status: async (body: object) => (await queue(body)).status,
    agree: async (body: object) =>
      (await queue({ ...body, consents: { seedance: confirmed } })).status,
  }
}

test('default: asked once for the same bytes, again for others, and nothing is charged meanwhile', async () => {
  await using it = await start()
  const asked = await it.queue(references)
  expect(asked.status).toBe(409)
  const body = (await asked.json()) as object
  expect(body).toMatchObject({
    consent: { consent_version: expect.any(String), policy_text: expect.any(String) },
    consent_flow: 'seedance',
    docs_url: expect.stringContaining('seedance-face-consent'),
    error: { code: 'needs_consent' },
    face_media_roles: ['reference_image'],
  })
  expect(Venice.NeedsConsent.safeParse(body).success).toBe(true)
  expect((await it.api.state()).charges).toEqual([])

  expect(await it.agree(references)).toBe(200)
  expect(await it.status(references)).toBe(200)
  // The bytes count: not the name of their type, nor how they are written, nor the field.
  const escaped = [...face].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  for (const same of [
    `data:image/x-png;name=a;base64,${face.toString('base64')}`,
    `data:image/png,${escaped}`,
  ])
    expect(
      await (await it.queue({ ...references, reference_image_urls: [same] })).json(),
    ).toMatchObject({ queue_id: expect.any(String) })
  const { aspect_ratio: _, reference_image_urls: __, ...frame } = references
  const first = { ...frame, image_url: data(face), model: 'seedance-2-0-fast-image-to-video' }
  expect(await it.status(first)).toBe(200)

  // One that is known beside one that is new; all that show a face are named.
  const partial = await it.queue({ ...first, end_image_url: data(other) })
  expect(partial.status).toBe(409)
  expect(await partial.json()).toMatchObject({ face_media_roles: ['end_image', 'image'] })
  expect(await it.status({ ...references, reference_image_urls: [`${url}?b`] })).toBe(409)
})

test('behavior: after a consent is taken back the media ask again, those of another wallet do not', async () => {
  await using it = await start()
  const { address } = it.person
  expect(await it.agree(references)).toBe(200)
  const stranger = { address: '0x00000000000000000000000000000000000000aa' }
  expect(await it.api.control('/revoke-consents', stranger)).toMatchObject({ revoked: 0 })
  expect(await it.status(references)).toBe(200)
  expect(await it.api.control('/state')).toMatchObject({
    consents: [{ wallet: address.toLowerCase() }, { wallet: address.toLowerCase() }],
  })
  expect(await it.api.control('/revoke-consents', { address })).toMatchObject({ revoked: 2 })
  expect(await it.status(references)).toBe(409)
  expect(await it.agree(references)).toBe(200)
})

test('behavior: a new policy voids what was agreed to, and an answer to the old one', async () => {
  await using it = await start()
  expect(await it.status(references)).toBe(409)
  expect(await it.agree(references)).toBe(200)
  const changed = { kind: 'needs-consent', route: 'queue', version: '2027-01-01' }
  await it.api.control('/faults', [changed])
  // Whoever says yes here has not seen the new one.
  expect(await it.agree(references)).toBe(409)
  expect(await it.status(references)).toBe(409)
  expect(await it.agree(references)).toBe(200)
  expect(await it.status(references)).toBe(200)
})

test('behavior: models that are listed never ask, and take no consent', async () => {
  await using it = await start()
  const listed = { ...references, model: 'seedance-2-0-reference-to-video-basic' }
  expect(await it.status(listed)).toBe(200)
  const refused = await it.queue({ ...listed, consents: { seedance: confirmed } })
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ issues: [{ path: ['consents'] }] })
  const asking = [...catalogue.values()].filter(
    ({ id, listed: is }) => !is && id.startsWith('seedance'),
  )
  expect(asking.map(({ id }) => id)).toEqual(
    expect.arrayContaining([
      'seedance-2-0-fast-image-to-video',
      'seedance-2-0-fast-reference-to-video',
      'seedance-2-0-image-to-video',
      'seedance-2-0-reference-to-video',
    ]),
  )
})

test('behavior: text alone is never asked about', async () => {
  await using it = await start()
  const { reference_image_urls: _, ...text } = references
  expect(await it.status({ ...text, model: 'seedance-2-0-text-to-video', prompt: 'A walk' })).toBe(
    200,
  )
})

test.each([
  [{ ...confirmed, confirmed_legal_right: false }],
  [{ ...confirmed, consent_version: 'v2.0' }],
  [{ confirmed_legal_right: true, confirmed_terms_and_privacy: true }],
  [true],
])('error: %j is no consent', async (seedance) => {
  await using it = await start()
  expect(await it.status({ ...references, consents: { seedance } })).toBe(400)
  expect((await it.api.state()).charges).toEqual([])
})
