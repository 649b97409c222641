import { type Command, InvalidArgumentError } from 'commander'

import { parseJson } from '../internal/base64Json.js'

const texts = {
  'negative-prompt': 'what it should not show',
  duration: 'such as 5s',
  'aspect-ratio': 'such as 16:9',
  resolution: 'such as 720p',
  'bitrate-mode': 'standard or high',
  'image-url': 'first frame',
  'end-image-url': 'last frame',
  'audio-url': 'soundtrack',
  'video-url': 'source video',
  'omni-reference-task-type': 'auto, reference, edit or extend',
} as const

const lists = {
  'reference-image-urls': 'reference images',
  'reference-video-urls': 'reference videos',
  'reference-audio-urls': 'reference sounds',
  'reference-document-urls': 'reference document',
  'scene-image-urls': 'scene images',
} as const

const objects = { elements: 'array', keyframes: 'array', 'camera-trajectory': 'array' } as const

/** Gives a command the fields of a video request: a model, a prompt, and an option per field. */
export function addRequestOptions(command: Command): Command {
  command.argument('[model]', 'model id, see `zecchino models`').argument('[prompt...]')
  for (const [name, what] of Object.entries(texts)) command.option(`--${name} <value>`, what)
  for (const [name, what] of Object.entries(lists)) command.option(`--${name} <url...>`, what)
  for (const [name, what] of Object.entries(objects))
    command.option(`--${name} <json>`, `JSON ${what}`, json)
  return command
    .option('--upscale-factor <n>', '1, 2 or 4', Number)
    .option('--audio', 'with sound')
    .option('--no-audio', 'without sound')
}

/** The request that a command line asks for; its shape is checked where it is quoted. */
export function requestOf(
  args: readonly string[],
  options: Record<string, unknown>,
): Record<string, unknown> {
  const [model, ...words] = args
  const names = [...Object.keys({ ...texts, ...lists, ...objects }), 'upscale-factor', 'audio']
  const fields = names.map((name) => [
    name.replaceAll('-', '_'),
    options[name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())],
  ])
  const given = Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as object
  return { ...given, model, ...(words.length > 0 && { prompt: words.join(' ') }) }
}

function json(text: string): unknown {
  const value = parseJson(text)
  if (value === undefined) throw new InvalidArgumentError('It is not JSON.')
  return value
}
