import type { Bug } from './bug.js'

/** A paid answer lost, or a payment freed that can still settle. */
export const answers: readonly Bug[] = []
