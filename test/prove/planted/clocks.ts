import { type Bug, bug } from './bug.js'

const contract = 'test/ledgers/ledgers.test.ts'
const test = 'test/flows/clocks.test.ts'
const owners = 'test/Ownership.test.ts'
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
  bug('a date that cannot be true is believed', { test: owners }, [
    'Clock.ts',
    'return Date.parse(row.createdAt) >= earliest && ageOf(row, now) >= -2 * (apart + now.within)',
    'return Date.parse(row.createdAt) >= 0 || ageOf(row, now) >= -2 * (apart + now.within)',
  ]),
  bug('one of two payments for whose row has no date', { test: owners, titles: 'fits two' }, [
    'Ownership.ts',
    'if (ids.length === 1) return',
    'if (ids.length > 0) return',
  ]),
  bug('a row without a date ends a job’s wait for its own', { test: owners, titles: 'yet get' }, [
    'Ownership.ts',
    'Clock.isDated(row, now) ? Clock.ageOf(row, now) : Clock.between(sent, now).least',
    'Clock.isDated(row, now) ? Clock.ageOf(row, now) : Clock.settling',
  ]),
  bug('what a copy has bought is history', { test: owners, titles: 'as a copy may' }, [
    'Ownership.ts',
    `Math.min(...(row.type === 'TOP_UP' ? left : made))`,
    `Math.min(...(row.type === 'TOP_UP' || made.length > 0 ? left : made))`,
  ]),
  bug('a stranger’s top-up is history', { test: owners, titles: 'topped up after it' }, [
    'Ownership.ts',
    'Charges.timeOf(row) < began',
    'Charges.timeOf(row) < began + Clock.apart',
  ]),
  bug('credit of before freezes', { test, titles: 'however late it shows' }, [
    'flows/checkForeign.ts',
    'if (!Ownership.isHistory(row, facts)) others',
    `if (!Ownership.isHistory(row, facts) || row.type === 'TOP_UP') others`,
  ]),
  bug(
    'sends known by the sender’s clock alone',
    { test, titles: 'the sender’s clock is' },
    [
      'flows/submit.ts',
      'const [markedAt, sentAt] = [client.now(), await ledger.now()]',
      'const [markedAt, sentAt] = [client.now(), client.now()]',
    ],
    [
      'flows/submit.ts',
      '...(within <= Clock.slack && { providerSentAt: at }),',
      '...(within <= Clock.slack && at && { providerSentAt: client.now() }),',
    ],
    [
      'Charges.ts',
      'isWithin(request, { at, within: Clock.apart })',
      'isWithin(request, { at, within: Clock.slack })',
    ],
  ),
  bug('a row of the future ends the reading of rows', { test, titles: 'ends no reading' }, [
    'flows/syncRows.ts',
    'ledger.newestRow(client.providerTime().at)',
    'ledger.newestRow(new Date(8.64e15))',
  ]),
  bug('rows held against the reader’s clock', { test, titles: 'a reader whose clock' }, [
    'flows/readFacts.ts',
    'const now = client.providerTime()',
    'const now = { at: client.now(), within: 0 }',
  ]),
  bug('a payment’s send by the sender’s clock', { test, titles: 'when a payment was sent' }, [
    'flows/presentPayment.ts',
    'const sentAt = await ledger.now()',
    'const sentAt = client.now()',
  ]),
  bug('a link waited for by the reader’s clock', { test, titles: 'the link of a job' }, [
    'flows/track.ts',
    'const age = now.getTime() - (job.sentAt',
    'const age = client.now().getTime() - (job.sentAt',
  ]),
  bug(
    'a refund without a name is nobody’s',
    { test: 'test/crash/smallMoney.test.ts', titles: 'without a name, of a charge' },
    [
      'Ownership.ts',
      'if (row.requestId !== null && isNamed) return false',
      'if (isNamed) return false',
    ],
  ),
  bug('a tolerance of its own', { test: 'test/times.test.ts', titles: 'of its own' }, [
    'flows/isDayOver.ts',
    '+ Clock.apart',
    '+ 900_000',
  ]),
  bug('a wait by this machine’s clock', { test: 'test/times.test.ts', titles: 'for a reason' }, [
    'flows/sinceSent.ts',
    '(await ledger.now()).getTime()',
    '(await ledger.now(), client.now()).getTime()',
  ]),
]
