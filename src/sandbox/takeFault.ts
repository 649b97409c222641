import type { ActiveFault, FaultOf, Kind } from './faults.js'
import type { Trace, World } from './world.js'

/**
 * Looks for a fault of these kinds that is due for this request, in the order they were set, and
 * counts it as having struck.
 */
export function takeFault<K extends Kind>(
  world: World,
  trace: Pick<Trace, 'fault' | 'route'>,
  ...kinds: readonly K[]
): FaultOf<K> | undefined {
  for (const fault of world.faults) {
    if (!(kinds as readonly Kind[]).includes(fault.kind) || !matches(fault, trace)) continue
    if (fault.times !== 'always' && fault.hits >= fault.times) continue
    if (fault.until !== undefined && fault.until <= world.now().getTime()) continue
    if (fault.passed < fault.skip) {
      fault.passed += 1
      continue
    }
    fault.hits += 1
    trace.fault = trace.fault ? `${trace.fault}, ${fault.kind}` : fault.kind
    return fault as unknown as FaultOf<K> // one of the kinds asked for, as checked above
  }
  return undefined
}

function matches({ route }: ActiveFault, trace: Pick<Trace, 'route'>): boolean {
  if (route === trace.route || (route === '*' && trace.route !== 'rpc')) return true
  return route === 'top-up' && trace.route.startsWith('top-up-')
}
