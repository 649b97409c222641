import type * as Venice from './Venice.js'

/** Clips or sounds that a family takes: how many, and seconds and megabytes of each and of all. */
export type Clips = {
  count: number
  /** Seconds of each. */
  least?: number | undefined
  most?: number | undefined
  /** Megabytes of each. */
  size?: number | undefined
  /** Seconds of all. */
  total?: number | undefined
}

/** What no row of the catalogue says and only the family of a model knows. */
export type Family = {
  /** Takes `bitrate_mode`. */
  bitrate?: true | undefined
  /** Takes a document or a web page as a reference. */
  document?: true | undefined
  /** Takes `elements` and `scene_image_urls`. */
  elements?: true | undefined
  /** Frames or references, never both. */
  eitherOr?: true | undefined
  /** Takes no frames beside its references, and none in their place. */
  frameless?: true | undefined
  /** Fewest pixels of the shorter side of a first or last frame. */
  frameSide?: number | undefined
  /** Reference images. */
  images: number
  ids: RegExp
  /** Keeps the charge of a job that its content policy refuses. */
  keepsCharge?: true | undefined
  /** The first frame is needed beside the references. */
  needsFrame?: true | undefined
  /** First and last frame are needed. */
  needsFrames?: true | undefined
  /** Takes `omni_reference_task_type`, and `auto` and `-1` as the length of the source. */
  omni?: true | undefined
  promptless?: true | undefined
  /** Takes `adaptive` and `auto` as the shape of the source, without listing them. */
  ratioOfSource?: true | undefined
  /** Width by height of a reference image. */
  shape?: { least: number; most: number } | undefined
  /** `undefined`: nothing is known of them; the server decides. */
  sounds?: Clips | undefined
  /** Most seconds of all that is read and made. */
  throughput?: number | undefined
  /** Takes `camera_trajectory`. */
  trajectory?: true | undefined
  /** Makes a video larger or better instead of making one. */
  upscale?: true | undefined
  /** Takes `video_references`. */
  videoReferences?: true | undefined
  videos?: Clips | undefined
  /** Frames, elements and scenes together. */
  visuals?: number | undefined
  /** Takes `voice_id`. */
  voice?: true | undefined
}

const none: Clips = { count: 0 }
const shape = { least: 0.4, most: 2.5 }
const reference = '.*reference-to-video'

const seedance2 = {
  bitrate: true,
  images: 9,
  shape,
  sounds: { count: 3, least: 2, most: 15, size: 15, total: 15 },
  videos: { count: 3, least: 2, most: 15, size: 50, total: 15 },
} as const
const seedance25 = {
  bitrate: true,
  images: 30,
  shape,
  sounds: { count: 10, least: 2, most: 30, size: 15, total: 30 },
  videos: { count: 10, least: 2, most: 30, size: 50, total: 30 },
} as const
const wan3 = {
  frameless: true,
  frameSide: 240,
  images: 10,
  sounds: { count: 5, least: 1, most: 15, total: 15 },
  throughput: 30,
  videos: { count: 5, least: 1, most: 15, size: 100, total: 15 },
} as const
const klingReference = { elements: true, sounds: none, videos: none } as const
const picturesOnly = { sounds: none, videos: none } as const

