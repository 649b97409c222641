import * as z from 'zod'

import type * as Video from './Video.js'

/** The workflows of Seedance's reference-to-video models, told apart by the shape of the prompt. */
export const workflows = ['edit', 'extend', 'stitch', 'reference'] as const
export type Workflow = (typeof workflows)[number]

/**
 * Every shape of prompt that Venice teaches: how it reads, and how it is recognized. Case, brackets
 * and spaces matter to the provider. The first that fits counts.
 */
const table = {
  edit: ['edit', 'Strictly edit <Video 1>, …', /^Strictly edit <Video 1>[,:]/],
  add: ['edit', 'Add … in <Video 1>', /^(Add [^]+ in <Video 1>|At [^]+ of <Video 1>, add )/],
  remove: ['edit', 'Remove … from <Video 1>, …', /^Remove [^]+ from <Video 1>/],
  replace: ['edit', 'Replace … in <Video 1> with …', /^Replace [^]+ in <Video 1> with /],
  'extend-keeping': [
    'extend',
    'Extend <Video 1>, start with <Video 1>, then …',
    /^Extend <Video 1>, start with <Video 1>, /,
  ],
  extend: ['extend', 'Extend <Video 1>, generate …', /^Extend <Video 1>, /],
  'backward-keeping': [
    'extend',
    'Extend <Video 1> backward, …, and then end with <Video 1>',
    /^Extend <Video 1> backward, [^]+ end with <Video 1>/,
  ],
  backward: ['extend', 'Extend <Video 1> backward, …', /^Extend <Video 1> backward, /],
  stitch: [
    'stitch',
    '<Video 1> + … + followed by <Video 2>',
    /^<Video 1> \+ [^]*followed by <Video \d+>/,
  ],
  'lead-in': [
    'stitch',
    '<Video 1>. … leading into <Video 2>.',
    /^<Video 1>\. [^]*leading into <Video \d+>/,
  ],
  reference: [
    'reference',
    'Refer to … in <Image 1> to generate …',
    /Refer to [^]*? in <(Image|Video|Audio) \d+>/,
  ],
} as const satisfies Record<string, readonly [Workflow, string, RegExp]>

/** The shape of a prompt, finer than its workflow. */
export type Shape = keyof typeof table
export const shapes = Object.keys(table) as readonly Shape[]

/** How prompts of a shape read, for whoever writes one. */
export function formOf(shape: Shape): string {
  return table[shape][1]
}

/** The shape of a prompt; `undefined` when it is none that Venice teaches. */
export function shapeOf(prompt: string): Shape | undefined {
  return shapes.find((name) => table[name][2].test(prompt))
}

/** The workflow a prompt asks for; `undefined` when it has none of the shapes. */
export function workflowOf(prompt: string): Workflow | undefined {
  const shape = shapeOf(prompt)
  return shape && table[shape][0]
}

/** Whether a model is one of Seedance's. */
export function isSeedance(model: string): boolean {
  return model.startsWith('seedance-')
}

/** Whether a model is one of Seedance's reference-to-video models, which read their prompt. */
export function takesReferences(model: string): boolean {
  return isSeedance(model) && model.includes('reference-to-video')
}

const kinds = { audio: 'Audio', image: 'Image', video: 'Video' } as const

const Text = z.string('expected words').trim().min(1, 'expected words')

/** What is taken from which medium, such as "the man in image 1" or "the voice in <Audio 1>". */
const Donor = Text.transform((text, context) => {
  const found = /^(.*\S)\s+(?:in|of|from)\s+<?(image|video|audio) ?(\d{1,2})>?$/i.exec(text)
  const [, what = '', kind = '', number] = found ?? []
  const donor = kinds[kind.toLowerCase() as keyof typeof kinds]
  if (donor && Number(number) > 0) return { kind: donor, number: Number(number), what }
  context.addIssue('expected something like "the man in image 1" or "the voice in audio 1"')
  return z.NEVER
})

/** The parts that a prompt of a shape is made from. `<Image 2>` and the like may stand in any. */
export const Parts = z.discriminatedUnion(
  'shape',
  [
    /** What to do to the first video, such as "make it night". */
    z.strictObject({ shape: z.literal('edit'), what: Text }),
    /** What comes into the first video; `at` is when and where. */
    z.strictObject({ at: Text.optional(), shape: z.literal('add'), what: Text }),
    z.strictObject({ shape: z.literal('remove'), what: Text }),
    z.strictObject({ shape: z.literal('replace'), what: Text, with: Text }),
    /** What comes next, or came before. Keeping: the result holds the first video as well. */
    z.strictObject({
      shape: z.literal(['extend', 'extend-keeping', 'backward', 'backward-keeping']),
      what: Text,
    }),
    /** What happens between each two videos. */
    z.strictObject({ shape: z.literal('stitch'), transitions: z.array(Text).min(1) }),
    /** What leads from the first video into the second, told in sentences. */
    z.strictObject({ shape: z.literal('lead-in'), what: Text }),
    /** What to generate, from donors of looks, motion, style and voice. */
    z.strictObject({ donors: z.array(Donor).min(1), shape: z.literal('reference'), what: Text }),
  ],
  { error: `expected one of ${shapes.join(', ')}` },
)
export type Parts = z.output<typeof Parts>

