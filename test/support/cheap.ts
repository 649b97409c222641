/**
 * What tests buy: of the models with several lengths, shapes and sizes the one that costs and renders
 * least. Its prices are Venice's, so a new catalogue changes them here.
 */
export const cheap = {
  aspect_ratio: '16:9',
  duration: '4s',
  model: 'seedance-1-5-pro-text-to-video-basic',
  prompt: 'A gondola at dawn',
  resolution: '480p',
} as const

/** The same on the command line, without its prompt. */
export const cheapFlags = ['--duration', '4s', '--aspect-ratio', '1:1', '--resolution', '480p']

/** What {@link cheap} costs with its sound, and without, in USD and in micro-dollars. */
export const cheapPrice = { micros: 140_000n, usd: '0.14' }
export const silentPrice = { micros: 80_000n, usd: '0.08' }

/** One whose file is behind a link that only the queue answer carries. */
export const linked = {
  aspect_ratio: '1:1',
  duration: '1s',
  model: 'grok-imagine-text-to-video-private',
  prompt: 'A gondola at dawn.',
  resolution: '480p',
} as const

/** What {@link linked} costs. */
export const linkedPrice = { micros: 60_000n, usd: '0.06' }

/** A model with three lengths and no choice of sound that lists no limit of its own for prompts. */
export const plain = {
  aspect_ratio: '16:9',
  duration: '5s',
  model: 'wan-2-7-text-to-video',
  prompt: 'A gondola at dawn',
  resolution: '720p',
} as const
