import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import type { Request } from '../src/Charges.js'
import { createProgram } from '../src/cli/createProgram.js'
import type { Candidate } from '../src/flows/findCandidates.js'
import { wordsOfLate } from '../src/flows/linkUsage.js'
import { wordsOf } from '../src/flows/reconcileJob.js'
import * as Job from '../src/Job.js'
import * as Ledger from '../src/Ledger.js'
import { nextOf } from '../src/tools/nextOf.js'
import * as Verdict from '../src/Verdict.js'

const sentAt = new Date('2026-01-01T12:00:00Z')
const job: Job.Job = {
  createdAt: sentAt,
  hash: '',
  id: 'job_1',
  model: 'm',
  price: 1_000_000n,
  providerSentAt: sentAt,
  quoteId: 'quote_1',
  sentAt,
  status: 'ambiguous',
  updatedAt: sentAt,
}
const first = sentAt.getTime() + 1_000
const request: Request = { charged: job.price, first, id: 'v1', last: first, model: 'm', rows: [] }

/** A charge that fits the job, and what is known of it. */
function charge(answers: Candidate['answers'], rival?: Job.Status): Candidate {
  const other = rival && { ...job, id: 'job_2', status: rival }
  return { answers, rank: 'agreed', request, rival: other }
}

/** The verdicts that a text names. */
function named(text: string): string[] {
  const found = [...text.matchAll(/--([a-z]+)/g)].map(([, name]) => name ?? '')
  return found.filter((name) => (Verdict.verdicts as readonly string[]).includes(name)).toSorted()
}

describe('a lost job', () => {
  test.each<[string, Candidate[], Verdict.Verdict[]]>([
    ['nothing has shown', [], ['retry', 'abandon']],
    ['a charge that names no video', [charge('nothing')], ['retry', 'abandon']],
    ['several of them', [charge('nothing'), charge('nothing')], ['retry', 'abandon']],
    ['a video', [charge('job')], ['adopt', 'abandon']],
    ['several', [charge('job'), charge('job')], ['adopt', 'abandon']],
    ['one beside a charge', [charge('job'), charge('nothing')], ['adopt', 'abandon']],
    ['what cannot be told', [charge('unknown')], ['abandon']],
    ['a video that is perhaps another’s', [charge('job', 'ambiguous')], ['abandon']],
    ['one whose rival was given up', [charge('job', 'abandoned')], ['adopt', 'abandon']],
    ['one of two with a rival', [charge('job', 'ambiguous'), charge('job')], ['adopt', 'abandon']],
  ])('behavior: %s ⇒ its words name what is open, and nothing else', (_, charges, open) => {
    expect(Verdict.ofJob(job, { charges })).toEqual(open)
    expect(named(wordsOf(job, charges))).toEqual(open.toSorted())
  })

  test('behavior: without the rows it can be given up; with its own charge it is not paid for again', () => {
    expect(Verdict.ofJob(job, { charges: undefined })).toEqual(['abandon'])
    const own = { ...charge('nothing'), isOwn: true }
    expect(Verdict.ofJob(job, { charges: [own] })).toEqual(['abandon'])
  })

  test('behavior: given up, its video alone may be taken, and the words say so', () => {
    const abandoned = { status: 'abandoned' } as const
    expect(Verdict.ofJob(abandoned, { charges: [] })).toEqual([])
    expect(Verdict.ofJob(abandoned, { charges: [charge('nothing')] })).toEqual([])
    expect(Verdict.ofJob(abandoned, { charges: [charge('job')] })).toEqual(['adopt'])
    expect(named(wordsOfLate(job, 1n))).toEqual(['adopt'])
  })
})

test('behavior: any other job has the verdicts of its status', () => {
  const open = Object.fromEntries(
    Job.statuses.map((status) => [status, Verdict.ofJob({ status }, { canLook: true })]),
  )
  expect(open).toMatchObject({
    failed_unrefunded: ['look'],
    lost_media: ['look'],
    needs_approval: ['abandon'],
    needs_consent: ['abandon'],
  })
  expect(Verdict.ofJob({ status: 'queued' }, {})).toEqual([])
})

test('behavior: a payment is unpaid only where nothing speaks against it', () => {
  const open = (status: Ledger.PaymentStatus, mayBeUnpaid: boolean) =>
    Verdict.ofPayment({ status }, { mayBeUnpaid })
  for (const status of Ledger.paymentStatuses) expect(open(status, false)).not.toContain('unpaid')
  expect(open('unknown', true)).toEqual(['credited', 'unpaid'])
  expect(open('paid_not_credited', true)).toEqual(['credited', 'abandon'])
  expect(open('credited', true)).toEqual([])
  for (const status of Ledger.paymentStatuses)
    for (const verdict of open(status, true)) {
      const to = { abandon: 'abandoned', credited: 'credited', unpaid: 'failed_unpaid' } as const
      expect(Ledger.canMovePayment(status, to[verdict as keyof typeof to])).toBe(true)
    }
})

test('behavior: a command names them as a sentence does, and from when on', () => {
  const retryFrom = sentAt
  expect(Verdict.command('job_1', ['adopt', 'retry', 'abandon'], { retryFrom })).toBe(
    'zecchino resolve job_1 --adopt, --retry (from 2026-01-01T12:00:00.000Z on) or --abandon',
  )
  expect(Verdict.command('job_1', ['look'])).toBe('zecchino resolve job_1 --look')
  expect(Verdict.command('job_1', [])).toBe('zecchino resolve job_1')
})

describe('texts', () => {
  test('behavior: no text but one names a verdict that it was not given', () => {
    const files = (readdirSync('src', { recursive: true }) as string[])
      .filter((name) => name.endsWith('.ts'))
      .map((name) => ({ name, text: readFileSync(join('src', name), 'utf8') }))
    const spelled = files
      .filter(({ text }) => /resolve \$\{[^}]+\}\S* --[a-z]/.test(text))
      .map(({ name }) => name)
    // An API key is shown no charges: what is open is known where it is written.
    expect(spelled).toEqual([join('flows', 'awaitAnswer.ts')])
    const [line = ''] = /.*zecchino resolve \$\{jobId\}.*/.exec(
      readFileSync('src/flows/awaitAnswer.ts', 'utf8'),
    ) ?? ['']
    expect(named(line)).toEqual([...Verdict.ofJob(job, { charges: [] })].toSorted())
  })

  test('behavior: an agent is told to send the owner, not what to say', () => {
    for (const payer of ['key', 'wallet'] as const)
      for (const status of Job.statuses) {
        const next = nextOf({ ...job, status }, { now: sentAt, payer })
        expect([status, named(next)]).toEqual([status, []])
      }
    const { hint } = new Job.AmbiguousError({ detail: 'Lost.', id: 'job_1' })
    expect(named(hint ?? '')).toEqual([])
  })

  test('behavior: the command and the README name every verdict', () => {
    const command = createProgram().commands.find((one) => one.name() === 'resolve')
    const all = [...Verdict.verdicts].toSorted()
    expect(named((command?.options ?? []).map(({ long }) => long).join(' '))).toEqual(all)
    const readme = readFileSync('README.md', 'utf8').split('zecchino resolve <job> ')[1] ?? ''
    expect(named(readme.split('zecchino resolve <row>')[0] ?? '')).toEqual(all)
  })
})
