/** What a model takes, what it costs, and how the sandbox treats it. */
export type Entry = {
  aspectRatios: readonly string[]
  /** `always` has sound that cannot be switched off. */
  audio: 'always' | 'configurable' | 'none'
  deprecation?: { autoRemap: boolean; date: string; removesAt: string } | undefined
  durations: readonly string[]
  /** What the provider usually takes, in milliseconds, before `--speed`: least and most. */
  estimate: readonly [least: number, most: number]
  id: string
  name: string
  offline?: boolean | undefined
  price: Price
  private?: boolean | undefined
  promptLimit?: number | undefined
  /** Countries where it is available. */
  regions?: readonly string[] | undefined
  resolutions: readonly string[]
  rules: Rules
  traits?: readonly string[] | undefined
  type: 'image-to-video' | 'text-to-video' | 'video'
  uncensored?: boolean | undefined
}

/** USD as decimal strings. `silent` is what remains of the price without sound, in percent. */
export type Price =
  | { perSecond: Record<string, string>; silent?: number }
  | { perJob: string }
  | 'upscale'

/** Media a model takes: a number is the most of them; absent means that the field is refused. */
export type Rules = {
  audio_url?: 'optional'
  bitrate_mode?: true
  camera_trajectory?: true
  elements?: number
  end_image_url?: 'optional' | 'required'
  image_url?: 'optional' | 'required'
  keyframes?: number
  negative_prompt?: true
  omni_reference_task_type?: true
  reference_audio_urls?: number
  reference_document_urls?: number
  reference_image_urls?: number
  reference_video_urls?: number
  scene_image_urls?: number
  /** Consent, image sizes and prompt shapes of ByteDance's models. */
  seedance?: '2.0' | '2.5'
  video_url?: 'optional' | 'required'
  /** At least one of the references is needed. */
  needsReference?: true
}

/** Models by id. */
export type Catalogue = ReadonlyMap<string, Entry>

const seconds = (...lengths: number[]) => lengths.map((length) => `${length}s`)
const range = (least: number, most: number) =>
  seconds(...Array.from({ length: most - least + 1 }, (_, index) => least + index))

const common = ['16:9', '9:16', '1:1']
const wide = ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9']
const wan = { '720p': '0.07', '1080p': '0.12' }
const seedance = { '480p': '0.05', '720p': '0.11', '1080p': '0.25' }

/**
 * Models of every kind, under real names, with plausible prices. Not Venice's price list: ask its
 * `/video/quote` for that.
 */
