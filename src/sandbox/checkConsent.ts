import { createHash } from 'node:crypto'

import * as z from 'zod'

import type { Entry } from './catalogue.js'
import type { Request } from './queueBody.js'
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

const roles = {
  end_image_url: 'end_image',
  image_url: 'image',
  reference_image_urls: 'reference_image',
  reference_video_urls: 'reference_video',
  video_url: 'video',
} as const

/**
 * Refuses with 409 media that may show a person and that this wallet has not consented to yet.
 * The sandbox cannot see faces, so on Seedance every image and video counts. The same media are
 * not asked about again.
 */
export function checkConsent(world: World, options: checkConsent.Options): void {
  const { account, consents, entry, request, trace } = options
  const forced = takeFault(world, trace, 'needs-consent')
  if (forced?.version !== undefined) world.policyVersion = forced.version
  if ((entry.listed || !entry.rules.seedance) && !forced) return
  const version = world.policyVersion
  const media = (Object.keys(roles) as (keyof typeof roles)[]).flatMap((field) =>
    [request[field] ?? []].flat().map((url) => ({
      key: `${account.id}:${version}:${createHash('sha256').update(url).digest('hex')}`,
      role: roles[field],
    })),
  )
  // Who was shown a policy consents to that one, and to no later one.
  const shown = world.policyShown.get(account.id) ?? version
  if (consents?.seedance && shown === version) {
    for (const { key } of media) world.consented.add(key)
    return
  }
  const unknown = media.filter(({ key }) => !world.consented.has(key)).map(({ role }) => role)
  if (unknown.length === 0 && !forced) return
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
      docs_url: 'https://docs.venice.ai/overview/guides/video-generation',
      error: { code: 'needs_consent', message: 'Consent is needed before this can be queued' },
      face_media_roles: unknown.length > 0 ? [...new Set(unknown)] : ['image'],
    },
    'a person has to consent to the use of this media; nothing was charged',
  )
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
