import type { Kind } from '../../../src/sandbox/faults.js'
import { isKept } from '../../support/isKept.js'
import { isOneDay, isSetAside, judgeMoney } from './judgeMoney.js'
import { judgeOwner } from './judgeOwner.js'
import { leftAlone } from './leftAlone.js'
import { isOutUntilTheEnd, isUnread } from './outages.js'
import type { Evidence } from './play.js'
import { recordOf } from './recordOf.js'
import type { Told, ToldJob } from './told.js'
import { boughtAnew, carriedOut, isTiedByWord, type Spoken } from './words.js'

/** What must be 0 after any number of runs. */
export const counters = [
  'double_settlements',
  'signed_twice',
  'duplicate_paid_jobs',
  'over_cap',
  'lost_jobs',
  'lost_media',
  'partial_files',
  'deleted_before_saved',
  'unexplained',
  'paid_again_by_owner_word',
  'approval_bypassed',
  'usdc_over_cap',
  'paid_bytes_thrown_away',
] as const

/** Something that must not be, in words. */
export type Finding = { counter: (typeof counters)[number]; says: string }

/** What a run came to. */
export type Verdict = {
  ambiguous: boolean
  /** Whether anything was bought: where nothing is, nothing can go wrong. */
  charged: boolean
  findings: Finding[]
  frozen: boolean
  /** The longest that something paid for was left alone, in minutes. */
  leftAlone: number
  lostByProvider: number
  /** Files that nobody could fetch, because the provider was out until it deleted them. */
  lostToOutage: number
  unrecoverable: number
}

/** Faults after which it is right to stop spending. */
const freezing = ['credit-lost', 'foreign-charge', 'price-lie'] as const satisfies readonly Kind[]

/** Compares what the buyer's ledger says with what the sandbox knows. Nothing is exempt. */
export function judge(evidence: Evidence): Verdict {
  const { glimpses, hits, outcomes, plan, told, truth } = evidence
  const [first, second] = told
  const findings: Finding[] = [
    ...glimpses,
    ...judgeMoney(evidence),
    ...judgeOwner(evidence),
    ...judgeFiles(evidence),
    ...judgeBytes(evidence),
  ]
  const say = (counter: Finding['counter'], says: string) => void findings.push({ counter, says })
  const done = changes(comparable(evidence, first), comparable(evidence, second))
  if (done.length > 0)
    say('unexplained', `another recovery found something to do: ${done.slice(0, 4).join(', ')}`)
  if (!second.audit.ok) say('unexplained', 'the audit log is broken')
  for (const { code, stack } of outcomes)
    if (code === 'UNEXPECTED') say('unexplained', `an error that nobody expects: ${stack}`)
  const { frozen } = second.state
  if (frozen && !freezing.some((kind) => hits.get(kind)) && !isStoppedByWord(evidence, frozen))
    say('unexplained', `spending has stopped for no reason: ${frozen.reason}`)

  let [lostByProvider, lostToOutage, unrecoverable] = [0, 0, 0]
  for (const job of second.jobs) {
    if (
      boughtAnew(evidence) === 0 &&
      second.jobs.some((one) => one !== job && one.hash === job.hash)
    )
      say('unexplained', `${job.id} is not the only job of its request`)
    const { end, wrong } = endOf(evidence, job)
    if (wrong) say('unexplained', `${job.id} is ${job.status}, but ${wrong}`)
    if (end === 'gone') lostByProvider += 1
    if (end === 'unrecoverable') unrecoverable += 1
    if (end === 'out') lostToOutage += 1
    if (end === 'lost') say('lost_media', `${job.id} is lost: ${job.detail}`)
  }
  if (second.jobs.length > plan.requests.length + boughtAnew(evidence))
    say('unexplained', 'there are more jobs than requests')
  for (const { body_hash: hash, queue_id: id } of truth.jobs)
    if (!second.jobs.some((job) => job.hash === hash))
      say('unexplained', `the provider's job ${id} is not on record`)
  findings.push(...lostJobs(evidence))
  return {
    ambiguous: second.jobs.some(({ status }) => status === 'ambiguous'),
    charged: truth.charges.length > 0,
    findings,
    frozen: frozen !== undefined,
    leftAlone: leftAlone(evidence),
    lostByProvider,
    lostToOutage,
    unrecoverable,
  }
}

type End = { end?: 'gone' | 'lost' | 'out' | 'unrecoverable'; wrong?: string | undefined }

