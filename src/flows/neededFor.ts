import type * as Job from '../Job.js'
import type { WalletZecchino } from './createZecchino.js'

/**
 * This job's price and those of the jobs reserved before it, which the same credit must cover, in
 * micro-dollars. What a dead process left is not ahead of the living: whoever takes it up pays for it then.
 */
export async function neededFor({ ledger, worker }: WalletZecchino, job: Job.Job): Promise<bigint> {
  const statuses = ['reserved', 'sending'] as const
  const [waiting, leased] = await Promise.all([
    ledger.jobs({ statuses }),
    ledger.jobs({ leased: true, statuses }),
  ])
  const living = new Set(leased.map(({ id }) => id))
  return (
    waiting
      .filter((other) => other.id !== job.id && isBefore(other, job))
      // A lease of our own may have run out while this machine slept.
      .filter(({ id }) => living.has(id) || worker.isAt(id))
      .reduce((sum, other) => sum + other.price, job.price)
  )
}

function isBefore(a: Job.Job, b: Job.Job): boolean {
  const [x, y] = [a.createdAt.getTime(), b.createdAt.getTime()]
  return x < y || (x === y && a.id < b.id)
}
