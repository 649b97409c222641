import { createHash } from 'node:crypto'

import { expect, test } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { giveConsent } from '../../src/flows/giveConsent.js'
import { quote } from '../../src/flows/quote.js'
import { showConsent } from '../../src/flows/showConsent.js'
import { watch } from '../../src/flows/watch.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { control, createBuyer } from '../support/createBuyer.js'
import { dataUrl, png } from '../support/media.js'

const request = {
  duration: '4s',
  image_url: dataUrl('image/png', png(400, 300)),
  model: 'seedance-2-0-image-to-video',
  prompt: 'She turns around',
  resolution: '480p',
}

const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex')

async function setup() {
  const sandbox = await listenSandbox({ speed: 200 })
  const buyer = await createBuyer({ apiUrl: sandbox.apiUrl })
  const controls = control(sandbox.controlUrl)
  await controls.credit(buyer.address, '20')
  const { zecchino } = buyer
  /** Buys, until it waits for a person or is queued. */
  const buy = async (quoteId: string) => {
    const { job } = await buyVideo(zecchino, { quoteId })
    return watch(zecchino, {
      jobId: job.id,
      timeout: 20_000,
      until: ({ status }) => !['reserved', 'sending'].includes(status),
    })
  }
  const confirm = async (jobId: string) =>
    giveConsent(zecchino, { shown: await showConsent(zecchino, jobId), via: 'cli' })
  const queued = async () => {
    const { charges, requests } = await controls.state()
    return {
      charges: charges.length,
      sent: requests
        .filter(({ path }) => path.endsWith('/video/queue'))
        .map(({ status }) => status),
    }
  }
  return {
    ...buyer,
    buy,
    confirm,
    control: controls,
    queued,
    async [Symbol.asyncDispose]() {
      await buyer[Symbol.asyncDispose]()
      await sandbox.close()
    },
  }
}

test('default: nothing is charged until a person consents, and the same media are not asked about again', async () => {
  await using setting = await setup()
  const { ledger } = setting.zecchino
  const { quote: made } = await quote(setting.zecchino, request)

  const asked = await setting.buy(made.id)
  expect(asked).toMatchObject({
    consent: { consent: { consent_version: '2026-08-01' }, face_media_roles: ['image'] },
    status: 'needs_consent',
  })
  // Whoever has not confirmed buys nothing, however often.
  expect((await setting.buy(made.id)).status).toBe('needs_consent')
  expect(await setting.queued()).toEqual({ charges: 0, sent: [409] })
  expect(await ledger.usage()).toMatchObject({ perDay: 0n, total: 0n })

  const { confirmedAt } = await setting.confirm(asked.id)
  const bought = await setting.buy(made.id)
  expect(bought.id).toBe(asked.id)
  expect(bought.status).not.toBe('needs_consent')
  expect(await setting.queued()).toEqual({ charges: 1, sent: [409, 200] })
  const policy = asked.consent?.consent.policy_text ?? ''
  expect((await ledger.events()).filter(({ type }) => type === 'consent')).toMatchObject([
    {
      data: {
        at: confirmedAt,
        confirmed: [
          'confirmed_terms_and_privacy',
          'confirmed_legal_right',
          'confirmed_screening_acknowledged',
        ],
        face_media_roles: ['image'],
        media: [{ by: 'bytes', field: 'image_url', sha256: sha256(png(400, 300)) }],
        model: request.model,
        policy_sha256: sha256(policy),
        version: '2026-08-01',
        via: 'cli',
      },
      subject: asked.id,
    },
  ])

  const { quote: next } = await quote(setting.zecchino, { ...request, prompt: 'She nods' })
  expect((await setting.buy(next.id)).status).not.toBe('needs_consent')
  expect(await setting.queued()).toEqual({ charges: 2, sent: [409, 200, 200] })
})

test('behavior: a policy that changed is asked about again, and an old yes is void', async () => {
  await using setting = await setup()
  const { quote: made } = await quote(setting.zecchino, request)
  const asked = await setting.buy(made.id)
  const old = await showConsent(setting.zecchino, asked.id)
  await setting.confirm(asked.id)

  await setting.control.fault({ kind: 'needs-consent', route: 'queue', version: '2026-12-01' })
  const again = await setting.buy(made.id)
  expect(again).toMatchObject({
    consent: { consent: { consent_version: '2026-12-01' } },
    status: 'needs_consent',
  })
  expect(again.consent?.confirmed_at).toBeUndefined()
  await expect(giveConsent(setting.zecchino, { shown: old, via: 'cli' })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  })
  expect((await setting.buy(made.id)).status).toBe('needs_consent')
  expect(await setting.queued()).toEqual({ charges: 0, sent: [409, 409] })

  await setting.confirm(asked.id)
  expect((await setting.buy(made.id)).status).not.toBe('needs_consent')
  expect(await setting.queued()).toEqual({ charges: 1, sent: [409, 409, 200] })
})

