import { type Bug, bug } from './bug.js'

const contract = 'test/ledgers/ledgers.test.ts'
const isPutRight = 'a clock that is put right lies behind'

/** A clock that was wrong and is put right, or one that is wrong and is believed. */
export const clocks: readonly Bug[] = [
  bug(
    'clock that went back a day unnoticed',
    { test: contract, titles: 'a clock that went back' },
    [
      'Clock.ts',
      'const stepMost = BigInt(2 * apart)',
      'const stepMost = BigInt(2_000_000 * apart)',
    ],
  ),
  bug('spending by a clock that was put back', { test: contract, titles: isPutRight }, [
    'ledgers/wallets.ts',
    'if (ms(seen) - ms(clock) <= Clock.stepBack) return undefined',
    'if (ms(seen) - ms(clock) <= Clock.stepMost) return undefined',
  ]),
  bug('a day’s budget anew by a clock that was put back', { test: contract, titles: isPutRight }, [
    'ledgers/wallets.ts',
    'return { ...write, at: seen, wallet',
    'return { ...write, at, wallet',
  ]),
  bug('frozen by a clock that was put right', { test: contract, titles: isPutRight }, [
    'Clock.ts',
    'const stepMost = BigInt(2 * apart)',
    'const stepMost = stepBack',
  ]),
  bug('a reason lost while a clock is waited for', { test: contract, titles: 'is kept while' }, [
    'ledgers/wallets.ts',
    'if (wallet.frozen !== undefined) return\n',
    'if (wallet.frozen !== undefined || wallet.waits) return\n',
  ]),
  bug('a lease as long as a clock was wrong', { test: contract, titles: 'was put right' }, [
    'ledgers/leases.ts',
    'const { account, clock: at, db } = write',
    'const { account, at, db } = write',
  ]),
]
