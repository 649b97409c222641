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
  const shown = type === 'video' || type === 'all' ? [...world.catalogue.values()] : []
  trace.verdict = `${shown.length} models`
  return Response.json({ data: shown.map(wireOf), object: 'list', type })
}

function wireOf(entry: Entry) {
  const { aspectRatios, audio, deprecation, durations, offline, promptLimit, rules } = entry
  return {
    created: 1_782_864_000,
    id: entry.id,
    model_spec: {
      constraints: {
        aspect_ratios: aspectRatios,
        audio: audio !== 'none',
        audio_configurable: audio === 'configurable',
        audio_input: rules.audio_url !== undefined || rules.reference_audio_urls !== undefined,
        durations,
        model_type: entry.type,
        ...(promptLimit && { prompt_character_limit: promptLimit }),
        resolutions: entry.resolutions,
        video_input: rules.video_url !== undefined || rules.reference_video_urls !== undefined,
      },
      ...(deprecation && { deprecation }),
      name: entry.name,
      offline: offline ?? false,
      privacy: entry.private ? 'private' : 'anonymized',
      ...(entry.regions && { regionRestrictions: entry.regions }),
      traits: entry.traits ?? [],
      ...(entry.uncensored && { uncensored: true }),
    },
    object: 'model',
    owned_by: 'venice.ai',
    type: 'video',
  }
}
