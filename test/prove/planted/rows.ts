import { type Bug, bug } from './bug.js'

const contract = 'test/ledgers/ledgers.test.ts'
const proof = 'test/flows/readProof.test.ts'
const verdicts = 'test/flows/resolve.test.ts'

/** A row taken for somebody else's, or read by the wrong clock; a word of the owner's about one. */
export const rows: readonly Bug[] = [
  bug('taken without asking whether it is a video', { test: verdicts, titles: 'names no video' }, [
    'flows/resolve.ts',
    `if (named.answers !== 'job') throw`,
    'if (named.answers === undefined) throw',
  ]),
  bug('a rival’s claim ignored', { test: verdicts, titles: 'what a rival may claim' }, [
    'Verdict.ts',
    `(!rival || rival.status === 'abandoned')`,
    '(!rival || rival.status !== undefined)',
  ]),
  bug('a video paid for again', { test: verdicts, titles: 'is not for a video that is there' }, [
    'Verdict.ts',
    `answers !== 'nothing' || isOwn`,
    `answers === 'unknown' || isOwn`,
  ]),
  bug(
    'sent again beside what was not shown',
    { test: verdicts, titles: 'after the owner has looked' },
    [
      'flows/resolve.ts',
      '(rowId) => !shown.includes(rowId)',
      `(rowId) => rowId === '' && !shown.includes(rowId)`,
    ],
  ),
  bug('the owner’s word taken for what shows later', { test: verdicts, titles: 'after the word' }, [
    'flows/chargesSince.ts',
    'if (!rank) return false',
    `if (!rank || job.detail?.startsWith('resolved by')) return false`,
  ]),
  bug('what was shown stops it for ever', { test: verdicts, titles: 'sends again although' }, [
    'flows/resolve.ts',
    '.map(toNobody))',
    '.map(toNobody).slice(0, 0))',
  ]),
  bug('sent again before its charge can show', { test: verdicts, titles: 'sends again although' }, [
    'flows/resolve.ts',
    '<= Clock.wordAfter)',
    '<= Clock.wordAfter / 100)',
  ]),
  bug(
    'what was given up is not told of',
    { test: 'test/flows/findSame.test.ts', titles: 'abandoned, though sent' },
    [
      'flows/findSame.ts',
      'return sentAt !== undefined && now',
      'return sentAt === undefined && now',
    ],
  ),
  bug('given up without its charge', { test: verdicts, titles: 'tied with the word' }, [
    'flows/resolve.ts',
    'const ties = own ? own.request.rows.map(',
    'const ties = own ? own.request.rows.slice(1).map(',
  ]),
  bug('sent again with its charge', { test: contract, titles: 'leaves what was seen to nobody' }, [
    'ledgers/verdicts.ts',
    '(await chargedFor(write, id)) > 0n) throw',
    '(await chargedFor(write, id)) > 10n ** 12n) throw',
  ]),
  bug('taken back, and not set aside', { test: contract, titles: 'freed is booked again' }, [
    'ledgers/rows.ts',
    'now: booked(job.price)',
    'now: booked(job.reserved)',
  ]),
  bug('unpaid while it can settle', { test: proof, titles: 'can still settle' }, [
    'flows/readProof.ts',
    'now <= end && `it',
    'now <= 0 && `it',
  ]),
  bug('unpaid although a node shows it spent', { test: proof, titles: 'shows spent' }, [
    'flows/readProof.ts',
    `proof?.kind === 'spent' || (`,
    '(',
  ]),
]
