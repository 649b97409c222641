import { randomUUID } from 'node:crypto'

import * as z from 'zod'

import * as Errors from '../Errors.js'
import { type ActiveFault, Fault } from './faults.js'
import type { World } from './world.js'

/**
 * Switches faults on: one, or a list.
 *
 * @throws {@link InvalidFaultError} naming what is wrong; then none of them is on.
 */
export function addFaults(world: World, input: unknown): ActiveFault[] {
  const parsed = z.array(Fault).safeParse(Array.isArray(input) ? input : [input])
  if (!parsed.success)
    throw new InvalidFaultError({
      issues: parsed.error.issues.map(
        ({ message, path }) => `${path.slice(1).join('.') || 'fault'}: ${message}`,
      ),
    })
  const now = world.now().getTime()
  const added = parsed.data.map((fault) => ({
    ...fault,
    hits: 0,
    id: randomUUID(),
    passed: 0,
    ...(fault.lasts_ms !== undefined && { until: now + fault.lasts_ms }),
  }))
  world.faults.push(...added)
  return added
}

/** A fault that the sandbox does not know, or with fields it does not have. */
export class InvalidFaultError extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  override readonly name = 'Sandbox.InvalidFaultError'

  constructor({ issues }: { issues: readonly string[] }) {
    super('The fault is not one that the sandbox knows, so none was switched on.', {
      facts: issues.slice(0, 8),
      hint: 'The table of faults in the README has an example of each.',
    })
  }
}
