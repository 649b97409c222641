import type { Bug } from './bug.js'

/** What a dead neighbour leaves, left alone. */
export const neighbours: readonly Bug[] = []
