import type * as Job from './Job.js'

/*
 * One rule for time. What is compared with the provider's rows is in the provider's time; what is
 * stored is in the ledger's; what is signed is in ours, brought to the provider's and clamped. Every
 * length of waiting that judges a row, a job or a payment stands here, and no flow has one of its own.
 */

const minute = 60_000

/**
 * How far the provider's time may be off where an answer has just told it, in milliseconds: a `Date`
 * is whole seconds, differences under two seconds count as none, and the answer was under way.
 */
export const slack = 5_000

/**
 * How far two clocks may be apart that nobody has compared, in milliseconds: ten minutes is what is
 * met in the field, and either may be put right in between.
 */
export const apart = 15 * minute

/** How long after its request a row of it may be posted, or be shown, in milliseconds. */
export const posting = 30 * minute

/** How long a charge may take to show before a job without an answer is given to a person. */
export const horizon = posting

/** How much longer it waits for an answer about a charge that cannot be looked up now. */
export const patience = 2 * minute

/**
 * How long after it was sent a job is not sent again by a person's word, in milliseconds: longer than
 * a charge of it may take to show, even if a clock is put forward meanwhile: what the person was shown is
 * all there is.
 */
export const wordAfter = posting + apart

/** How long a row may wait for the write of the answer that names it, in milliseconds. */
export const grace = 2 * minute

/**
 * How long a charge that names no job waits for a job that it fits to get one that does: its own may
 * be late. In milliseconds.
 */
export const settling = posting + grace

/**
 * How far back of the newest known row the provider's rows are read again, in milliseconds: one that
 * shows late keeps its date.
 */
export const overlap = 2 * posting

/** How long a request may be under way, and its nonce on the way to every store, in milliseconds. */
export const arriving = 5_000

/** How long after `sending` was written the paid call may still leave, in milliseconds. */
export const leaving = 30_000

/** How long after it was sent no process waits for the answer to a paid call, in milliseconds. */
export const answering = 10 * minute

/** An intent to pay this old has no signer any more, in milliseconds. */
export const signing = 2 * minute

/** Time that must be left of an authorization to present it for the first time, in milliseconds. */
export const presenting = 30_000

/** How long after a payment could settle for the last time nobody calls it unpaid, in milliseconds. */
export const settled = minute

/** How long a payment that the chain has seen may wait for its credit, in milliseconds. */
export const crediting = 10 * minute

/** How long the provider keeps a job and what was made for it, in milliseconds. */
export const lifetime = 24 * 60 * minute

/** For how long the provider says that a job is lost before that is believed, in milliseconds. */
export const believing = 10 * minute

/** How long after the provider's day what was given up is looked at again, in milliseconds. */
export const afterwards = 60 * minute

/**
 * How long a credit of ours may wait to show, in milliseconds: for so long no balance that lacks it, and
 * no refusal for want of credit, is believed against it.
 */
export const showing = settling

/** How far the ledger's clock may step back before spending waits for it, in milliseconds. */
export const stepBack = 60_000n

/**
 * How far it may step back before only the owner ends that wait, in milliseconds: one that was as wrong as
 * clocks are, either way, and is put right steps no further (decided here).
 */
export const stepMost = BigInt(2 * apart)

/** How long a payment is left to the process that signed it, in milliseconds. */
export const handOver = 15_000

/** How long the answer to the paid call may be under way to another process, in milliseconds. */
export const awaiting = 3 * minute

/** How long a job goes on being sent that Venice refuses, in milliseconds since it was made. Decided here. */
export const refusing = 120 * minute

/** How long a larger payment that no form was taken of is remembered, in milliseconds. Decided here. */
export const remembering = 24 * 60 * minute

/** For how long it is remembered that a call left, in milliseconds: as long as anybody keeps copies. */
export const noted = 365 * 24 * 60 * minute

/** How long after it was sent a job may get its money back, at most, in milliseconds. */
export const returning = lifetime + 120 * minute

/** How long a process has a job in hand without saying so again, in milliseconds. */
export const leasing = 15_000

/** The longest that is believed, in milliseconds: a clock that was ahead wrote a longer one. */
export const leased = 2 * leasing

/** A time by the provider's clock, and how far from it the truth may be, in milliseconds. */
export type Reading = { at: Date; within: number }

/** What two clocks of ours show: the wall's, which may be put right, and one that only goes on. */
export type Ours = {
  /** Milliseconds since whenever. */
  steady: number
  wall: Date
}

/** What an answer told of the provider's time, and what ours showed then. */
export type Heard = Ours & { provider: Date }

/**
 * The provider's time now. Where our two clocks disagree on how long ago it was heard, the wall's was
 * put right or the machine slept, and nobody can tell which: then the truth is anywhere between.
 */
export function providerTime(heard: Heard | undefined, ours: Ours): Reading {
  if (!heard) return { at: ours.wall, within: apart }
  const byWall = ours.wall.getTime() - heard.wall.getTime()
  const bySteady = ours.steady - heard.steady
  const doubt = Math.abs(byWall - bySteady) / 2
  // Clocks drift: by so little that it never matters, unless they have run for days.
  const passed = doubt <= 1_000 + bySteady / 10_000 ? byWall : (byWall + bySteady) / 2
  const within = passed === byWall ? slack : slack + doubt
  return { at: new Date(heard.provider.getTime() + passed), within }
}

/** How many milliseconds lie between two readings, at least and at most. */
export function between(from: Reading, to: Reading): { least: number; most: number } {
  const passed = to.at.getTime() - from.at.getTime()
  const within = from.within + to.within
  return { least: passed - within, most: passed + within }
}

/** A date before this one is none: nobody sold anything then in this way. */
const earliest = Date.UTC(2020)

/**
 * Whether a row can be from when it is dated. A date of another age, or further ahead than clocks are
 * wrong, says nothing about when the row was made.
 */
export function isDated(row: { createdAt: string }, now: Reading): boolean {
  return Date.parse(row.createdAt) >= earliest && ageOf(row, now) >= -2 * (apart + now.within)
}

/** How old a row is at least, in milliseconds; below zero while it may lie in the future. */
export function ageOf(row: { createdAt: string }, now: Reading): number {
  return now.at.getTime() - now.within - Date.parse(row.createdAt)
}

/** When a job's paid request left, by the provider's clock. Sends of old were kept by another one. */
export function sentAt({ providerSentAt, sentAt, updatedAt }: Sent): Reading {
  if (providerSentAt) return { at: providerSentAt, within: slack }
  return { at: sentAt ?? updatedAt, within: apart }
}

type Sent = Pick<Job.Job, 'providerSentAt' | 'sentAt' | 'updatedAt'>
