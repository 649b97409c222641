import * as Errors from '../../Errors.js'
import type { Zecchino } from '../../flows/createZecchino.js'
import * as Job from '../../Job.js'
import * as Money from '../../Money.js'
import { type videoRetrieve as Tool, videoRetrieve } from '../../tools/videoRetrieve.js'
import { letGo } from '../letGo.js'
import { progressBar } from '../progressBar.js'
import type { Context } from '../runCommand.js'
import { wholeNumber } from '../wholeNumber.js'

/** `zecchino retrieve`. */
export async function retrieve(context: Context): Promise<void> {
  const zecchino = await context.open()
  const [jobId = ''] = context.args
  await finish(context, zecchino, {
    jobId,
    seconds: wholeNumber('--wait', context.options['wait']),
  })
}

/** Waits for a job with a progress bar and prints what became of it. */
export async function finish(
  context: Context,
  zecchino: Zecchino,
  { jobId, seconds }: { jobId: string; seconds: number },
): Promise<void> {
  const bar = progressBar({ quiet: context.json })
  const deadline = performance.now() + seconds * 1000
  const result = await letGo(context, zecchino, {
    bar,
    find: () => zecchino.ledger.findJob(jobId),
    async run(signal) {
      for (;;) {
        const left = Math.max(Math.ceil((deadline - performance.now()) / 1000), 0)
        const input = { job_id: jobId, wait_seconds: Math.min(left, 50) }
        const seen = await videoRetrieve.run(zecchino, input, { onProgress: bar.show, signal })
        if (isOver(seen.status) || performance.now() >= deadline || signal.aborted) return seen
      }
    },
  })
  if (!result) return
  context.print(result, linesOf(result))
  if (!result.file) process.exitCode = Errors.codes[codeOf(result.status)].exit
}

/** Whether waiting longer would change nothing; the clean-up goes on without anybody waiting. */
function isOver(status: Job.Status): boolean {
  return Job.isSaved(status) || Job.isSettled(status)
}

function linesOf(result: Awaited<ReturnType<typeof Tool.run>>): string[] {
  const { detail, file, next, price_usd, status } = result
  if (!file) return [`Status    ${status}`, ...(detail ? [detail] : []), next]
  const size = `${file.width}×${file.height}, ${file.duration_seconds.toFixed(1)} s, ${file.codec}`
  return [
    `Saved     ${file.path}`,
    `Video     ${size}, ${(file.bytes / 1e6).toFixed(2)} MB`,
    `sha256    ${file.sha256}`,
    `Price     ${Money.display(Money.parse(price_usd))}`,
    ...(detail ? [`Note      ${detail}`] : []),
  ]
}

function codeOf(status: Job.Status): Errors.Code {
  if (status === 'ambiguous') return 'JOB_AMBIGUOUS'
  if (status === 'lost_media') return 'LOST_MEDIA'
  if (status === 'needs_approval') return 'APPROVAL_REQUIRED'
  if (status === 'needs_consent') return 'CONSENT_REQUIRED'
  return Job.isSettled(status) ? 'VIDEO_FAILED' : 'VIDEO_TIMEOUT'
}
