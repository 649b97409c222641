import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js'

import { printable } from '../internal/printable.js'
import * as Seedance from '../Seedance.js'
import type { Prompt } from './addPrompts.js'

const forms = Seedance.shapes.map((shape) => `${shape}: ${Seedance.formOf(shape)}`).join('; ')

/** The exact prompt of one of Seedance's workflows, and the request that it belongs to. */
export const seedancePrompt: Prompt = {
  arguments: [
    { description: `The shape of the prompt. ${forms}`, name: 'shape', required: true },
    { description: 'What changes, comes, goes or is shown; not for stitch.', name: 'what' },
    { description: 'replace: what comes instead.', name: 'with' },
    { description: 'add: when and where.', name: 'at' },
    {
      description: 'reference: what to take, such as "the man in image 1; the voice in audio 1".',
      name: 'donors',
    },
    { description: 'stitch: what happens between each two, with semicolons.', name: 'transitions' },
    { description: 'A Seedance reference-to-video model.', name: 'model' },
  ],
  description:
    'Changes, extends, joins or borrows from videos with Seedance: writes the prompt in the exact shape by which it tells its tasks apart.',
  name: 'seedance_prompt',
  title: 'Write a Seedance prompt',
  write(given) {
    const texts = Object.entries(given).flatMap(([name, text]) => {
      const safe = printable(text, 2_000)
      return safe === '' ? [] : [[name, isList(name) ? safe.split(';') : safe] as const]
    })
    const { model, ...parts } = Object.fromEntries(texts)
    const parsed = Seedance.Parts.safeParse(parts)
    if (!parsed.success) {
      const issues = parsed.error.issues.map(({ message, path }) => `${path.join('.')}: ${message}`)
      throw new McpError(ErrorCode.InvalidParams, issues.slice(0, 5).join('; '))
    }
    if (typeof model === 'string' && !Seedance.takesReferences(model))
      throw new McpError(
        ErrorCode.InvalidParams,
        `${model} is none of Seedance’s reference-to-video models.`,
      )
    return textOf(Seedance.prompt(parsed.data), model ?? '(a Seedance reference-to-video model)')
  },
}

function isList(name: string): boolean {
  return name === 'donors' || name === 'transitions'
}

function textOf(prompt: string, model: unknown): string {
  const urls = (kind: string) => {
    const numbers = [...prompt.matchAll(new RegExp(`<${kind} (\\d{1,2})>`, 'g'))].map(
      ([, digits]) => Number(digits),
    )
    return Array.from({ length: Math.max(0, ...numbers) }, (_, n) => `(<${kind} ${n + 1}>)`)
  }
  const references = Object.entries({
    reference_audio_urls: urls('Audio'),
    reference_image_urls: urls('Image'),
    reference_video_urls: urls('Video'),
  }).filter(([, list]) => list.length > 0)
  const request = { model, prompt, ...Object.fromEntries(references) }
  return [
    'Buy this video with Zecchino. Send the prompt exactly as it stands here: its words, brackets and capitals decide what Seedance does.',
    '',
    JSON.stringify(request, null, 2),
    '',
    '1. Put a URL, or the path of a file, for each medium in parentheses, in the order of the numbers. Ask me for those that you do not have.',
    '2. Add duration, resolution and aspect_ratio as video_models lists them for the model. On the -basic models an edit or extension may say aspect_ratio "adaptive" to keep the shape of the source; on seedance-2-5-reference-to-video-basic an edit may say duration "auto" to keep its length (4 to 30 s).',
    '3. video_quote with that, tell me the price and its warnings, and wait for my yes; then video_generate and video_retrieve.',
  ].join('\n')
}
