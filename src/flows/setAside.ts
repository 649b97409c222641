import { existsSync } from 'node:fs'

import type * as Job from '../Job.js'
import * as Verdict from '../Verdict.js'
import type { Zecchino } from './createZecchino.js'
import { moveJob } from './moveJob.js'
import { pathOf } from './pathOf.js'

/** How often a job is looked at anew because somebody else has moved it. */
const maxLooks = 4

/**
 * Keeps a job from being sent that another copy of this ledger has sent already: its owner decides. The charge of
 * that call is held against it, so that its video can be taken. What is not to be sent stays as it is.
 */
export async function setAside(
  zecchino: Zecchino,
  { jobId, reason, sentAt }: { jobId: string; reason: string; sentAt: Date },
): Promise<void> {
  for (let looks = 0; looks < maxLooks; looks += 1) {
    const job = await zecchino.ledger.findJob(jobId)
    const end = job && ends[job.status]
    if (!end) return
    const detail = [`${reason} It is not sent again.`, wayOf(job, end), fileOf(zecchino, job)]
    const patch = { detail: detail.filter(Boolean).join(' '), sentAt }
    if (job.status === end) return zecchino.ledger.noteJob(jobId, patch)
    if (await moveJob(zecchino, { from: job.status, jobId, patch, to: end })) return
  }
}

/** Where a job goes that might be sent: what is set aside for one that is not under way is freed. */
const ends: Partial<Record<Job.Status, 'abandoned' | 'ambiguous'>> = {
  ambiguous: 'ambiguous',
  needs_approval: 'abandoned',
  needs_consent: 'abandoned',
  reserved: 'abandoned',
  sending: 'ambiguous',
}

function wayOf({ id }: Job.Job, end: 'abandoned' | 'ambiguous'): string {
  return end === 'ambiguous'
    ? `For what is known, run: zecchino resolve ${id}.`
    : `If Venice has its video, take it: ${Verdict.command(id, ['adopt'])}.`
}

function fileOf(zecchino: Zecchino, job: Job.Job): string | undefined {
  const path = pathOf(zecchino, job)
  return existsSync(path) ? `There is a file of it: ${path}.` : undefined
}
