import { parse } from 'node:path'

import { type Command, InvalidArgumentError } from 'commander'

import { parseJson } from '../internal/base64Json.js'
import { addSeedanceOptions } from './addSeedanceOptions.js'

/** Whoever types a command names the files: any that is a medium, and not hidden. */
export const readFiles = [parse(process.cwd()).root]

const texts = {
  'negative-prompt': 'what it should not show',
  duration: 'such as 5s; left out where the model lists Auto',
  'aspect-ratio': 'such as 16:9, if the model lists any',
  resolution: 'such as 720p, if the model lists any',
  'bitrate-mode': 'standard or high (Seedance 2)',
  'omni-reference-task-type': 'auto, reference, edit or extend (Seedance 2.5)',
  'voice-id': 'voice (Grok Imagine 1.5 references)',
  'anon-user-id': 'whom it is made for, as a name that tells nothing',
} as const

/** Media: an https URL, a data URL, or the path of a file. Each has a short name beside the field's. */
const media = {
  'image-url': 'first frame',
  'end-image-url': 'last frame, beside a first one',
  'audio-url': 'soundtrack: WAV or MP3 of at most 30 s',
  'video-url': 'source video: MP4, MOV or WebM',
} as const

const lists = {
  'reference-image-urls': 'reference images; how many depends on the model',
  'reference-video-urls': 'reference videos: MP4 or MOV',
  'reference-audio-urls': 'reference sounds: WAV or MP3, never alone',
  'reference-document-urls': 'reference document or web page (Wan 3.0)',
  'scene-image-urls': 'scene images, @Image1 and so on in the prompt',
} as const

const objects = {
  elements: 'elements as a JSON array, @Element1 and so on in the prompt',
  keyframes: 'JSON array of {image_url, frame_index}, 24 frames a second',
  'camera-trajectory': 'JSON array of {time, azimuth, elevation, distance} (multi-angle)',
  'image-references': 'JSON array of {image_url, type, ref_name}, @ref_name in the prompt',
  'video-references': 'JSON array of {video_url, ref_name, audio_url}',
} as const

/** Gives a command the fields of a video request: a model, a prompt, and an option per field. */
export function addRequestOptions(command: Command): Command {
  command.argument('[model]', 'model id, see `zecchino models`').argument('[prompt...]')
  for (const [name, what] of Object.entries(texts)) command.option(`--${name} <value>`, what)
  for (const [name, what] of Object.entries(media))
    command.option(`--${aliasOf(name)}, --${name} <file or url>`, what)
  for (const [name, what] of Object.entries(lists))
    command.option(`--${aliasOf(name)}, --${name} <files or urls...>`, what)
  for (const [name, what] of Object.entries(objects)) command.option(`--${name} <json>`, what, json)
  command
    .option('--upscale-factor <n>', '1, 2 or 4 (upscale models)', Number)
    .option('--audio', 'with sound')
    .option('--no-audio', 'without sound')
  return addSeedanceOptions(command)
}

/** The request that a command line asks for; its shape is checked where it is quoted. */
export function requestOf(
  args: readonly string[],
  options: Record<string, unknown>,
): Record<string, unknown> {
  const [model, ...words] = args
  const all = { ...texts, ...media, ...lists, ...objects }
  const names = [...Object.keys(all), 'upscale-factor', 'audio']
  const fields = names.map((name) => [
    name.replaceAll('-', '_'),
    options[name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())],
  ])
  const given = Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as object
  return { ...given, model, ...(words.length > 0 && { prompt: words.join(' ') }) }
}

/** `--image` for `--image-url`; sound keeps its own name, because `--audio` is a switch. */
function aliasOf(name: string): string {
  const short = name.replace(/-urls?$/, '')
  return short === 'audio' ? 'soundtrack' : short
}

function json(text: string): unknown {
  const value = parseJson(text)
  if (value === undefined) throw new InvalidArgumentError('It is not JSON.')
  return value
}