/**
 * Builds the canonical prompt of a shape, so that the provider takes it for the right workflow.
 * Numbers count from 1, in the order of `reference_image_urls`, `reference_video_urls` and
 * `reference_audio_urls`.
 *
 * @example
 * ```ts
 * Seedance.prompt({ shape: 'extend', what: 'the boat passes under a bridge' })
 * // Extend <Video 1>, generate the boat passes under a bridge
 * ```
 */
export function prompt(parts: Parts): string {
  switch (parts.shape) {
    case 'edit':
      return `Strictly edit <Video 1>, ${parts.what}`
    case 'add':
      return parts.at === undefined
        ? `Add ${open(parts.what)} in <Video 1>.`
        : `At ${open(parts.at)} of <Video 1>, add ${parts.what}`
    case 'remove':
      return `Remove ${open(parts.what)} from <Video 1>, keeping everything else as it is.`
    case 'replace':
      return `Replace ${open(parts.what)} in <Video 1> with ${parts.with}`
    case 'extend':
      return `Extend <Video 1>, generate ${parts.what}`
    case 'extend-keeping':
      return `Extend <Video 1>, start with <Video 1>, then ${parts.what}`
    case 'backward':
      return `Extend <Video 1> backward, ${parts.what}`
    case 'backward-keeping':
      return `Extend <Video 1> backward, ${open(parts.what)}, and then end with <Video 1>`
    case 'stitch':
      return parts.transitions.reduce(
        (text, transition, index) =>
          `${text} + ${open(transition)} + followed by <Video ${index + 2}>`,
        '<Video 1>',
      )
    case 'lead-in':
      return `<Video 1>. ${open(parts.what)}, leading into <Video 2>.`
    case 'reference': {
      const donors = parts.donors.map(({ kind, number, what }) => `${what} in <${kind} ${number}>`)
      return `Refer to ${donors.join(' and ')} to generate ${parts.what}`
    }
  }
}

/** Without the full stop after which nothing could follow. */
function open(text: string): string {
  return text.replace(/[.\s]+$/, '')
}

/**
 * What the provider may misunderstand: names of inputs that are not there or are spelt otherwise,
 * inputs that nothing names, and prompts of no known shape. Warnings, because only the provider
 * knows.
 */
export function warningsOf(request: Video.Request): string[] {
  const { prompt = '' } = request
  const given = {
    // On Seedance the soundtrack is one more of the sounds.
    Audio: (request.reference_audio_urls?.length ?? 0) + (request.audio_url ? 1 : 0),
    Image: request.reference_image_urls?.length ?? 0,
    Video: request.reference_video_urls?.length ?? 0,
  }
  return [
    ...(takesReferences(request.model) ? tagWarnings(prompt, given) : []),
    ...(takesReferences(request.model) ? shapeWarnings(request, given) : []),
    ...atWarnings(prompt, {
      Element: request.elements?.length ?? 0,
      Image: request.scene_image_urls?.length ?? 0,
    }),
  ]
}

type Counts = Record<string, number>

const tag = /<\s*(image|video|audio)\s*(\d{1,3})\s*>/gi

function tagWarnings(prompt: string, given: Counts): string[] {
  const warnings: string[] = []
  const named = new Set<string>()
  for (const [text, word = '', number] of prompt.matchAll(tag)) {
    const kind = nameOf(word)
    const exact = `<${kind} ${Number(number)}>`
    if (text !== exact) warnings.push(`${text} in the prompt is not understood: write ${exact}.`)
    named.add(exact)
    warnings.push(...outOfRange(exact, Number(number), given[kind] ?? 0, kind.toLowerCase()))
  }
  for (const [kind, count] of Object.entries(given))
    for (let number = 1; number <= count; number += 1)
      if (!named.has(`<${kind} ${number}>`))
        warnings.push(`The prompt does not name <${kind} ${number}>, so it may be left unused.`)
  return warnings
}

function shapeWarnings(request: Video.Request, given: Counts): string[] {
  const { omni_reference_task_type: task = 'auto', prompt = '' } = request
  const isBare = Object.values(given).every((count) => count === 0)
  // Of a tag that is only misspelt enough is said already.
  const spelt = prompt.replaceAll(tag, (_, word: string, number) => `<${nameOf(word)} ${number}>`)
  if (isBare || workflowOf(spelt) || task !== 'auto') return []
  const forms = workflows.map((name) => `${name}: ${formOf(name)}`).join('; ')
  return [
    `The prompt has none of the shapes by which Seedance tells its tasks apart, so it may take this for another one. Known are, among others, ${forms}`,
  ]
}

function atWarnings(prompt: string, given: Counts): string[] {
  if (Object.values(given).every((count) => count === 0)) return []
  return [...prompt.matchAll(/@(element|image)(\d{1,3})/gi)].flatMap(
    ([text, word = '', number]) => {
      const kind = nameOf(word)
      const exact = `@${kind}${Number(number)}`
      const input = kind === 'Element' ? 'element' : 'scene image'
      return [
        ...(text === exact ? [] : [`${text} in the prompt is not understood: write ${exact}.`]),
        ...outOfRange(exact, Number(number), given[kind] ?? 0, input),
      ]
    },
  )
}

function outOfRange(name: string, number: number, count: number, kind: string): string[] {
  if (number >= 1 && number <= count) return []
  const have =
    count === 0 ? `no ${kind} is` : count === 1 ? `1 ${kind} is` : `${count} ${kind}s are`
  return [`The prompt names ${name}, but ${have} given.`]
}

/** `Image` for `image`, as tags are spelt. */
function nameOf(word: string): string {
  return `${word[0]?.toUpperCase()}${word.slice(1).toLowerCase()}`
}
