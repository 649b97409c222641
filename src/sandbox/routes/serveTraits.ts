import { refuseBody } from '../readJson.js'
import type { Trace, World } from '../world.js'
import { types } from './serveModels.js'

/**
 * `GET /models/traits` and `/models/compatibility_mapping`: names that stand for a model, by type. No
 * video model has any.
 */
export function serveTraits(_world: World, request: Request, trace: Trace): Response {
  const type = new URL(request.url).searchParams.get('type') ?? 'text'
  if (!types.includes(type)) refuseBody([{ message: 'Unknown type', path: ['type'] }])
  trace.verdict = 'no names for models'
  return Response.json({ data: {}, object: 'list', type })
}