/** Venice's own table of families, its notes on single models among them. The first that fits counts. */
export const lines: readonly Family[] = [
  { ids: at(`seedance-2-0${reference}`), ...seedance2, ratioOfSource: true },
  {
    ids: /^seedance-2-5-us-.*reference-to-video.*-private$/,
    ...seedance25,
    videos: { ...seedance25.videos, size: 200 },
  },
  { ids: at(`seedance-2-5${reference}`), ...seedance25, omni: true, ratioOfSource: true },
  { ids: at('seedance-2-[05]-'), bitrate: true, images: 0, sounds: none, videos: none },
  { ids: at('wan-3[-.]0-reference'), ...wan3, document: true },
  { ids: at(`wan-3[-.]0${reference}`), ...wan3 },
  { ids: at('wan-3[-.]0-.*image-to-video'), frameSide: 240, images: 0, sounds: none, videos: none },
  { ids: at('wan-2-7-reference'), images: 4, videoReferences: true },
  {
    ids: at('minimax-h3-enhanced-reference'),
    images: 9,
    shape,
    sounds: { count: 3 },
    videos: none,
  },
  {
    ids: at(`minimax-h3-${reference}`),
    eitherOr: true,
    images: 9,
    shape,
    sounds: { count: 3 },
    videos: { count: 3, least: 2, most: 15, size: 50, total: 15 },
  },
  {
    ids: /-multi-angle$/,
    images: 0,
    promptless: true,
    sounds: none,
    trajectory: true,
    videos: none,
  },
  { ids: at('kling-o3-4k-reference'), ...klingReference, images: 7, visuals: 7 },
  { ids: at('kling-o3-(pro|standard)-reference'), ...klingReference, images: 4, visuals: 7 },
  { ids: at('kling-v3-4k-reference'), ...klingReference, images: 4, needsFrame: true },
  { ids: at(`pixverse-c1-${reference}`), ...picturesOnly, images: 7 },
  { ids: at('grok-imagine-1-5-reference'), ...picturesOnly, images: 7, voice: true },
  { ids: at(`grok-imagine-${reference}`), ...picturesOnly, images: 7 },
  { ids: at('gemini-omni-flash-1-1-reference'), ...picturesOnly, images: 10 },
  { ids: at('gemini-omni-flash-reference'), ...picturesOnly, images: 3 },
  { ids: /-transition$|-first-last-frame-/, ...picturesOnly, images: 0, needsFrames: true },
  { ids: /^topaz-|(^|-)upscale(-|$)/, images: 0, promptless: true, upscale: true },
  { ids: at('runway-'), ...picturesOnly, images: 0, keepsCharge: true },
  { ids: /-image-to-video(-|$)/, ...picturesOnly, images: 0 },
]

/** What is taken for true of a model of no known family: Venice's own word where it says nothing. */
const unknown: Family = { ids: /(?:)/, images: 4 }

/** What the family of a model knows. */
export function of(model: string): Family {
  return lines.find(({ ids }) => ids.test(model)) ?? unknown
}

/** What a model makes a video of. */
export type Kind = 'frame' | 'frames' | 'references' | 'source' | 'text' | 'upscale' | undefined

/** The kind of a model: by its row as far as the row tells, `undefined` for what nobody knows yet. */
export function kindOf({ id, model_spec }: Venice.Model): Kind {
  const { model_type, resolutions = [], video_input } = model_spec.constraints
  const family = of(id)
  if (model_type === 'text-to-video') return 'text'
  if (id.includes('reference-to-video')) return 'references'
  if (model_type === 'video') {
    const factors = resolutions.length > 0 && resolutions.every((name) => /^\d+x$/i.test(name))
    if (video_input !== false && (factors || family.upscale)) return 'upscale'
    return video_input ? 'source' : undefined
  }
  if (model_type !== 'image-to-video') return undefined
  return family.needsFrames ? 'frames' : 'frame'
}

/** Ids that are not listed and are known all the same, and what to put in to come to a listed one. */
const aliases: readonly [id: RegExp, kin: string][] = [
  [/^(seedance-.*-to-video)$/, '$1-basic'],
  [/^(seedance-\d-\d)-us-(.*-to-video)-private$/, '$1-$2-basic'],
  [/^wan-3\.0-(.*)$/, 'wan-3-0-$1'],
]

/** The listed model that an unlisted id is kin to, if its family is known. */
export function kinOf(
  id: string,
  { models }: { models: readonly Venice.Model[] },
): Venice.Model | undefined {
  for (const [pattern, kin] of aliases) {
    const name = pattern.test(id) ? id.replace(pattern, kin) : undefined
    const found = models.find((model) => model.id === name)
    if (found) return found
  }
  return undefined
}

function at(start: string): RegExp {
  return new RegExp(`^${start}`)
}
