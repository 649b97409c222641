import { type Entry, region } from './catalogue.js'
import { refuseBody } from './readJson.js'
import { refuse } from './refuse.js'
import type { World } from './world.js'

/** The model a body names. Refuses one that is not there, not for this country, or not running. */
export function findModel(world: World, id: string): Entry {
  const entry = world.catalogue.get(id)
  if (!entry) return refuseBody([{ message: 'Unknown model', path: ['model'] }])
  if (entry.regions && !entry.regions.includes(region))
    return refuse(
      403,
      {
        error:
          'The specified model is unavailable in your region. Getting around this restriction is a violation of the Terms of Service.',
      },
      `${entry.id} is not available in ${region}`,
    )
  if (entry.offline)
    return refuse(503, { error: 'The model is offline. Please try again later.' }, 'model offline')
  return entry
}
