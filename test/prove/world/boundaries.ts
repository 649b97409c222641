import type { FaultInput } from '../../../src/sandbox/faults.js'
import type { Point } from '../../crash/createStage.js'

/** One way to end a process at a boundary. */
export type Variant = {
  /** What the sandbox has to do for it. */
  faults?: readonly FaultInput[]
  /** Where a process before it has to end, and how much time has to pass until then. */
  first?: { advance: number; variant: Variant }
  point: Point
}

const hang = (route: FaultInput['route'], when: 'after' | 'before'): FaultInput => ({
  kind: 'hang',
  route,
  when,
})
const moved = (to: string, when: 'after' | 'before' = 'after'): Variant => ({
  point: { call: 'ledger.moveJob', match: { to }, when },
})
const answered = (when: 'after' | 'before'): Variant => ({
  point: { call: 'ledger.recordAnswer', when },
})
const paid = (to: string, when: 'after' | 'before' = 'after'): Variant => ({
  point: { call: 'ledger.movePayment', match: { to }, when },
})
const sent = (path: string, when: 'after' | 'before' = 'after'): Variant => ({
  point: { call: 'fetch', match: { path }, when },
})
const presented = (when: 'after' | 'before' = 'after'): Variant => ({
  point: { call: 'fetch', match: { paid: true }, when },
})
const unanswered = (when: 'after' | 'before'): Variant => ({
  faults: [hang('top-up-payment', when)],
  point: { call: 'fetch', match: { paid: true }, when: 'during' },
})
/** A server that takes only the last of three forms. */
const flat: FaultInput = {
  kind: 'envelopes',
  route: 'top-up-payment',
  takes: 'flat',
  times: 'always',
}
/** Around the record of a form: `refuseAttempt` of the first, `beginAttempt` of the next. */
const refused = (when: 'after' | 'before'): Variant => ({
  faults: [flat],
  point: { call: 'ledger.refuseAttempt', when },
})
const begun = (when: 'after' | 'before'): Variant => ({
  faults: [flat],
  point: { call: 'ledger.beginAttempt', skip: 1, when },
})
const next = (when: 'after' | 'before'): Variant => ({
  faults: [flat],
  point: { call: 'fetch', match: { paid: true }, skip: 1, when },
})
const unansweredLast = (when: 'after' | 'before'): Variant => ({
  faults: [flat, { ...hang('top-up-payment', when), skip: 2 }],
  point: { call: 'fetch', match: { paid: true }, when: 'during' },
})
const unheard = (route: 'queue' | 'retrieve', when: 'after' | 'before'): Variant => ({
  faults: [hang(route, when)],
  point: { call: 'fetch', match: { path: `/video/${route}` }, when: 'during' },
})

/** A payment that expired before anybody looked at it. */
const expired = { advance: 400_000, variant: unanswered('before') }

/**
 * Every boundary at which a crash must do no harm: T1 to T13 of a top-up, J1 to J12 of a job. What
 * comes before `after` a step has happened; where a row has two ways, they are its two sides.
 */
export const boundaries = {
  /** Reserved, nothing signed. */
  T1: [
    { point: { call: 'ledger.reservePayment' } },
    { point: { call: 'wallet.authorizeTransfer', when: 'before' } },
  ],
  /** Signed, not committed. */
  T2: [{ point: { call: 'wallet.authorizeTransfer' } }, paid('signed', 'before')],
  /** Committed, not sent. */
  T3: [paid('signed'), paid('sent', 'before')],
  /** On record as sent, and perhaps not sent. */
  T4: [paid('sent'), presented('before')],
  /** Sent, without an answer. */
  T5: [unanswered('after'), unanswered('before')],
  /** Settled, the answer unread. */
  T6: [presented()],
  /** Answered, not committed. */
  T7: [paid('credited', 'before')],
  /** The credit is on record. */
  T8: [paid('credited')],
  /** Expired, and provably unspent. */
  T9: [
    { ...paid('failed_unpaid', 'before'), first: expired },
    { ...paid('failed_unpaid'), first: expired },
  ],
  /** Refused for its form, not on record. */
  T10: [refused('before'), { faults: [flat], point: presented().point }],
  /** The refusal is on record, the next form is not. */
  T11: [refused('after'), begun('before')],
  /** The next form is on record, and perhaps not sent. */
  T12: [begun('after'), next('before')],
  /** The next form is sent, without an answer. */
  T13: [unansweredLast('before'), unansweredLast('after'), next('after')],
  /** Reserved. */
  J1: [{ point: { call: 'ledger.reserveJob' } }, moved('sending', 'before')],
  /** `sending` is on record, nothing sent. */
  J2: [moved('sending'), sent('/video/queue', 'before')],
  /** Sent, without an answer. */
  J3: [unheard('queue', 'after'), unheard('queue', 'before')],
  /** Answered, not committed. */
  J4: [sent('/video/queue'), answered('before')],
  /** The answer is on record. */
  J5: [answered('after')],
  /** Polling. */
  J6: [
    sent('/video/retrieve'),
    sent('/video/retrieve', 'before'),
    unheard('retrieve', 'before'),
    unheard('retrieve', 'after'),
  ],
  /** The part file grows. */
  J7: [
    moved('ready'),
    { point: { call: 'event', match: { type: 'job.download' } } },
    { point: { call: 'fs.link', when: 'before' } },
  ],
  /** The file is complete. */
  J8: [{ point: { call: 'fs.link' } }, { point: { call: 'fs.rm', when: 'before' } }],
  /** Only its row is missing. */
  J9: [moved('saved', 'before')],
  /** Saved, on record. */
  J10: [moved('saved')],
  /** About to be deleted at the provider. */
  J11: [sent('/video/complete', 'before')],
  /** Deleted, not on record. */
  J12: [sent('/video/complete'), moved('cleaned', 'before')],
} as const satisfies Record<string, readonly Variant[]>

/** Name of a boundary. */
export type Boundary = keyof typeof boundaries

/** Their names, in the order of a purchase. */
export const names = Object.keys(boundaries) as Boundary[]
