import { refuse } from './refuse.js'
import type { Trace } from './world.js'

/** Refuses a body that says it is something else than JSON. No failure counts for it. */
export function checkType(request: Request, trace: Trace): void {
  const type = request.headers.get('content-type')
  if (type === null || /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) return
  trace.free = true
  refuse(
    400,
    { error: 'Content-Type must be application/json' },
    `the body is ${type.slice(0, 60)}`,
  )
}
