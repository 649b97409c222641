/**
 * Words for "call this tool with these arguments", as `next` fields use them: the name and a JSON
 * object, so that a model and a program read the same.
 *
 * @example
 * ```ts
 * callOf('video_retrieve', { job_id: 'job_1' })
 * // 'video_retrieve {"job_id":"job_1"}'
 * ```
 */
export function callOf(name: string, args: object = {}): string {
  return `${name} ${JSON.stringify(args)}`
}
