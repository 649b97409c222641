import { createHash } from 'node:crypto'

import * as z from 'zod'

import type { Entry } from './catalogue.js'
import { bytesOf } from './probeMedia.js'
import type { Request } from './queueBody.js'
import { refuseBody } from './readJson.js'
import { refuse } from './refuse.js'
import { takeFault } from './takeFault.js'
import type { Account, Trace, World } from './world.js'

/** The consent of a person, exactly as Venice wants it: three times `true`, nothing else. */
export const Consents = z.strictObject({
  seedance: z
    .strictObject({
      confirmed_terms_and_privacy: z.literal(true),
      confirmed_legal_right: z.literal(true),
      confirmed_screening_acknowledged: z.literal(true),
    })
    .optional(),
})

/** Inputs that may show a face, and what the answer calls them. */
const roles = {
  end_image_url: 'end_image',
  image_url: 'image',
  reference_image_urls: 'reference_image',
  reference_video_urls: 'reference_video',
} as const

/**
 * Refuses with 409 media of an unlisted Seedance model that this wallet has not consented to, by
 * their bytes, under the policy of now. Models that `/models` lists never ask, and take no consent.
 *
 * Decided here: the sandbox sees no faces, so every image and video counts; a medium behind a URL is
 * not fetched, so its address stands for its bytes; and a consent that answers to an older policy
 * than the one of now is asked for again.
 */
export function checkConsent(world: World, options: checkConsent.Options): void {
  const { account, consents, entry, request, trace } = options
  const forced = takeFault(world, trace, 'needs-consent')
  if (forced?.version !== undefined) world.policyVersion = forced.version
  // Whom a fault has asked may answer, whatever the model.
  if (forced) world.consentFaults.add(`${account.id} ${entry.id}`)
  const asks = !entry.listed && entry.rules.seedance !== undefined
  if (!asks && !world.consentFaults.has(`${account.id} ${entry.id}`)) {
    if (!consents?.seedance) return
    refuseBody([{ message: 'This model does not support consents', path: ['consents'] }])
  }
  const version = world.policyVersion
  const media = (Object.keys(roles) as (keyof typeof roles)[]).flatMap((field) =>
    [request[field] ?? []].flat().map((url) => {
      const sha256 = createHash('sha256')
        .update(bytesOf(url) ?? url)
        .digest('hex')
      return { key: `${account.id} ${version} ${sha256}`, role: roles[field], sha256 }
    }),
  )
  const shown = world.policyShown.get(account.id) ?? version
  if (consents?.seedance && shown === version) {
    for (const { key, sha256 } of media)
      world.consents.set(key, { account: account.id, sha256, version })
    return
  }
  const isKnown = media.every(({ key }) => world.consents.has(key))
  if (isKnown && !forced) return
  world.policyShown.set(account.id, version)
  refuse(
    409,
    {
      consent: {
        consent_version: version,
        policy_text:
          'Sandbox policy. You have the right to use this media, you accept the terms of the ' +
          'provider, and you know that it may be screened before it is processed.',
      },
      consent_flow: 'seedance',
      docs_url: 'https://docs.venice.ai/guides/media/seedance-face-consent',
      error: {
        code: 'needs_consent',
        message: 'Seedance consent is required for this request.',
      },
      // Of all its inputs, also of those that were consented to before.
      face_media_roles: media.length > 0 ? [...new Set(media.map(({ role }) => role))] : ['image'],
    },
    'a person has to consent to the use of this media; nothing was charged',
  )
}

/**
 * Takes back every consent of a wallet, as its owner does in Venice's web application: no route of
 * the API does. Gives how many.
 */
export function revokeConsents(world: World, account: string): number {
  const own = [...world.consents].filter(([, consent]) => consent.account === account)
  for (const [key] of own) world.consents.delete(key)
  return own.length
}

export declare namespace checkConsent {
  type Options = {
    account: Account
    consents: z.output<typeof Consents> | undefined
    entry: Entry
    request: Request
    trace: Trace
  }
}
