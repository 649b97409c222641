import type { Zecchino } from '../flows/createZecchino.js'
import { ownOf } from '../flows/policyOf.js'
import * as Policy from '../Policy.js'
import type { Config } from './readConfig.js'

/** A sentence about the configuration, and what the owner can do about it. */
export type Note = { next: string; says: string }

/**
 * Where `config.json` says something else than what holds: keys that allow more than the ledger, which
 * no file can change, and keys that belong to no profile.
 */
export async function policyNotes(
  { profile, unfiled }: Pick<Config, 'profile' | 'unfiled'>,
  zecchino: Zecchino | undefined,
): Promise<Note[]> {
  const version = zecchino?.ledger.readOnly ? undefined : await zecchino?.ledger.policy()
  const looser = zecchino ? Policy.looserKeys(ownOf(zecchino), version) : []
  const held = zecchino && Policy.format(Policy.inForce(ownOf(zecchino), version))
  const own = zecchino && Policy.format(zecchino.policy)
  const notes = looser.map((key) => ({
    next: `If it is to hold, the owner runs \`zecchino policy set ${key} ${wordOf(own?.[key])}\`.`,
    says: `config.json says ${key} ${wordOf(own?.[key])}; in force is ${wordOf(held?.[key])}, which no file can raise`,
  }))
  if (unfiled.length === 0) return notes
  const counts =
    profile === 'venice'
      ? 'here they only count as far as they allow less than the defaults'
      : 'they hold for the sandbox'
  return [
    ...notes,
    {
      next: `\`zecchino policy move\` makes them those of the profile ${profile} (owner, at a terminal).`,
      says: `config.json has keys of no profile (${unfiled.join(', ')}): ${counts}`,
    },
  ]
}

/** A value as it is typed. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
}
