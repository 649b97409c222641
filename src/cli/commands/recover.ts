import { watch } from '../../flows/watch.js'
import * as Job from '../../Job.js'
import * as Ledger from '../../Ledger.js'
import type { Context } from '../runCommand.js'
import { wholeNumber } from '../wholeNumber.js'

/** `zecchino recover`. */
export async function recover({ open, options, print }: Context): Promise<void> {
  const zecchino = await open()
  const { ledger } = zecchino
  const jobs = await ledger.jobs({ statuses: Job.active })
  const payments = await ledger.payments({ statuses: Ledger.openPaymentStatuses })
  await zecchino.ready()
  const timeout = wholeNumber('--wait', options['wait']) * 1000
  const until = ({ status }: Job.Job) => Job.isSaved(status)
  await Promise.all(jobs.map(({ id }) => watch(zecchino, { jobId: id, timeout, until })))
  const after = {
    jobs: await Promise.all(
      jobs.map(async ({ id }) => ({ job_id: id, status: (await ledger.findJob(id))?.status })),
    ),
    payments: await Promise.all(
      payments.map(async ({ id }) => ({
        payment_id: id,
        status: (await ledger.findPayment(id))?.status,
      })),
    ),
  }
  print(after, [
    ...after.jobs.map(({ job_id, status }) => `${job_id}  ${status}`),
    ...after.payments.map(({ payment_id, status }) => `${payment_id}  ${status}`),
    `${jobs.length} jobs and ${payments.length} payments were open.`,
  ])
}
