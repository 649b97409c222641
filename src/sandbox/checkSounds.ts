import type { Entry } from './catalogue.js'
import { checkLengths, checkSizes } from './checkClips.js'
import { issue } from './issues.js'
import { bytesOf, wavSecondsOf } from './probeMedia.js'
import type { Request } from './queueBody.js'
import type { Issue } from './readJson.js'

const kinds = /^(https?:|data:audio\/(wav|wave|x-wav|vnd\.wave|mpeg|mp3)[;,])/i

/** Limits of a soundtrack: 30 s, 15 MB. */
const track = { count: 1, each: [0, 30], eachMb: 15, total: 30 } as const

/** What is wrong with the sounds of a request. Only a WAV tells its length here. */
export function checkSounds({ rules }: Entry, request: Request): Issue[] {
  const { audio_url: audio, reference_audio_urls: references = [] } = request
  const one = audio === undefined ? [] : [audio]
  const lengths = references.map(secondsOf).filter((length) => length !== undefined)
  const sum = lengths.reduce((all, length) => all + length, 0)
  return [
    ...issue(!one.every((url) => kinds.test(url)), 'audio_url', 'Must be WAV or MP3'),
    ...checkSizes('audio_url', one, track),
    ...issue(
      one.some((url) => (secondsOf(url) ?? 0) > 30),
      'audio_url',
      'Must be at most 30 seconds',
    ),
    ...issue(
      !references.every((url) => kinds.test(url)),
      'reference_audio_urls',
      'Each must be WAV or MP3',
    ),
    ...(rules.sounds
      ? [
          ...checkSizes('reference_audio_urls', references, rules.sounds),
          ...checkLengths('reference_audio_urls', lengths, rules.sounds),
          ...issue(
            sum > (rules.sounds.total ?? Infinity),
            'reference_audio_urls',
            `Must be at most ${rules.sounds.total} seconds in all`,
          ),
        ]
      : []),
  ]
}

function secondsOf(url: string): number | undefined {
  return wavSecondsOf(bytesOf(url) ?? Buffer.alloc(0))
}
