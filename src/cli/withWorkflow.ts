import * as Issue from '../Issue.js'
import * as Seedance from '../Seedance.js'
import { UsageError } from './UsageError.js'

type Options = Record<string, unknown>

/** The option that asks for a shape, and how its parts are found. */
const shapes: Record<string, (options: Options) => unknown> = {
  edit: ({ edit }) => ({ shape: 'edit', what: edit }),
  add: ({ add, at }) => ({ at, shape: 'add', what: add }),
  remove: ({ remove }) => ({ shape: 'remove', what: remove }),
  replace: (options) => ({ shape: 'replace', what: options['replace'], with: options['with'] }),
  extend: ({ backward, extend, keepInput }) => ({
    shape: `${backward ? 'backward' : 'extend'}${keepInput ? '-keeping' : ''}`,
    what: extend,
  }),
  stitch: ({ stitch }) => ({ shape: 'stitch', transitions: stitch }),
  leadIn: ({ leadIn }) => ({ shape: 'lead-in', what: leadIn }),
  refer: ({ refer, toGenerate }) => ({ donors: refer, shape: 'reference', what: toGenerate }),
}

/** What belongs to one of them only. */
const modifiers: Record<string, string> = {
  at: 'add',
  backward: 'extend',
  keepInput: 'extend',
  toGenerate: 'refer',
  with: 'replace',
}

/**
 * Puts into a request the prompt that the options of a Seedance workflow spell out, if any is there.
 *
 * @throws {@link UsageError} when there is a prompt as well, or a part or a reference is missing
 */
export function withWorkflow(request: Record<string, unknown>, options: Options): typeof request {
  const asked = Object.keys(shapes).filter((name) => options[name] !== undefined)
  const [name] = asked
  for (const [modifier, owner] of Object.entries(modifiers))
    if (options[modifier] !== undefined && name !== owner)
      throw new UsageError({ reason: `${flag(modifier)} belongs to ${flag(owner)}.` })
  if (name === undefined) return request
  if (asked.length > 1)
    throw new UsageError({ reason: `${asked.map(flag).join(' and ')} exclude each other.` })
  if (request['prompt'] !== undefined)
    throw new UsageError({ reason: `A prompt and ${flag(name)} exclude each other.` })
  const model = String(request['model'])
  if (request['model'] !== undefined && !Seedance.takesReferences(model))
    throw new UsageError({
      reason: `${flag(name)} is for Seedance’s reference-to-video models, which ${Issue.show(model)} is none of.`,
    })
  const parts = Seedance.Parts.safeParse(shapes[name]?.(options))
  if (!parts.success) throw new UsageError({ reason: lackOf(name, parts.error.issues) })
  const prompt = Seedance.prompt(parts.data)
  checkTags(prompt, request)
  return { ...request, prompt }
}

/** What is missing or cannot be read, by the option that gives it. */
function lackOf(name: string, issues: readonly { message: string; path: PropertyKey[] }[]): string {
  const [{ message = '', path = [] } = {}] = issues
  const [part] = path
  if (part === 'with') return `${flag(name)} needs --with.`
  if (part === 'what' && name === 'refer') return '--refer needs --to-generate.'
  return `${flag(name)}: ${message}.`
}

const lists = {
  Audio: 'reference_audio_urls',
  Image: 'reference_image_urls',
  Video: 'reference_video_urls',
} as const

/** A prompt that names a medium that is not there would be paid for in vain. */
function checkTags(prompt: string, request: Record<string, unknown>): void {
  for (const [tag, kind, number] of prompt.matchAll(/<(Audio|Image|Video) (\d+)>/g)) {
    const field = lists[kind as keyof typeof lists]
    const given = [request[field] ?? []].flat().length
    const sound = kind === 'Audio' && request['audio_url'] !== undefined ? 1 : 0
    if (Number(number) > given + sound)
      throw new UsageError({
        reason: `That speaks of ${tag}: give at least ${number} --${field.replaceAll('_', '-').replace(/-urls$/, '')}.`,
      })
  }
}

function flag(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
