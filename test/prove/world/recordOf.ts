import { timeOf } from './outages.js'
import type { Evidence } from './play.js'
import type { ToldJob } from './told.js'

/** The job on record that one of the provider's was bought for: of one request the one that was sent last. */
export function recordOf(
  evidence: Evidence,
  made: Evidence['truth']['jobs'][number],
): ToldJob | undefined {
  const mine = evidence.told[1].jobs.filter(({ hash }) => hash === made.body_hash)
  const at = timeOf(evidence, made.created_at)
  const sent = evidence.live?.moves.findLast(
    (one) => one.to === 'sending' && one.at <= at && mine.some(({ id }) => id === one.jobId),
  )
  return (
    mine.find(({ queueId }) => queueId === made.queue_id) ??
    mine.find(({ id }) => id === sent?.jobId) ??
    mine[0]
  )
}
