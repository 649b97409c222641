import { type Bug, bug } from './bug.js'

const clocks = 'test/flows/window.test.ts'
const contract = 'test/ledgers/ledgers.test.ts'
const late = 'test/flows/lateCredit.test.ts'
const anew = 'test/flows/askAnew.test.ts'

/** Money booked past the owner's rule. */
export const booking: readonly Bug[] = [
  bug('any window signed', { test: clocks, titles: 'steps between' }, [
    'client/withWindow.ts',
    'X402.checkWindow(fields.authorization, { now: now(), provider: providerTime() })',
    'void [X402.checkWindow, now, providerTime]',
  ]),
  bug('window by the server’s clock alone', { test: clocks, titles: 'dated a day ahead' }, [
    'X402.ts',
    'if (!(Math.abs(skew) <= maxSkew) || isVague(provider)) throw new ClockSkewError({ skew })',
    'if (Number.isNaN(skew) || isVague(provider)) throw new ClockSkewError({ skew })',
  ]),
  bug('valid for too long by the ledger', { test: contract, titles: 'valid for too long' }, [
    'ledgers/payments.ts',
    'if (left > 0 && left <= most) return',
    'if (left > 0 || left <= most) return',
  ]),
  bug('USDC without an end', { test: contract, titles: 'was ever paid has a cap' }, [
    'ledgers/payments.ts',
    `cap: caps.paid, scope: 'paid' })`,
    `cap: caps.paid + 10n ** 12n, scope: 'paid' })`,
  ]),
  bug('top-ups not held to the owner’s limit', { test: anew, titles: 'nobody was asked about' }, [
    'ledgers/payments.ts',
    'if (isFree || (agreed !== undefined && amount <= agreed)) return',
    'if (isFree || agreed === undefined || amount <= agreed) return',
  ]),
  bug('no policy, no limit', { test: contract, titles: 'where nobody has brought a policy' }, [
    'ledgers/payments.ts',
    'policy !== undefined && amount <= policy.approveAboveUsd',
    'policy === undefined || amount <= policy.approveAboveUsd',
  ]),
  bug('a server’s minimum paid unasked', { test: anew, titles: 'paid more than was agreed to' }, [
    'ledgers/payments.ts',
    'if (isFree || (agreed !== undefined && amount <= agreed)) return',
    'if (isFree || agreed !== undefined) return',
  ]),
  bug('an old word for a new amount', { test: contract, titles: 'only the last word counts' }, [
    'ledgers/jobs.ts',
    '  await approvals.supersede(write, jobId)\n',
    `  if (from !== 'reserved') await approvals.supersede(write, jobId)\n`,
  ]),
  bug('asked anew, and still set aside', { test: contract, titles: 'only the last word counts' }, [
    'ledgers/jobs.ts',
    '  await free(write, jobId, row)\n',
    '  if (row.reserved < 0n) await free(write, jobId, row)\n',
  ]),
  bug('a late balance believed', { test: late, titles: 'late ⇒ it is paid for once' }, [
    'ledgers/credits.ts',
    'if (expected <= balance) return known',
    'if (expected >= balance) return known',
  ]),
  bug('credit spent counted again', { test: contract, titles: 'what was bought since' }, [
    'ledgers/credits.ts',
    `.where('sent_at', '>=', ms(since))`,
    `.where('sent_at', '>', ms(since) + 10n ** 12n)`,
  ]),
  bug('a cap on the credit that was seen', { test: contract, titles: 'counts what is late' }, [
    'ledgers/payments.ts',
    `const { credit } = await credits.observed(db, { account, at, balance: options.credit })`,
    `const { credit } = options`,
  ]),
  bug('refused for want of a credit that is on its way', { test: late, titles: 'has not heard' }, [
    'flows/submit.ts',
    'if (fresh || credit < job.price',
    'if ((fresh && !fresh.id) || credit < job.price',
  ]),
]
