import type * as Video from './Video.js'

/** The workflows of Seedance's reference-to-video models, told apart by the shape of the prompt. */
export const workflows = ['edit', 'extend', 'stitch', 'reference'] as const
export type Workflow = (typeof workflows)[number]

/** How each prompt begins; case and spaces matter to the provider. */
export const shapes: Record<Workflow, string> = {
  edit: 'Strictly edit <Video 1>, …',
  extend: 'Extend <Video 1>, generate … (or: Extend <Video 1> backward, generate …)',
  reference: 'Refer to … in <Image 1> …',
  stitch: '<Video 1> + … + followed by <Video 2> …',
}

const patterns: Record<Workflow, RegExp> = {
  edit: /^Strictly edit <Video 1>,/,
  extend: /^Extend <Video 1>( backward)?, generate /,
  reference: /Refer to [^]*? in <(Image|Video|Audio) \d+>/,
  stitch: /^<Video 1> \+ [^]*followed by <Video \d+>/,
}

/** The workflow a prompt asks for; `undefined` when it has none of the four shapes. */
export function workflowOf(prompt: string): Workflow | undefined {
  return workflows.find((name) => patterns[name].test(prompt))
}

/** Whether a model is one of Seedance's. */
export function isSeedance(model: string): boolean {
  return model.startsWith('seedance-')
}

/** Whether a model is one of Seedance's reference-to-video models, which read their prompt. */
export function takesReferences(model: string): boolean {
  return isSeedance(model) && model.includes('reference-to-video')
}

/**
 * Builds the canonical prompt of a workflow, so that the provider takes it for the right one.
 * Numbers count from 1, in the order of `reference_image_urls` and `reference_video_urls`.
 *
 * @example
 * ```ts
 * Seedance.prompt({ workflow: 'extend', scene: 'the boat passes under a bridge' })
 * // Extend <Video 1>, generate the boat passes under a bridge
 * ```
 */
export function prompt(options: prompt.Options): string {
  switch (options.workflow) {
    case 'edit':
      return `Strictly edit <Video 1>, ${options.change}`
    case 'extend':
      return `Extend <Video 1>${options.backward ? ' backward' : ''}, generate ${options.scene}`
    case 'reference': {
      const [first, ...rest] = options.subjects.map(
        ({ image, what }) => `${what} in <Image ${image}>`,
      )
      return `Refer to ${[first, ...rest].join(' and ')}, ${options.scene}`
    }
    case 'stitch':
      return options.transitions.reduce(
        (text, transition, index) => `${text} + ${transition} + followed by <Video ${index + 2}>`,
        '<Video 1>',
      )
  }
}

export declare namespace prompt {
  type Options =
    /** `change`: what to do to the first video, such as "make it night". */
    | { change: string; workflow: 'edit' }
    /** `scene`: what comes next; `backward` makes what came before. */
    | { backward?: boolean | undefined; scene: string; workflow: 'extend' }
    /** `subjects`: what to take from which image, such as `{ image: 1, what: 'the man' }`. */
    | {
        scene: string
        subjects: readonly [Subject, ...Subject[]]
        workflow: 'reference'
      }
    /** `transitions`: what happens between each two videos. */
    | { transitions: readonly [string, ...string[]]; workflow: 'stitch' }
  type Subject = { image: number; what: string }
}

/**
 * What the provider may misunderstand: names of inputs that are not there or are spelt otherwise,
 * inputs that nothing names, and prompts of no known shape. Warnings, because only the provider
 * knows.
 */
export function warningsOf(request: Video.Request): string[] {
  const { prompt = '' } = request
  const given = {
    Audio: request.reference_audio_urls?.length ?? 0,
    Image: request.reference_image_urls?.length ?? 0,
    Video: request.reference_video_urls?.length ?? 0,
  }
  return [
    ...(takesReferences(request.model) ? tagWarnings(prompt, given) : []),
    ...(takesReferences(request.model) ? shapeWarnings(request) : []),
    ...atWarnings(prompt, {
      Element: request.elements?.length ?? 0,
      Image: request.scene_image_urls?.length ?? 0,
    }),
  ]
}

type Counts = Record<string, number>

function tagWarnings(prompt: string, given: Counts): string[] {
  const warnings: string[] = []
  const named = new Set<string>()
  for (const [text, word = '', number] of prompt.matchAll(
    /<\s*(image|video|audio)\s*(\d{1,3})\s*>/gi,
  )) {
    const kind = `${word[0]?.toUpperCase()}${word.slice(1).toLowerCase()}`
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

function shapeWarnings(request: Video.Request): string[] {
  const { omni_reference_task_type: task = 'auto', prompt = '' } = request
  if (!request.reference_video_urls || workflowOf(prompt) || task !== 'auto') return []
  const list = workflows.map((name) => `${name}: ${shapes[name]}`).join('; ')
  return [
    `The prompt has none of the shapes that reference videos need, so the job may fail: ${list}`,
  ]
}

function atWarnings(prompt: string, given: Counts): string[] {
  if (Object.values(given).every((count) => count === 0)) return []
  return [...prompt.matchAll(/@(element|image)(\d{1,3})/gi)].flatMap(
    ([text, word = '', number]) => {
      const kind = `${word[0]?.toUpperCase()}${word.slice(1).toLowerCase()}`
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
