import type * as Envelope from '../Envelope.js'

/**
 * What a server takes a payment in. Observed: one that takes the full v2 shape and no flat one, and
 * none whose `accepted` lacks `maxTimeoutSeconds`. Documented: one that takes the flat shape. That
 * both are taken, which is the default, and what `accepted.amount` has to say of more than the
 * minimum, nobody has published: `both` and `full` want the signed value there, `full-unchanged` the
 * entry as it was offered. `full-labelled` and `none` are made up, so that every answer is met.
 */
export const envelopes = [
  'both',
  'full',
  'full-unchanged',
  'full-labelled',
  'flat',
  'none',
] as const
export type Envelopes = (typeof envelopes)[number]

/** The parts of a payment that its envelope consists of. */
export type Form = {
  accepted?: Record<string, unknown> | undefined
  network?: unknown
  scheme?: unknown
}

/** The name under which probes know a form. `value` is what was signed. */
export function nameOf({ accepted, scheme }: Form, value: string): Envelope.Name {
  if (!accepted) return 'flat'
  if (scheme !== undefined) return 'labelled'
  const needed = ['extra', 'maxTimeoutSeconds', 'scheme']
  const isWhole = needed.every((name) => accepted[name] !== undefined)
  return isWhole && accepted['amount'] === value ? 'full' : 'unchanged'
}

/** Why a payment of this form is not even looked at, in words; `undefined`: it is. */
export function formProblem(takes: Envelopes, form: Form): string | undefined {
  const { accepted, network, scheme } = form
  const labelled = network !== undefined && scheme !== undefined
  if (takes === 'none') return 'no form of payment is taken'
  if (takes === 'flat' && accepted) return 'only the flat form is taken'
  if (takes === 'flat' || (takes === 'both' && !accepted))
    return labelled ? undefined : 'scheme or network is missing'
  if (!accepted) return 'accepted is missing'
  if (takes === 'full-labelled' && !labelled) return 'scheme or network is missing'
  return accepted['maxTimeoutSeconds'] === undefined
    ? 'accepted has no maxTimeoutSeconds'
    : undefined
}
