import { readFileSync } from 'node:fs'

import * as z from 'zod'

import { dataUrl, jpeg } from '../support/media.js'

const Status = z.literal([200, 400, 403, 404, 409, 410])

/**
 * The requests that Venice publishes, in the order of its documents: what it sends, and with which
 * status and words it has to come back. Where two documents disagree the later one is right, so an
 * example that became stale is kept with its refusal. Shapes are Venice's, words are ours.
 */
export const Example = z.strictObject({
  body: z.looseObject({ model: z.string().optional() }),
  /** What our client does with it, where that is another thing: it leaves a needless word out. */
  client: Status.optional(),
  document: z.string(),
  route: z.enum(['complete', 'queue', 'quote', 'retrieve', 'transcriptions']),
  /** Words of Venice's, or the field that it names. */
  says: z.string().optional(),
  section: z.string(),
  /** Several, where no document says which of two mistakes is told first. */
  status: z.union([Status, z.array(Status)]).transform((status) => [status].flat()),
})
export type Example = z.output<typeof Example>

const text = readFileSync('test/published/examples.json', 'utf8').replaceAll(
  'data:image/jpeg;base64,<picture>',
  dataUrl('image/jpeg', jpeg()),
)

export const examples = z.array(Example).parse(JSON.parse(text))

/** Whether it is an example of what works, by the newest document. */
export function isGood({ status }: Example): boolean {
  return status.includes(200)
}

/** The title of an example in a list of tests. */
export function titleOf({ document, route, section }: Example): string {
  return `${document}: ${section} (${route})`
}
