import { book } from './bookAt.js'
import type { World } from './world.js'

/** Does what has become due since the last request, as of when it was due: late charges, refunds, credits. */
export function runAgenda(world: World): void {
  const now = world.now().getTime()
  const due = world.agenda.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)
  if (due.length === 0) return
  world.agenda = world.agenda.filter(({ at }) => at > now)
  for (const one of due) book(world, one)
}
