import { type Bug, bug } from './bug.js'

const test = 'test/flows/copies.test.ts'

/** A ledger that is put back from a copy, and buys what was bought since. */
export const copies: readonly Bug[] = [
  bug('an older ledger is not noticed', { test, titles: 'put back at once' }, [
    'flows/createZecchino.ts',
    '  await checkSent(zecchino)\n',
    '  if (zecchino.ledger.readOnly) await checkSent(zecchino)\n',
  ]),
  bug('a paid call leaves without a note', { test, titles: 'put back at once' }, [
    'flows/submit.ts',
    '    noteSent(zecchino, { id: job.id, sentAt })\n',
    '    if (refusals > 0) noteSent(zecchino, { id: job.id, sentAt })\n',
  ]),
  bug('an older send taken for the last one', { test, titles: 'not sent a third time' }, [
    'flows/checkSent.ts',
    'sentAt.getTime() + Number(Clock.stepBack) >= call.sentAt.getTime()',
    'sentAt.getTime() > 0 && call.sentAt.getTime() > 0',
  ]),
  bug('a charge of a copy is only a stranger’s', { test, titles: 'put back whole' }, [
    'flows/checkForeign.ts',
    'await findCopied(zecchino, foreign)',
    'await findCopied(zecchino, [])',
  ]),
  bug('commits that were lost are not noticed', { test, titles: 'loses its last commits' }, [
    'flows/submit.ts',
    'if (isSentSince(zecchino, job)) return',
    'if (job.sentAt && isSentSince(zecchino, job)) return',
  ]),
  bug('a payment leaves without a note', { test, titles: 'pays nothing again' }, [
    'flows/presentPayment.ts',
    'if (isSent) noteSent(zecchino, { id, sentAt })',
    'if (!isSent) noteSent(zecchino, { id, sentAt })',
  ]),
]
