import { describe, expect, test } from 'vitest'

import * as Job from '../src/Job.js'

/** Statuses that can be reached from one, itself included. */
function reach(from: Job.Status, seen = new Set<Job.Status>()): Set<Job.Status> {
  if (seen.has(from)) return seen
  seen.add(from)
  for (const to of Job.transitions[from]) reach(to, seen)
  return seen
}

test('behavior: every status has its row, and leads to statuses only', () => {
  expect(Object.keys(Job.transitions).toSorted()).toEqual([...Job.statuses].toSorted())
  for (const from of Job.statuses)
    for (const to of Job.statuses)
      expect(Job.canMove(from, to)).toBe((Job.transitions[from] as readonly string[]).includes(to))
})

test('behavior: every status can be reached, none leads to itself', () => {
  expect([...reach('intent')].toSorted()).toEqual([...Job.statuses].toSorted())
  expect(Job.statuses.filter((status) => Job.canMove(status, status))).toEqual([])
})

test('behavior: what is neither active nor waiting for a person has ended', () => {
  const ended = Job.statuses.filter((status) => Job.transitions[status].length === 0)
  expect(ended).toEqual(['cleaned', 'rejected', 'failed_refunded'])
  for (const status of ended) expect(Job.isSettled(status)).toBe(true)
  for (const status of Job.active) expect(Job.isSettled(status)).toBe(false)
  expect(
    Job.statuses.filter((status) => Job.isSettled(status) && !ended.includes(status as never)),
  ).toEqual([
    'needs_approval',
    'needs_consent',
    'failed_unrefunded',
    'ambiguous',
    'lost_media',
    'abandoned',
  ])
})

test('behavior: what was given up may be made after all, and is never bought again', () => {
  for (const status of Job.givenUp) {
    expect(Job.transitions[status].toSorted()).toEqual(['failed_refunded', 'queued', 'ready'])
    expect([...reach(status)]).not.toContain('sending')
    expect([...reach(status)]).not.toContain('reserved')
  }
})

test('behavior: what the owner abandoned may be taken after all, and is never bought again', () => {
  expect(Job.transitions.abandoned).toEqual(['queued'])
  for (const to of ['reserved', 'sending', 'needs_approval'] as const)
    expect([...reach('abandoned')]).not.toContain(to)
})

describe('canLookAgain', () => {
  const queuedAt = new Date('2026-01-01T12:00:00Z')
  const job = {
    createdAt: new Date(0),
    hash: '',
    id: 'job_1',
    model: 'm',
    price: 1n,
    queueId: 'v1',
    queuedAt,
    quoteId: 'quote_1',
    status: 'lost_media',
    updatedAt: queuedAt,
  } as const
  const later = (hours: number) => new Date(queuedAt.getTime() + hours * 3_600_000)

  test.each<[string, Partial<Job.Job>, number, boolean]>([
    ['lost', {}, 0, true],
    ['failed', { status: 'failed_unrefunded' }, 23, true],
    ['by a clock that is off', {}, 24.9, true],
    ['after its day', {}, 25, false],
    ['that nobody knows at Venice', { queueId: undefined }, 0, false],
    ['refunded', { status: 'failed_refunded' }, 0, false],
    ['under way', { status: 'queued' }, 0, false],
    ['by Venice’s time of its send', { providerSentAt: later(1) }, 25.9, true],
    ['by the time it was sent at', { queuedAt: undefined, sentAt: queuedAt }, 24, true],
    ['by the time it was made at', { queuedAt: undefined }, 24, false],
  ])('behavior: a job %s', (_, patch, hours, can) => {
    expect(Job.canLookAgain({ ...job, ...patch }, later(hours))).toBe(can)
  })
})

test('behavior: the paid call is made from one status only', () => {
  expect(Job.statuses.filter((status) => Job.canMove(status, 'sending'))).toEqual(['reserved'])
})

test('behavior: once paid, a job never goes back to where it could be paid again', () => {
  for (const status of ['queued', 'ready', 'saved', 'cleaned'] as const)
    expect(
      [...reach(status)].filter((to) =>
        ['intent', 'needs_approval', 'reserved', 'sending'].includes(to),
      ),
    ).toEqual([])
})

test('behavior: nothing is cleaned up before it was saved', () => {
  expect(Job.statuses.filter((status) => Job.canMove(status, 'cleaned'))).toEqual(['saved'])
  expect(Job.statuses.filter((status) => Job.canMove(status, 'saved'))).toEqual(['ready'])
  expect(Job.statuses.filter(Job.isSaved)).toEqual(['saved', 'cleaned'])
})

test('behavior: money that may be gone is never called rejected without a person', () => {
  expect(Job.statuses.filter((status) => Job.canMove(status, 'rejected'))).toEqual([
    'reserved',
    'sending',
    'ambiguous',
  ])
})

describe('errors', () => {
  test('error: a job that is not there', () => {
    expect(new Job.NotFoundError({ id: 'job_1' }).message).toMatchInlineSnapshot(`
      "There is no such job on this ledger.
      Job: job_1
      Run \`zecchino list\` (or call \`video_list\`) for the jobs of this wallet."
    `)
    expect(new Job.NotFoundError({ id: 'x'.repeat(1_000) }).message.length).toBeLessThan(300)
  })

  test('error: a job nobody can tell about names the command', () => {
    const error = new Job.AmbiguousError({
      detail: 'The paid request for $0.35 left without an answer.',
      id: 'job_1',
    })
    expect(error.toJSON()).toMatchInlineSnapshot(`
      {
        "code": "JOB_AMBIGUOUS",
        "facts": [
          "Job: job_1",
        ],
        "message": "The paid request for $0.35 left without an answer.",
        "money_moved": "unknown",
        "next": "The owner runs \`zecchino resolve job_1\` for what is known and what may be said about it.",
        "retryable": false,
      }
    `)
  })
})
