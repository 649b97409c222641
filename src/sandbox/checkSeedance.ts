import type { Entry } from './catalogue.js'
import type { Request } from './queueBody.js'
import type { Issue } from './readJson.js'

/** The four workflows of Seedance's reference models, each with the openings that mean it. */
const workflows = {
  edit: [
    /^Strictly edit <Video 1>(,|:) ?\S/,
    /^Add .+ in <Video 1>/s,
    /^At .+ of <Video 1>, add \S/s,
    /^Remove .+ from <Video 1>/s,
    /^Replace .+ in <Video 1> with \S/s,
  ],
  extend: [/^Extend <Video 1>( backward)?, \S/],
  stitch: [/^<Video 1> \+ .+ \+ followed by <Video 2>/s, /^<Video 1>\. .+ leading into <Video 2>/s],
  reference: [/\bRefer to .+? in <(Image|Video|Audio) [1-9]\d?>/s],
} as const

type Workflow = keyof typeof workflows

/**
 * The workflow a prompt asks for, case-sensitively. `undefined`: it has none of the published
 * shapes, and the provider makes of it what it likes; nothing says that it refuses.
 */
export function workflowOf(prompt: string): Workflow | undefined {
  const names = Object.keys(workflows) as Workflow[]
  return names.find((name) => workflows[name].some((shape) => shape.test(prompt)))
}

/** Whether the prompt of a model decides what it does. */
export function readsPrompt(model: string): boolean {
  return /^seedance-.*reference-to-video/.test(model)
}

/** What is wrong with a reference request to Seedance, beyond what any model refuses. */
export function checkSeedance(entry: Entry, request: Request): Issue[] {
  if (!entry.rules.seedance || !entry.rules.needsReference) return []
  const { aspect_ratio: ratio, duration, prompt = '' } = request
  const { omni_reference_task_type: task = 'auto', reference_video_urls: videos = [] } = request
  const workflow = workflowOf(prompt)
  const matched = duration === 'auto' || duration === '-1'
  const adaptive = ratio === 'adaptive' || ratio === 'auto'
  const wanted = workflow === 'stitch' ? 'extend' : workflow
  const wrong = (path: string, message: string) => ({ message, path: [path] })
  return [
    ...mentions(request),
    ...(task !== 'auto' && wanted !== undefined && wanted !== task
      ? [wrong('omni_reference_task_type', `The prompt has the shape of ${workflow}`)]
      : []),
    ...(matched && (workflow !== 'edit' || videos.length === 0)
      ? [wrong('duration', 'Only an edit of a reference video can match its length')]
      : []),
    ...(adaptive && (!['edit', 'extend'].includes(workflow ?? '') || videos.length === 0)
      ? [
          wrong(
            'aspect_ratio',
            'Only an edit or extension of a reference video can match its shape',
          ),
        ]
      : []),
  ]
}

/** `<Image 3>` needs a third image. */
function mentions(request: Request): Issue[] {
  const given = {
    Audio: request.reference_audio_urls?.length ?? 0,
    Image: request.reference_image_urls?.length ?? 0,
    Video: request.reference_video_urls?.length ?? 0,
  }
  return [...(request.prompt ?? '').matchAll(/<(Image|Video|Audio) (\d{1,3})>/g)]
    .filter(([, kind, number]) => {
      const index = Number(number)
      return index < 1 || index > given[kind as keyof typeof given]
    })
    .map(([text]) => ({ message: `${text} is not among the references`, path: ['prompt'] }))
}
