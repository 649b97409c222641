import { type Bug, bug } from './bug.js'

const clocks = 'test/flows/window.test.ts'

/** Money booked past the owner's rule. */
export const booking: readonly Bug[] = [
  bug('any window signed', { test: clocks, titles: 'steps between' }, [
    'client/withWindow.ts',
    'X402.checkWindow(fields.authorization, { now: now(), skew: skew() })',
    'void [X402.checkWindow, now, skew]',
  ]),
  bug('window by the server’s clock alone', { test: clocks, titles: 'dated a day ahead' }, [
    'X402.ts',
    'if (!(Math.abs(skew) <= maxSkew)) throw new ClockSkewError({ skew })',
    'if (Number.isNaN(skew)) throw new ClockSkewError({ skew })',
  ]),
  bug(
    'valid for too long by the ledger',
    { test: 'test/ledgers/ledgers.test.ts', titles: 'valid for too long' },
    [
      'ledgers/payments.ts',
      'if (left > 0 && left <= most) return',
      'if (left > 0 || left <= most) return',
    ],
  ),
]
