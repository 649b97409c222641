import type { Bug } from './bug.js'

/** Money booked past the owner's rule. */
export const booking: readonly Bug[] = []