/** Whether a job has ended as it should, given what the provider knows about it. */
function endOf(evidence: Evidence, job: ToldJob): End {
  const { hits, told, truth, witnesses } = evidence
  const made = madeFor(evidence, job)
  const ok = (holds: boolean, wrong: string): End => (holds ? {} : { wrong })
  const unpaid = ok(!made || isLeftByWord(evidence, made), 'the provider has charged for it')
  switch (job.status) {
    case 'rejected':
      return unpaid
    case 'needs_approval':
      return mayBeAsked(evidence) ? unpaid : { wrong: 'nobody has to approve' }
    case 'needs_consent':
      return hits.get('needs-consent') ? unpaid : { wrong: 'nobody asked for consent' }
    case 'reserved':
      return told[1].state.frozen ? unpaid : { wrong: 'nothing keeps it from going on' }
    case 'cleaned': {
      if (job.detail?.includes('cannot be saved')) return { wrong: 'it still says what was wrong' }
      const kept = made?.media === 'held' && !hits.size
      return kept
        ? { wrong: 'the provider was not asked to delete it' }
        : ok(made?.queue_id === job.queueId, 'another job was paid for')
    }
    case 'failed_refunded':
      return ok(made?.status === 'FAILED' && made.refunded, 'the truth is another')
    case 'failed_unrefunded':
      if (made && made.status !== 'FAILED' && made.media === 'held') return { end: 'lost' }
      return ok(
        made?.status === 'FAILED' && (!made.refunded || isDisputed(evidence, job, made)),
        'the truth is another',
      )
    case 'lost_media': {
      if (made?.media === 'gone') return { end: 'gone' }
      if (made && isOutUntilTheEnd(evidence, made)) return { end: 'out' }
      const heard = witnesses.some((one) => one.jobId === job.id && !one.adopted && one.link)
      if (!made?.private || heard || !mayMissAnswer(evidence)) return { end: 'lost' }
      const told = /only the lost queue answer.+ was paid for it at .+ Venice knows it as \S+/
      return { end: 'unrecoverable', ...ok(told.test(job.detail ?? ''), 'it does not say why') }
    }
    case 'ambiguous': {
      if (!made) return ok(mayMissAnswer(evidence), 'nothing came between')
      // What can be looked up is adopted; a job that is gone, or never answers, cannot.
      if (isRivalled(evidence, job)) return {}
      const row = truth.charges.find(({ queue_id: id }) => id === made.queue_id)
      const hidden =
        made.status === 'FAILED' || made.media === 'gone' || !row || isUnread(evidence, made)
      return ok(hidden, 'its charge names a queue id that could be adopted')
    }
    case 'abandoned':
      return ok(isGivenUp(evidence, job) || isSetAside(evidence, job), 'nobody has given it up')
    default:
      return { wrong: 'it has not settled' }
  }
}

/** Whether an answer to a paid call may have reached nobody who lived on: a process that lives keeps it. */
function mayMissAnswer({ kills, plan, truth }: Evidence): boolean {
  const ends = 'script' in plan && plan.script.some((one) => one.do === 'end')
  const struck = truth.requests.some(({ fault, path }) => fault && path.endsWith('/queue'))
  return ends || kills.length > 0 || struck
}

/** The provider's job of one on record: its own, or one that was bought for it and is no other's. */
function madeFor(evidence: Evidence, job: ToldJob): Made | undefined {
  const mine = evidence.truth.jobs.filter((made) => recordOf(evidence, made)?.id === job.id)
  return mine.find(({ queue_id: id }) => id === job.queueId) ?? mine[0]
}

type Made = Evidence['truth']['jobs'][number]

/** Whether the owner, who was shown the charge for a job, has left it to nobody, to have the job sent again. */
function isLeftByWord(
  evidence: Evidence,
  { queue_id: id, request_id: booked = id }: Made,
): boolean {
  const { told, truth } = evidence
  const subjects = new Map(told[1].rows.map((row) => [row.id, row.subject]))
  return truth.rows.some(
    ({ id: rowId, requestId, type }) =>
      type === 'CHARGE' &&
      requestId === booked &&
      isTiedByWord(evidence, { rowId, subject: subjects.get(rowId) }),
  )
}

/** Whether a person may have been asked about a purchase. */
function mayBeAsked({ plan, words }: Evidence): boolean {
  const isRule = ({ word }: Spoken) => word.say === 'policy' && word.key === 'approveAboveUsd'
  return plan.policy.approveAboveUsd !== undefined || words.some(isRule)
}

/** Whether the owner has given a job up, or has said no. */
function isGivenUp(evidence: Evidence, { id }: ToldJob): boolean {
  return carriedOut(evidence).some(
    ({ about, word }) =>
      about === id && (word.say === 'deny' || ('verdict' in word && word.verdict === 'abandon')),
  )
}

/** Whether a charge may as well be another job's, of which nobody knows the end by the owner's word. */
function isRivalled(evidence: Evidence, job: ToldJob): boolean {
  if (carriedOut(evidence).length === 0) return false
  return evidence.told[1].jobs.some(
    (one) =>
      one !== job &&
      one.model === job.model &&
      (one.status === 'abandoned' || one.status === 'ambiguous'),
  )
}

/**
 * Whether a refund that does not name its job is tied to nobody, because the charge before it may as well
 * be another's, of which only a person can say whether it was ever taken.
 */
