import type { Bug } from './bug.js'

/** The owner's rules passed by. */
export const rules: readonly Bug[] = []
