import type * as Video from '../Video.js'
import type { Entry } from './catalogue.js'
import type { Issue } from './readJson.js'

/** The four workflows of Seedance's reference models, told apart by the shape of the prompt. */
const shapes = {
  edit: /^Strictly edit <Video 1>, /,
  extend: /^Extend <Video 1>( backward)?, generate /,
  reference: /Refer to [^]*? in <(Image|Video|Audio) \d+>/,
  stitch: /^<Video 1>( \+ [^]*)? \+ [^]*followed by <Video \d+>/,
} as const

type Workflow = keyof typeof shapes

/** The workflow a prompt asks for, case-sensitively; `undefined` when it has none of the shapes. */
export function workflowOf(prompt: string): Workflow | undefined {
  return (['edit', 'extend', 'stitch', 'reference'] as const).find((name) =>
    shapes[name].test(prompt),
  )
}

/** What is wrong with a reference request to Seedance, beyond what any model refuses. */
export function checkSeedance(entry: Entry, request: Video.Request): Issue[] {
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

/**
 * Whether the provider will only find out later that it cannot tell what to do: reference videos
 * with a prompt of no known shape. Such a job is accepted, fails, and is refunded.
 */
export function failsLater(entry: Entry, request: Video.Request): boolean {
  const { omni_reference_task_type: task = 'auto', prompt = '' } = request
  const { reference_video_urls: videos = [] } = request
  const isReference = entry.rules.seedance !== undefined && entry.rules.needsReference === true
  return isReference && videos.length > 0 && task === 'auto' && workflowOf(prompt) === undefined
}

/** `<Image 3>` needs a third image. */
function mentions(request: Video.Request): Issue[] {
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
