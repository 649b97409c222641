import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

import type * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'

/** Bytes that came for a job and are no video that can be read here. */
export type Kept = {
  bytes: number
  path: string
  /** When they last came, by the client's clock. */
  seenAt: Date
}

/** What is kept of a job, the newest first; see {@link keepBytes}. */
export async function keptOf({ outputDir }: Zecchino, job: Pick<Job.Job, 'id'>): Promise<Kept[]> {
  const names = await readdir(outputDir).catch(() => []) // no folder yet, or none that can be read
  const prefix = `${job.id}.unrecognised.`
  const ours = names.filter((name) => name.startsWith(prefix) && name.endsWith('.bin'))
  const kept = await Promise.all(
    ours.map(async (name) => {
      const path = join(outputDir, name)
      const { mtime, size } = await stat(path)
      return { bytes: size, path, seenAt: mtime }
    }),
  ).catch(() => []) // taken away meanwhile
  return kept.toSorted((one, other) => other.seenAt.getTime() - one.seenAt.getTime())
}

/** The longest pause between two whole downloads that may bring the same again, in milliseconds. */
const longest = { answer: 30 * 60_000, link: 6 * 3_600_000 }

/**
 * Whether a file of which bytes are kept is to be downloaded again. Each pause is as long as the job
 * was old when they last came, because what does not mend soon mends late; a link, which is good for
 * a few downloads only, is given more time.
 */
export function isDue(options: isDue.Options): boolean {
  const { job, kept, now, source } = options
  const [last] = kept
  if (!last || last.seenAt > now) return true
  const age = last.seenAt.getTime() - (job.queuedAt ?? job.createdAt).getTime()
  const pause = Math.min(Math.max(age, 60_000), longest[source])
  return now.getTime() - last.seenAt.getTime() >= pause
}

export declare namespace isDue {
  type Options = {
    job: Pick<Job.Job, 'createdAt' | 'queuedAt'>
    /** The newest first. */
    kept: readonly Kept[]
    now: Date
    source: 'answer' | 'link'
  }
}

/** Says where what is kept lies. Empty when there is nothing. */
export function keptWords(kept: readonly Kept[]): string {
  if (kept.length === 0) return ''
  const paths = kept.map(({ path }) => path).join(', ')
  return ` What came for it and cannot be read as an MP4 is kept as ${paths}.`
}
