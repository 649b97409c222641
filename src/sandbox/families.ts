import type { Kind } from './catalogue.js'

/** How many clips, how long each and all of them, and how large. Seconds and MB. */
export type Clips = {
  count: number
  each?: readonly [least: number, most: number]
  eachMb?: number
  total?: number
}

/** What no row of the catalogue says and only a family knows. What is absent is refused. */
export type Rules = {
  /** `audio_url` counts as one more reference sound. */
  audioCounts?: true
  bitrate?: true
  /** `reference_document_urls`. */
  documents?: number
  /** `elements` and `scene_image_urls`, of each. */
  elements?: number
  /** Frames or references, never both. */
  eitherOr?: true
  end_image_url?: 'optional' | 'required'
  image_url?: 'optional' | 'required'
  /** Shortest side of first and last frame, in pixels. */
  frameSide?: number
  /** `image_references`. */
  imageReferences?: number
  /** `reference_image_urls`. */
  images?: number
  /** The charge of a content-policy refusal is kept. */
  keepsCharge?: true
  keyframes?: number
  /** The file is behind a link. */
  link?: true
  /** Shapes and lengths that follow the reference video, though no row lists them. */
  matched?: { duration?: readonly string[]; ratio: readonly string[] }
  needsReference?: true
  omni?: true
  promptOptional?: true
  seedance?: '2.0' | '2.5'
  sounds?: Clips
  /** First frame, last frame, elements and scenes in all. */
  together?: number
  /** Seconds of the reference videos and of the result in all. */
  total?: number
  trajectory?: true
  video_url?: 'optional' | 'required'
  videos?: Clips
  /** Allowed `voice_id`s. Only `eve` is published; the others are made up here. */
  voices?: readonly string[]
}

const clips = (count: number, least: number, most: number, more: Partial<Clips> = {}): Clips => ({
  count,
  each: [least, most],
  total: most,
  ...more,
})
const matched = ['adaptive', 'auto']
const short = { sounds: clips(3, 2, 15, { eachMb: 15 }), videos: clips(3, 2, 15, { eachMb: 50 }) }

/** What every model of a kind takes, as far as its family says nothing else. */
const kinds: Record<Kind, Rules> = {
  edit: { image_url: 'optional', images: 4, video_url: 'required' },
  image: { end_image_url: 'optional', image_url: 'required', keyframes: 10 },
  reference: {
    end_image_url: 'optional',
    image_url: 'optional',
    imageReferences: 4,
    images: 4,
    needsReference: true,
    ...short,
  },
  text: {},
  upscale: { promptOptional: true, video_url: 'required' },
}

// Frames or references: the former have a model of their own.
const wan3: Partialized = {
  end_image_url: undefined,
  image_url: undefined,
  images: 10,
  sounds: clips(5, 1, 15),
  total: 30,
  videos: clips(5, 1, 15, { eachMb: 100 }),
}
const noClips = { sounds: undefined, videos: undefined }

/** The published table of families. The first line that fits a kind and an id holds. */
const families: readonly (readonly [kind: Kind, ids: RegExp, rules: Partialized])[] = [
  ['text', /^seedance-2-0-/, { bitrate: true, seedance: '2.0' }],
  ['text', /^seedance-2-5-/, { bitrate: true, seedance: '2.5' }],
  ['image', /^seedance-2-0-/, { bitrate: true, seedance: '2.0' }],
  ['image', /^seedance-2-5-/, { bitrate: true, seedance: '2.5' }],
  [
    'reference',
    /^seedance-2-0-/,
    {
      audioCounts: true,
      bitrate: true,
      images: 9,
      matched: { ratio: matched },
      seedance: '2.0',
    },
  ],
  [
    'reference',
    /^seedance-2-5-/,
    {
      audioCounts: true,
      bitrate: true,
      images: 30,
      matched: { duration: ['auto', '-1'], ratio: matched },
      omni: true,
      seedance: '2.5',
      sounds: clips(10, 2, 30),
      videos: clips(10, 2, 30, { eachMb: 50 }),
    },
  ],
  // A document or a web page: the standard tier alone.
  ['reference', /^wan-3[.-]0-reference-/, { ...wan3, documents: 1 }],
  ['reference', /^wan-3[.-]0-/, wan3],
  ['image', /^wan-3[.-]0-/, { frameSide: 240 }],
  ['reference', /^minimax-h3-enhanced-/, { ...noClips, images: 9, sounds: { count: 3 } }],
  [
    'reference',
    /^minimax-h3-/,
    { audioCounts: true, eitherOr: true, images: 9, sounds: { count: 3 } },
  ],
  ['image', /-multi-angle$/, { promptOptional: true, trajectory: true }],
  ['reference', /^kling-o3-4k-/, { ...noClips, elements: 4, images: 7, together: 7 }],
  ['reference', /^kling-o3-/, { ...noClips, elements: 4, images: 4, together: 7 }],
  ['reference', /^kling-v3-4k-/, { ...noClips, elements: 4, image_url: 'required', images: 4 }],
  ['reference', /^pixverse-c1-/, { ...noClips, imageReferences: 7, images: 7 }],
  [
    'reference',
    /^grok-imagine-1-5-/,
    { ...noClips, images: 7, link: true, voices: ['ara', 'eve', 'leo', 'rex', 'sal'] },
  ],
  ['reference', /^grok-imagine-/, { ...noClips, images: 7, link: true }],
  ['edit', /^grok-imagine-/, { link: true }],
  ['image', /^grok-imagine-/, { link: true }],
  ['text', /^grok-imagine-/, { link: true }],
  ['reference', /^gemini-omni-flash-1-1-/, { ...noClips, images: 10 }],
  ['reference', /^gemini-omni-flash-/, { ...noClips, images: 3 }],
  ['image', /-transition$|-first-last-frame-/, { end_image_url: 'required' }],
  ['image', /^runway-/, { keepsCharge: true }],
  ['text', /^runway-/, { keepsCharge: true }],
]

type Partialized = { [Name in keyof Rules]?: Rules[Name] | undefined }

/** The rules of a model: those of its kind, changed by its family. */
export function rulesOf(id: string, kind: Kind): Rules {
  const family = families.find(([of, ids]) => of === kind && ids.test(id))?.[2] ?? {}
  const all = Object.entries({ ...kinds[kind], ...family })
  return Object.fromEntries(all.filter(([, value]) => value !== undefined)) as Rules
}