test('error: other words under the same version were not read', async () => {
  await using setting = await setup()
  const { ledger } = setting.zecchino
  const { quote: made } = await quote(setting.zecchino, request)
  const { consent, id } = await setting.buy(made.id)
  const shown = await showConsent(setting.zecchino, id)
  const { consent_version } = consent!.consent
  await ledger.noteJob(id, {
    consent: { ...consent!, consent: { consent_version, policy_text: 'All is ours.' } },
  })
  await expect(giveConsent(setting.zecchino, { shown, via: 'cli' })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  })
  expect((await setting.buy(made.id)).status).toBe('needs_consent')
  expect((await ledger.events()).filter(({ type }) => type === 'consent')).toEqual([])
})

test('behavior: a person may read longer than the quote lives', async () => {
  await using setting = await setup()
  const { zecchino } = setting
  const { quote: made } = await quote(zecchino, request)
  const expiresAt = new Date((await zecchino.ledger.now()).getTime() + 3_000)
  const brief = { ...made, expiresAt, id: 'quote_brief' }
  await zecchino.ledger.saveQuote(brief)
  const asked = await setting.buy(brief.id)
  expect(asked.status).toBe('needs_consent')
  while ((await zecchino.ledger.now()) <= expiresAt) await zecchino.client.sleep(200)

  expect((await setting.buy(brief.id)).status).toBe('needs_consent')
  await setting.confirm(asked.id)
  // The price is asked again all the same, and no higher one is paid.
  await setting.control.fault({ factor: 1.04, kind: 'price-lie', route: 'quote' })
  await expect(setting.buy(brief.id)).rejects.toMatchObject({ code: 'PRICE_CHANGED' })
  expect((await setting.buy(brief.id)).status).not.toBe('needs_consent')
  expect(await setting.queued()).toEqual({ charges: 1, sent: [409, 200] })
})

test('behavior: other media are asked about, and so are those that were taken back', async () => {
  await using setting = await setup()
  const { address, control: world, zecchino } = setting
  const buy = async (fields: object) => {
    const { quote: made } = await quote(zecchino, { ...request, ...fields })
    return setting.buy(made.id)
  }
  const agree = async ({ id, quoteId }: { id: string; quoteId: string }) => {
    await setting.confirm(id)
    return setting.buy(quoteId)
  }
  expect((await agree(await buy({}))).status).not.toBe('needs_consent')
  const again = `data:image/x;base64,${png(400, 300).toString('base64')}`
  expect((await buy({ image_url: again })).status).not.toBe('needs_consent')

  // What was agreed to beside what was not: the whole is asked about.
  const both = await buy({ end_image_url: dataUrl('image/png', png(400, 301)) })
  expect(both).toMatchObject({
    consent: { face_media_roles: ['end_image', 'image'] },
    status: 'needs_consent',
  })
  expect((await agree(both)).status).not.toBe('needs_consent')

  await world.revokeConsents(address)
  const revoked = await buy({})
  expect(revoked.status).toBe('needs_consent')
  expect((await agree(revoked)).status).not.toBe('needs_consent')
  expect(await setting.queued()).toEqual({
    charges: 4,
    sent: [409, 200, 200, 409, 200, 409, 200],
  })
  const records = (await zecchino.ledger.events()).filter(({ type }) => type === 'consent')
  expect(records.map(({ data }) => (data['media'] as object[]).length)).toEqual([1, 2, 1])
})

test('behavior: a model that is listed never asks', async () => {
  await using setting = await setup()
  const model = 'seedance-2-0-image-to-video-basic'
  const { quote: made, warnings } = await quote(setting.zecchino, { ...request, model })
  expect(warnings).toEqual([])
  expect((await setting.buy(made.id)).status).not.toBe('needs_consent')
  expect(await setting.queued()).toEqual({ charges: 1, sent: [200] })
})

test('behavior: what no consent makes acceptable is refused at once, with what is proposed instead', async () => {
  await using setting = await setup()
  const { quote: made } = await quote(setting.zecchino, request)
  const asked = await setting.buy(made.id)
  await setting.confirm(asked.id)
  await setting.control.fault({
    body: { error: 'CONTENT_POLICY_VIOLATION', suggested_prompt: 'She waves.' },
    kind: 'status',
    route: 'queue',
    status: 422,
  })
  expect(await setting.buy(made.id)).toMatchObject({
    detail: expect.stringMatching(
      /422.*CONTENT_POLICY_VIOLATION.*Nothing was charged.*She waves\./,
    ),
    status: 'rejected',
  })
  expect(await setting.queued()).toMatchObject({ charges: 0 })
})
