import type * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'

/** What this process knows of earlier downloads of a job. It saves work; nothing depends on it. */
export type Remembered = {
  /** The strong name of what came last and could not be read. */
  etag?: string | undefined
  /** Bytes for which there was no room. */
  needs?: number | undefined
  /** Why what is kept could not be read. */
  reason?: string | undefined
  /** Whether the last file that came could not be saved. */
  unsaved?: boolean | undefined
  /** How often the link to the file was used, where the ledger may not know. */
  uses?: Job.Job['linkUses']
}

/** The notes on a job, to be read and written. */
export function remembered({ client }: Zecchino, { id }: Pick<Job.Job, 'id'>): Remembered {
  const jobs = notes.get(client) ?? new Map<string, Remembered>()
  notes.set(client, jobs)
  const known = jobs.get(id) ?? {}
  jobs.set(id, known)
  return known
}

const notes = new WeakMap<Zecchino['client'], Map<string, Remembered>>()
