import { createHash } from 'node:crypto'

import * as z from 'zod'

import { printable } from './internal/printable.js'
import * as Media from './Media.js'
import type * as Video from './Video.js'

/** What Venice does with a consent, for the person who gives it. */
export const scope =
  'The consent covers these media, by their bytes, under this policy: other media, or a new policy, are asked about again. It is revoked only in Venice’s web application (Settings), never from here; after that these media are asked about again.'

/** A medium that a person consents to. One behind a URL is not fetched: its address stands for it. */
export type Medium = {
  by: 'address' | 'bytes'
  field: string
  sha256: string
  /** How to tell it apart: its address, or its size. */
  what: string
}

/** Every medium of a request, in the order of its fields. */
export function mediaOf(request: Video.Request): Medium[] {
  return Media.places(request).map(({ field, url }) => {
    const bytes = Media.sourceOf(url) === 'data' ? Media.decode(url) : undefined
    return bytes
      ? { by: 'bytes', field, sha256: hashOf(bytes), what: `${bytes.length} bytes` }
      : { by: 'address', field, sha256: hashOf(url), what: printable(url, 120) }
  })
}

/** sha256, in hex. */
export function hashOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** What the audit log keeps of a consent: who agreed to which words, for what, and when. */
export const Entry = z.object({
  at: z.string(),
  confirmed: z.array(z.string()),
  face_media_roles: z.array(z.string()),
  media: z.array(
    z.object({ by: z.enum(['address', 'bytes']), field: z.string(), sha256: z.string() }),
  ),
  model: z.string(),
  policy_sha256: z.string(),
  version: z.string(),
  via: z.enum(['cli', 'elicitation']),
})
export type Entry = z.output<typeof Entry>

/** An entry in a sentence; `undefined` for one of another form. */
export function wordsOf(data: unknown): string | undefined {
  const entry = Entry.safeParse(data).data
  if (!entry) return undefined
  const { confirmed, media, model, policy_sha256: policy, version, via } = entry
  const list = media.map(({ by, field, sha256 }) => `${field} (sha256 of its ${by}: ${sha256})`)
  const where = via === 'cli' ? 'at the terminal' : 'in the host’s form'
  const said = confirmed.map((name) => name.replace('confirmed_', '').replaceAll('_', ' '))
  return printable(
    `A person agreed ${where} to policy ${version} (sha256 ${policy}) for ${list.join(', ') || 'no media'} with ${model}, confirming ${said.join(', ')}.`,
    5_000,
  )
}
