import type { World } from './world.js'

/** Makes an id of a form, such as `x402-<hex 32>`, that was never given before. */
export function idOf(world: World, form: string): string {
  return form.replaceAll(/<(uuid|hex|id)(?: (\d+))?>/g, (_, kind: string, length = '32') => {
    if (kind === 'uuid') return world.id()
    let text = ''
    while (text.length < Number(length)) text += world.id().replaceAll('-', '')
    return text.slice(0, Number(length))
  })
}