function isDisputed({ told, truth }: Evidence, job: ToldJob, made: MadeJob): boolean {
  const refund = truth.refunds.find(({ queue_id: id }) => id === made.request_id)
  const row = told[1].rows.find(({ id }) => id === refund?.row_id)
  const isRival = (one: ToldJob) =>
    one !== job && one.model === job.model && one.status === 'ambiguous'
  return row !== undefined && row.subject === undefined && told[1].jobs.some(isRival)
}

type MadeJob = Evidence['truth']['jobs'][number]

/** Whether spending has stopped because of what the owner said last, or of what they swore. */
function isStoppedByWord(evidence: Evidence, { reason }: { reason: string }): boolean {
  const said = carriedOut(evidence)
  const last = said.findLast(({ word }) => word.say === 'freeze' || word.say === 'unfreeze')
  if (last?.word.say === 'freeze') return true
  // What was sworn, and turned out otherwise, is named.
  return said.some(({ about, word }) => about && 'verdict' in word && reason.includes(about))
}

/**
 * Whether the whole file was sent, and nothing of it is here: neither under its name nor under one
 * that says that it is not what was asked for.
 */
function judgeBytes({ files, truth, videos }: Evidence): Finding[] {
  const kept = new Set(files.values())
  return truth.jobs.flatMap(({ private: isPrivate, queue_id: id }): Finding[] => {
    const sent = truth.requests.filter(
      ({ fault, path, queue_id: about, status, verdict }) =>
        about === id &&
        status === 200 &&
        !fault &&
        (isPrivate
          ? path.startsWith('/storage')
          : path.endsWith('retrieve') && verdict.startsWith('completed')),
    )
    if (sent.length === 0 || kept.has(videos.get(id) ?? '')) return []
    const says = `${id} was sent whole ${sent.length} times, and is not here`
    return [{ counter: 'paid_bytes_thrown_away', says }]
  })
}

/** Jobs whose queue answer was committed, and that have not ended well. */
function lostJobs({ told, witnesses }: Evidence): Finding[] {
  const good = ['cleaned', 'failed_refunded', 'failed_unrefunded', 'lost_media']
  return witnesses.flatMap(({ jobId, queueId }): Finding[] => {
    if (queueId === undefined) return []
    const job = told[1].jobs.find(({ id }) => id === jobId)
    if (job?.queueId === queueId && good.includes(job.status)) return []
    const says = `${jobId} was queued as ${queueId}, and is ${job?.queueId} in ${job?.status}`
    return [{ counter: 'lost_jobs', says }]
  })
}

/**
 * Exactly the files of saved jobs are there, each whole and with its sidecar, beside bytes that are
 * kept because they are no video, and nothing is deleted at the provider before.
 */
function judgeFiles({ files, told, truth, videos }: Evidence): Finding[] {
  const found: Finding[] = []
  const left = new Map(files)
  for (const { file, id, queueId = '', status } of told[1].jobs) {
    const video = videos.get(queueId)
    const whole = video !== undefined && files.get(`${id}.mp4`) === video
    if (status === 'cleaned') {
      left.delete(`${id}.mp4`)
      if (!left.delete(`${id}.json`))
        found.push({ counter: 'partial_files', says: `${id} has no sidecar` })
      if (!whole) found.push({ counter: 'partial_files', says: `${id} has no whole file` })
      else if (file?.sha256 !== video)
        found.push({ counter: 'partial_files', says: `${id} has a file with another sum` })
    }
    const made = truth.jobs.find(({ queue_id: one }) => one === queueId)
    if (made?.media === 'deleted' && !whole)
      found.push({ counter: 'deleted_before_saved', says: `${id} is deleted and not saved` })
  }
  const ids = told[1].jobs.map(({ id }) => id)
  for (const name of left.keys())
    if (!isKept(name, ids)) found.push({ counter: 'partial_files', says: `${name} is left behind` })
  return found
}

/**
 * What may not differ: over midnight, what is used of a day does; and when somebody last looked at
 * bad news changes with each look.
 */
function comparable({ live }: Evidence, told: Told): object {
  const { paid, total } = told.usage
  const jobs = told.jobs.map((job) =>
    job.badNews ? { ...job, badNews: { ...job.badNews, looked: '' }, updatedAt: '' } : job,
  )
  return { ...told, jobs, usage: isOneDay(live) ? told.usage : { paid, total } }
}

/** Where two values differ, with both, as text. */
function changes(one: unknown, other: unknown, path = ''): string[] {
  const [a, b] = [JSON.stringify(one), JSON.stringify(other)]
  if (a === b) return []
  const isDeep = [one, other].every((value) => typeof value === 'object' && value !== null)
  if (!isDeep) return [`${path} ${a?.slice(0, 120)} → ${b?.slice(0, 120)}`]
  const [x, y] = [one as Record<string, unknown>, other as Record<string, unknown>]
  const keys = [...new Set([...Object.keys(x), ...Object.keys(y)])]
  return keys.flatMap((key) => changes(x[key], y[key], `${path}.${key}`))
}