const entries: readonly Entry[] = [
  {
    id: 'wan-2-7-text-to-video',
    name: 'Wan 2.7',
    type: 'text-to-video',
    aspectRatios: ['16:9', '9:16', '1:1', '4:3', '3:4'],
    audio: 'configurable',
    durations: range(2, 15),
    estimate: [60_000, 100_000],
    price: { perSecond: wan, silent: 80 },
    resolutions: ['720p', '1080p'],
    rules: { audio_url: 'optional', negative_prompt: true },
    traits: ['default'],
    uncensored: true,
  },
  {
    id: 'wan-2-7-image-to-video',
    name: 'Wan 2.7',
    type: 'image-to-video',
    aspectRatios: [],
    audio: 'configurable',
    durations: range(2, 15),
    estimate: [60_000, 110_000],
    price: { perSecond: wan, silent: 80 },
    resolutions: ['720p', '1080p'],
    rules: {
      audio_url: 'optional',
      end_image_url: 'optional',
      image_url: 'required',
      negative_prompt: true,
    },
    uncensored: true,
  },
  {
    id: 'wan-2-7-reference-to-video',
    name: 'Wan 2.7 Reference',
    type: 'video',
    aspectRatios: ['16:9', '9:16', '1:1', '4:3', '3:4'],
    audio: 'always',
    durations: range(2, 10),
    estimate: [90_000, 150_000],
    price: { perSecond: wan },
    resolutions: ['720p', '1080p'],
    rules: {
      needsReference: true,
      negative_prompt: true,
      reference_document_urls: 1,
      reference_image_urls: 5,
      reference_video_urls: 3,
    },
    uncensored: true,
  },
  {
    id: 'wan-2-7-video-to-video',
    name: 'Wan 2.7 Edit',
    type: 'video',
    aspectRatios: [],
    audio: 'none',
    durations: range(2, 10),
    estimate: [80_000, 140_000],
    price: { perSecond: wan },
    resolutions: ['720p', '1080p'],
    rules: { reference_image_urls: 4, video_url: 'required' },
    uncensored: true,
  },
  {
    id: 'ltx-2-5-fast-text-to-video',
    name: 'LTX Video 2.5 Fast',
    type: 'text-to-video',
    aspectRatios: ['16:9', '9:16'],
    audio: 'configurable',
    durations: seconds(6, 8, 10, 12, 14, 16, 18, 20),
    estimate: [60_000, 80_000],
    price: { perSecond: { '1080p': '0.04', '1440p': '0.08', '2160p': '0.16' } },
    promptLimit: 5_000,
    resolutions: ['1080p', '1440p', '2160p'],
    rules: {},
    traits: ['fastest'],
  },
  {
    id: 'kling-v3-pro-text-to-video',
    name: 'Kling V3 Pro',
    type: 'text-to-video',
    aspectRatios: common,
    audio: 'configurable',
    durations: range(3, 15),
    estimate: [90_000, 150_000],
    price: { perSecond: { '': '0.168' }, silent: 67 },
    resolutions: [],
    rules: { negative_prompt: true },
  },
  {
    id: 'kling-v3-pro-image-to-video',
    name: 'Kling V3 Pro',
    type: 'image-to-video',
    aspectRatios: [],
    audio: 'configurable',
    durations: range(3, 15),
    estimate: [90_000, 150_000],
    price: { perSecond: { '': '0.168' }, silent: 67 },
    resolutions: [],
    rules: {
      camera_trajectory: true,
      end_image_url: 'optional',
      image_url: 'required',
      negative_prompt: true,
    },
  },
  {
    id: 'kling-o3-pro-reference-to-video',
    name: 'Kling O3 Pro R2V',
    type: 'video',
    aspectRatios: common,
    audio: 'configurable',
    durations: range(3, 15),
    estimate: [100_000, 150_000],
    price: { perSecond: { '': '0.14' } },
    resolutions: [],
    rules: {
      elements: 4,
      image_url: 'optional',
      needsReference: true,
      reference_image_urls: 4,
      scene_image_urls: 4,
    },
  },
  {
    id: 'veo3.1-fast-text-to-video',
    name: 'Veo 3.1 Fast',
    type: 'text-to-video',
    aspectRatios: ['16:9', '9:16'],
    audio: 'configurable',
    durations: seconds(4, 6, 8),
    estimate: [60_000, 120_000],
    price: { perSecond: { '720p': '0.15', '1080p': '0.15', '4k': '0.35' }, silent: 67 },
    resolutions: ['720p', '1080p', '4k'],
    rules: { negative_prompt: true },
  },
  {
    id: 'veo3.1-fast-image-to-video',
    name: 'Veo 3.1 Fast',
    type: 'image-to-video',
    aspectRatios: ['16:9', '9:16'],
    audio: 'configurable',
    durations: seconds(8),
    estimate: [60_000, 120_000],
    price: { perSecond: { '720p': '0.15', '1080p': '0.15' }, silent: 67 },
    resolutions: ['720p', '1080p'],
    rules: { image_url: 'required' },
  },
  {
    id: 'grok-imagine-text-to-video-private',
    name: 'Grok Imagine',
    type: 'text-to-video',
    aspectRatios: ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3'],
    audio: 'always',
    durations: range(1, 15),
    estimate: [60_000, 90_000],
    price: { perSecond: { '480p': '0.05', '720p': '0.07' } },
    private: true,
    promptLimit: 4_096,
    resolutions: ['480p', '720p'],
    rules: {},
  },
  {
    id: 'grok-imagine-image-to-video-private',
    name: 'Grok Imagine',
    type: 'image-to-video',
    aspectRatios: [],
    audio: 'always',
    durations: range(1, 15),
    estimate: [60_000, 90_000],
    price: { perSecond: { '480p': '0.05', '720p': '0.07' } },
    private: true,
    promptLimit: 4_096,
    resolutions: ['480p', '720p'],
    rules: { image_url: 'required' },
  },
  {
    id: 'longcat-distilled-text-to-video',
    name: 'Longcat Distilled',
    type: 'text-to-video',
    aspectRatios: common,
    audio: 'none',
    durations: seconds(5, 10, 15, 20, 30),
    estimate: [60_000, 90_000],
    price: { perSecond: { '480p': '0.01', '720p': '0.02' } },
    private: true,
    resolutions: ['480p', '720p'],
    rules: { negative_prompt: true },
    uncensored: true,
  },
  {
    id: 'wan-2.1-pro-image-to-video',
    name: 'Wan 2.1 Pro',
    type: 'image-to-video',
    aspectRatios: [],
    audio: 'none',
    durations: ['1 gen'],
    estimate: [90_000, 150_000],
    price: { perJob: '0.80' },
    private: true,
    resolutions: [],
    rules: { image_url: 'required', negative_prompt: true },
    uncensored: true,
  },
  {
    id: 'flux-3-first-last-frame-to-video',
    name: 'Flux 3 First Last Frame',
    type: 'image-to-video',
    aspectRatios: [],
    audio: 'none',
    durations: seconds(5, 10),
    estimate: [60_000, 120_000],
    price: { perSecond: { '720p': '0.06', '1080p': '0.1' } },
    resolutions: ['720p', '1080p'],
    rules: { end_image_url: 'required', image_url: 'required' },
  },
  {
    id: 'pixverse-c1-transition',
    name: 'PixVerse C1 Transition',
    type: 'image-to-video',
    aspectRatios: common,
    audio: 'configurable',
    durations: range(1, 15),
    estimate: [60_000, 100_000],
    price: { perSecond: { '360p': '0.03', '540p': '0.04', '720p': '0.05', '1080p': '0.1' } },
    resolutions: ['360p', '540p', '720p', '1080p'],
    rules: { keyframes: 10, negative_prompt: true },
  },
  {
    id: 'seedance-2-0-text-to-video-basic',
    name: 'Seedance 2.0',
    type: 'text-to-video',
    aspectRatios: wide,
    audio: 'configurable',
    durations: range(4, 15),
    estimate: [80_000, 150_000],
    price: { perSecond: seedance },
    resolutions: ['480p', '720p', '1080p'],
    rules: { bitrate_mode: true, seedance: '2.0' },
  },
  {
    id: 'seedance-2-0-image-to-video-basic',
    name: 'Seedance 2.0',
    type: 'image-to-video',
    aspectRatios: [],
    audio: 'configurable',
    durations: range(4, 15),
    estimate: [80_000, 150_000],
    price: { perSecond: seedance },
    resolutions: ['480p', '720p', '1080p'],
    rules: {
      bitrate_mode: true,
      end_image_url: 'optional',
      image_url: 'required',
      seedance: '2.0',
    },
  },
  {
    id: 'seedance-2-0-reference-to-video-basic',
    name: 'Seedance 2.0 R2V',
    type: 'video',
    aspectRatios: [...wide, 'adaptive'],
    audio: 'configurable',
    durations: range(4, 15),
    estimate: [90_000, 150_000],
    price: { perSecond: seedance },
    promptLimit: 10_000,
    resolutions: ['480p', '720p', '1080p'],
    rules: {
      bitrate_mode: true,
      needsReference: true,
      reference_audio_urls: 3,
      reference_image_urls: 9,
      reference_video_urls: 3,
      seedance: '2.0',
    },
  },
  {
    id: 'seedance-2-5-reference-to-video-basic',
    name: 'Seedance 2.5 R2V',
    type: 'video',
    aspectRatios: [...wide, 'adaptive', 'auto'],
    audio: 'configurable',
    durations: [...range(4, 30), 'auto', '-1'],
    estimate: [90_000, 150_000],
    price: { perSecond: { '480p': '0.06', '720p': '0.14', '1080p': '0.3' } },
    promptLimit: 20_000,
    resolutions: ['480p', '720p', '1080p'],
    rules: {
      bitrate_mode: true,
      needsReference: true,
      omni_reference_task_type: true,
      reference_audio_urls: 10,
      reference_image_urls: 30,
      reference_video_urls: 10,
      seedance: '2.5',
    },
  },
  {
    id: 'topaz-video-upscale',
    name: 'Topaz Video Upscale',
    type: 'video',
    aspectRatios: [],
    audio: 'none',
    durations: [],
    estimate: [60_000, 120_000],
    price: 'upscale',
    resolutions: [],
    rules: { video_url: 'required' },
  },
  {
    id: 'runway-gen4-5-text',
    name: 'Runway Gen-4.5',
    type: 'text-to-video',
    aspectRatios: ['16:9', '9:16'],
    audio: 'none',
    durations: range(5, 10),
    estimate: [60_000, 100_000],
    price: { perSecond: { '': '0.15' } },
    regions: ['US'],
    resolutions: [],
    rules: {},
  },
  {
    id: 'sora-2-text-to-video',
    name: 'Sora 2',
    type: 'text-to-video',
    aspectRatios: ['16:9', '9:16'],
    audio: 'always',
    deprecation: {
      autoRemap: false,
      date: '2026-09-24T00:00:00.000Z',
      removesAt: '2026-09-24T00:00:00.000Z',
    },
    durations: seconds(4, 8, 12),
    estimate: [90_000, 150_000],
    offline: true,
    price: { perSecond: { '720p': '0.1' } },
    resolutions: ['720p'],
    rules: {},
  },
]

/** The sandbox's models by id. */
export const catalogue: Catalogue = new Map(entries.map((entry) => [entry.id, entry]))

/** The country the sandbox says it is in: models restricted to others answer 403. */
export const region = 'IT'
