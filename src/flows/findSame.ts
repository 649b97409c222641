import * as Job from '../Job.js'
import type { Zecchino } from './createZecchino.js'

/** How long a video that is saved, or a question to a person, is told of, in milliseconds. Decided here. */
const lately = 30 * 60_000

/** How long a job may yet turn out to be worth its price, in milliseconds: Venice keeps it as long. */
const day = 24 * 60 * 60_000

/**
 * Finds the jobs of the very same request, newest first, that whoever quotes it anew may have forgotten:
 * those that are being made, wait for a person, may have been paid for, or were saved a moment ago. An
 * agent that lost an answer asks for a new quote, and a new quote is a second purchase.
 */
export async function findSame(zecchino: Zecchino, hash: string): Promise<Job.Job[]> {
  const { ledger } = zecchino
  const jobs = await ledger.jobs({ hash, limit: 100 })
  if (jobs.length === 0) return jobs
  const now = (await ledger.now()).getTime()
  return jobs.filter(({ createdAt, sentAt, status, updatedAt }) => {
    const age = now - updatedAt.getTime()
    switch (status) {
      case 'reserved':
      case 'sending':
      case 'queued':
      case 'ready':
      case 'ambiguous':
        return true
      case 'needs_consent':
      case 'failed_unrefunded':
      case 'lost_media':
        return now - createdAt.getTime() < day
      // Its owner gave it up without knowing what became of it: it may be charged, and its video be there.
      case 'abandoned':
        return sentAt !== undefined && now - createdAt.getTime() < day
      case 'needs_approval':
      case 'saved':
      case 'cleaned':
        return age < lately
      default:
        return false
    }
  })
}

/** What is said of such a job to whoever quotes its request again. */
export function wordsOfSame(job: Job.Job): string {
  const again = 'Buying this quote makes and charges a second one.'
  const { file, id, status } = job
  if (Job.isSaved(status))
    return `The same video was bought a moment ago and is saved${file ? ` at ${file.path}` : ''}: ${id}. ${again}`
  if (status === 'needs_approval' || status === 'needs_consent')
    return `The same request waits for a person already: ${id} (${status}). ${again}`
  if (status === 'abandoned')
    return `The same request was given up after it was sent, and may have been paid for: ${id}. ${again}`
  if (status === 'ambiguous' || status === 'failed_unrefunded' || status === 'lost_media')
    return `The same request may have been paid for already: ${id} (${status}). ${again}`
  return `The same video is being made already: ${id} (${status}). ${again}`
}
