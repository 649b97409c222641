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
export function checkSeedance({ id }: Pick<Entry, 'id'>, request: Request): Issue[] {
  const { omni_reference_task_type: task, reference_video_urls: videos } = request
  if (!readsPrompt(id) || videos || (task !== 'edit' && task !== 'extend')) return []
  const message = `The task ${task} needs reference_video_urls`
  return [{ message, path: ['reference_video_urls'] }]
}
