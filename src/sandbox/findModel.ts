import { type Entry, region } from './catalogue.js'
import { refuse } from './refuse.js'
import type { World } from './world.js'

/** The model a body names. Refuses one that is not there, blocked in this country, or not running. */
export function findModel(world: World, id: string): Entry {
  const entry = world.catalogue.get(id)
  if (!entry) return refuse(404, { error: 'Specified model not found' }, 'no such model')
  const { offline, regionRestrictions: blocked = [] } = entry.spec
  if (blocked.includes(region))
    return refuse(
      403,
      {
        error:
          'The specified model is unavailable in your region. Getting around this restriction is a violation of the Terms of Service.',
      },
      `${entry.id} is blocked in ${region}`,
    )
  if (offline)
    return refuse(503, { error: 'The model is offline. Please try again later.' }, 'model offline')
  return entry
}
