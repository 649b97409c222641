import type { FaultInput } from '../../src/sandbox/faults.js'

/** Faults of a soak, drawn with these weights. Each strikes once, at whichever request comes next. */
export const soakFaults: readonly { fault: FaultInput; weight: number }[] = [
  // An answer to the paid call that is lost stops all others for half an hour: now and then.
  ...each(1, 'queue', [
    { kind: 'reset', when: 'after' },
    { kind: 'reset', when: 'before' },
    { kind: 'status', status: 502 },
    { kind: 'malformed-json' },
    { kind: 'truncated' },
    { kind: 'capacity' },
    { kind: 'endless-402' },
    { kind: 'foreign-charge', usd: '0.2' },
    { kind: 'foreign-charge', usd: '0.00053844' },
    { kind: 'needs-consent' },
    { kind: 'content-policy' },
  ]),
  ...each(5, 'queue', [
    { kind: 'rate-limited', retry_after: 1 },
    { kind: 'other-request-id' },
    { kind: 'late-charge', ms: 45_000 },
    { kind: 'split-charge', rows: 3 },
    { kind: 'content-type' },
    { kind: 'delay', ms: 20 },
  ]),
  ...each(8, 'retrieve', [
    { kind: 'reset', when: 'before' },
    { kind: 'reset', when: 'mid-body' },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 503 },
    { kind: 'rate-limited', retry_after: 2 },
    { kind: 'malformed-json' },
    { kind: 'truncated' },
    { kind: 'content-type' },
    { kind: 'slow-body', ms: 30 },
    { kind: 'job-failed', refund: true },
    { kind: 'content-policy', refund: true },
  ]),
  ...each(3, 'retrieve', [
    { kind: 'job-failed', refund: false },
    { kind: 'content-policy', refund: false },
    { kind: 'media-gone' },
  ]),
  // There is a top-up for every forty jobs or so; a fault waits for the next.
  ...each(2, 'top-up-payment', [
    { kind: 'settle-then-reset' },
    { kind: 'settle-then-504' },
    { kind: 'settlement-failed' },
    { kind: 'reset', when: 'before' },
    { kind: 'reset', when: 'after' },
    { kind: 'status', status: 503 },
    { kind: 'settle-slowly', ms: 100 },
    { kind: 'refuse-replay' },
    { credit_after_ms: 90_000, kind: 'credit-lost' },
  ]),
  ...each(2, 'top-up-discovery', [{ kind: 'malformed-json' }, { kind: 'unconfigured' }]),
  ...(['balance', 'complete', 'models', 'quote', 'transactions'] as const).flatMap((route) =>
    each(3, route, [
      { kind: 'reset', when: 'after' },
      { kind: 'status', status: 500 },
      { kind: 'rate-limited' },
      { kind: 'malformed-json' },
    ]),
  ),
  ...each(3, 'balance', [
    { kind: 'balance-lie', usd: '100' },
    { kind: 'balance-lie', usd: '0' },
  ]),
  ...each(8, 'download', [
    { kind: 'reset', when: 'mid-body' },
    { kind: 'truncated' },
    { kind: 'status', status: 503 },
  ]),
]

/** A fault without its place. */
type Kind = {
  [K in FaultInput['kind']]: Omit<Extract<FaultInput, { kind: K }>, 'route'>
}[FaultInput['kind']]

function each(weight: number, route: FaultInput['route'], faults: readonly Kind[]) {
  return faults.map((fault) => ({ fault: { ...fault, route } as FaultInput, weight }))
}

/** The fault that a throw of 0 to 1 chooses. */
export function faultAt(dice: number): FaultInput {
  const total = soakFaults.reduce((sum, { weight }) => sum + weight, 0)
  let left = dice * total
  for (const { fault, weight } of soakFaults) {
    left -= weight
    if (left < 0) return fault
  }
  throw new Error('a throw is less than 1')
}
