import type { Bug } from './bug.js'

/** A paid video given up. */
export const look: readonly Bug[] = []
