import type { Zecchino } from '../flows/createZecchino.js'

const flights = new WeakMap<Zecchino, Map<string, Promise<unknown>>>()

/**
 * Lets calls for the same thing share one run while it lasts, so that a hundred equal calls ask the
 * provider, and the owner, once. The run belongs to none of its callers.
 */
export function share<value>(
  zecchino: Zecchino,
  key: string,
  run: () => Promise<value>,
): Promise<value> {
  const own = flights.get(zecchino) ?? new Map<string, Promise<unknown>>()
  flights.set(zecchino, own)
  const known = own.get(key) as Promise<value> | undefined
  if (known) return known
  const flight = run().finally(() => own.delete(key))
  own.set(key, flight)
  return flight
}
