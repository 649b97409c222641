import * as Clock from './Clock.js'

/**
 * Bad news about a job that is paid for, as Venice itself has told it. One answer, or a minute full of
 * them, may be an outage: it is believed by the time over which it was heard. Times are the ledger's,
 * because processes come and go, and what each of them hears adds up.
 */
export type BadNews = {
  /** What it said, where it said that the job has failed. Without it the job or its media is gone. */
  failed?: Failed | undefined
  /** The number of minutes in which it was heard; 0 for a job that was only looked at. */
  heard: number
  /** When Venice was last asked. */
  looked: Date
  /** When it was first heard. One good answer makes an end of it. */
  since: Date
}

/** What a failure says about the money and about what to do instead. Its words are printable. */
export type Failed = {
  /** Whether the provider says that the money is back. `undefined`: it does not say. */
  refunded?: boolean | undefined
  says: string
  suggestion?: string | undefined
}

/** In how many minutes, at least: two moments far apart may be two outages. */
const leastMinutes = 3

const minute = 60_000

/** Bad news that was heard once more. */
export function hear(before: BadNews | undefined, options: hear.Options): BadNews {
  const { at, failed = before?.failed } = options
  // A clock that was set back would make it wait for hours.
  if (!before || before.heard === 0 || before.since > at)
    return { failed, heard: 1, looked: at, since: at }
  const { heard, looked, since } = before
  const minuteOf = (time: Date) => Math.floor((time.getTime() - since.getTime()) / minute)
  const isNew = minuteOf(at) > minuteOf(looked)
  return { failed, heard: heard + (isNew ? 1 : 0), looked: at, since }
}

export declare namespace hear {
  type Options = {
    /** By the ledger's clock. */
    at: Date
    /** What it says, if it says that the job has failed. */
    failed?: Failed | undefined
  }
}

/** A look that told nothing: of it only the time is kept. */
export function look(before: BadNews | undefined, at: Date): BadNews {
  return before ? { ...before, looked: at } : { heard: 0, looked: at, since: at }
}

/** Whether it was heard for so long that no outage explains it. */
export function isProven({ heard, looked, since }: BadNews): boolean {
  return heard >= leastMinutes && looked.getTime() - since.getTime() >= Clock.believing
}
