import type { Entry } from '../catalogue.js'
import { refuseBody } from '../readJson.js'
import type { Trace, World } from '../world.js'

/** Types of models that Venice knows. */
export const types = [
  'all',
  'asr',
  'code',
  'decision',
  'embedding',
  'image',
  'inpaint',
  'music',
  'text',
  'tts',
  'upscale',
  'video',
]

/** `GET /models`: no credentials, no prices. Other types than video are known and empty. */
export function serveModels(world: World, request: Request, trace: Trace): Response {
  const type = new URL(request.url).searchParams.get('type') ?? 'text'
  if (!types.includes(type)) refuseBody([{ message: 'Unknown type', path: ['type'] }])
  const isShown = type === 'video' || type === 'all'
  const shown = [...world.catalogue.values()].filter(({ listed }) => isShown && listed)
  trace.verdict = `${shown.length} models`
  return Response.json({ data: shown.map(wireOf), object: 'list', type })
}

function wireOf({ created, id, spec }: Entry) {
  return { created, id, model_spec: spec, object: 'model', owned_by: 'venice.ai', type: 'video' }
}
