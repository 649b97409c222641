import type { FaultInput } from '../../../src/sandbox/faults.js'
import type { Dice } from './createDice.js'
import type { Word } from './words.js'

/** What goes wrong in a run so that its owner has to decide, and what they say about it again and again. */
export type Story = {
  /** Whether purchases wait for a person's word. @default seldom */
  asks?: boolean | undefined
  faults: FaultInput[]
  /** Faults that are there until so long after the video was asked for, in milliseconds. */
  hidden?: { faults: FaultInput[]; until: number } | undefined
  /** What is said once, so long after the video was asked for, before all else. */
  once?: { at: number; word: Word } | undefined
  /** What is said again and again. */
  word: Word
}

const minute = 60_000

/**
 * What an owner has to decide about, by what has led there. Each verdict is open in one of these at least; they
 * are said in all. `request`: the video that it is about.
 */
export const stories: Record<string, (dice: Dice, request: number) => Story> = {
  /** A paid call without an answer, and no charge that tells what became of it. */
  lost(dice, request) {
    const verdict = dice.pick(['retry', 'retry', 'retry', 'abandon'] as const)
    const word = dice.pick<Word>([
      { request, say: 'resolve', verdict },
      { request, say: 'resolve', verdict },
      { request, say: 'resolve', verdict },
      { request, row: dice.below(2), say: 'tie' },
    ])
    const lost = { kind: 'reset', route: 'queue', times: dice.pick([1, 1, 2, 3]) } as const
    const read: FaultInput[] = [{ ...lost, when: 'after' }, names(dice)]
    const unread: FaultInput[] = [{ ...lost, when: 'before' }]
    return { faults: [...dice.pick([read, read, unread]), forgets], word }
  },
  /** A paid call without an answer, whose video could not be looked up for so long that it went to the owner. */
  found(dice, request) {
    const lost: FaultInput = { kind: 'reset', route: 'queue', when: 'after' }
    const out: FaultInput = { kind: 'status', route: 'retrieve', status: 502, times: 'always' }
    const word: Word = { request, say: 'resolve', verdict: 'adopt' }
    const abandon: Word = { request, say: 'resolve', verdict: 'abandon' }
    return {
      faults: [lost, forgets],
      hidden: { faults: [out], until: dice.pick([36, 40, 45]) * minute },
      once: dice.chance(0.7) ? { at: 34 * minute, word: abandon } : undefined,
      word: dice.chance(0.7) ? { ...word, named: dice.pick(['right', 'wrong'] as const) } : word,
    }
  },
  /** A payment without an answer, of which no node of the chain proves anything. */
  unproven(dice) {
    const verdict = dice.pick(['unpaid', 'unpaid', 'unpaid', 'credited'] as const)
    return { faults: [...lostPayment(dice), lostNodes(dice)], word: { say: 'pay', verdict } }
  },
  /** A payment that has left the wallet, and for which no credit comes, or late. */
  uncredited(dice) {
    const verdict = dice.pick(['abandon', 'abandon', 'credited'] as const)
    const late = dice.pick([undefined, undefined, 240_000, 40 * minute])
    const fault: FaultInput = { kind: 'credit-lost', route: 'top-up-payment' }
    return {
      faults: [late === undefined ? fault : { ...fault, credit_after_ms: late }],
      word: { say: 'pay', verdict },
    }
  },
  /** A video that needs a person's word before it is bought. */
  asked(dice, request) {
    const consent: FaultInput = { kind: 'needs-consent', route: 'queue' }
    const abandon: Word = { request, say: 'resolve', verdict: 'abandon' }
    return dice.pick<Story>([
      { faults: [consent], word: { request, say: 'consent' } },
      { faults: [consent], word: { request, say: 'consent' } },
      { faults: [consent], word: abandon },
      { asks: true, faults: [], word: abandon },
      { asks: true, faults: [], word: { request, say: 'approve' } },
      { asks: true, faults: [], word: { request, say: 'deny' } },
    ])
  },
  /** A video that is paid for and given up, which may be there after all. */
  givenUp(dice, request) {
    const route = 'retrieve'
    const fault = dice.pick<FaultInput>([
      { kind: 'job-failed', refund: false, route, skip: dice.below(3) },
      { kind: 'content-policy', refund: false, route },
      { kind: 'content-policy', refund: false, route, shape: 'flat' },
      { kind: 'media-gone', route, times: 'always' },
    ])
    return { faults: [fault], word: { request, say: 'resolve', verdict: 'look' } }
  },
}

/** A server that does not remember sign-ins: nothing tells whether a call was read. */
const forgets: FaultInput = { kind: 'nonce-forgotten', route: '*', times: 'always' }

/** Answers to paid calls that are lost, mostly so that nobody can tell whether they were read. */
export function lostCalls(dice: Dice): FaultInput[] {
  const times = dice.pick([1, 1, 2, 3])
  const lost = { kind: 'reset', route: 'queue', skip: dice.pick([0, 0, 0, 1]), times } as const
  return [
    ...dice.pick<FaultInput[]>([
      [{ ...lost, when: 'before' }],
      [{ ...lost, when: 'after' }],
      [{ ...lost, when: 'after' }, names(dice)],
      [{ ...lost, when: 'after' }, names(dice)],
    ]),
    ...(dice.chance(0.9) ? [forgets] : []),
  ]
}

/** Charges that name no job of ours. */
export function names(dice: Dice): FaultInput {
  const form = dice.pick(['hex', 'chat', 'none'] as const)
  const times = dice.pick([1, 'always', 'always'] as const)
  return { form, kind: 'other-request-id', route: 'queue', times }
}

/** A payment without an answer, with and without a credit for it. */
export function lostPayment(dice: Dice): FaultInput[] {
  const route = 'top-up-payment'
  return dice.pick<FaultInput[]>([
    [
      { kind: 'settle-then-reset', route },
      { kind: 'refuse-replay', route, times: 'always' },
    ],
    [
      { kind: 'settle-then-504', route },
      { kind: 'reset', route, times: 'always', when: 'before' },
    ],
    [{ kind: 'credit-lost', route }],
    [{ credit_after_ms: 240_000, kind: 'credit-lost', route }],
    [{ kind: 'settlement-failed', route, times: dice.pick([1, 'always'] as const) }],
    [{ kind: 'reset', route, times: dice.pick([3, 'always', 'always'] as const), when: 'before' }],
  ])
}

/** A node of the chain that proves nothing, or shows what is not so yet. */
export function lostNodes(dice: Dice): FaultInput {
  const fault = { route: 'rpc', times: 'always' } as const
  return dice.pick<FaultInput>([
    { ...fault, kind: 'other-chain' },
    { ...fault, kind: 'status', status: 502 },
    { ...fault, kind: 'status', status: 502 },
    { ...fault, kind: 'block-clock', ms: dice.pick([-300_000, 300_000]) },
    { ...fault, kind: 'no-safe-block' },
  ])
}
