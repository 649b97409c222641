import { type Bug, bug } from './bug.js'

const sweep = 'test/flows/sweep.test.ts'

/** What a dead neighbour leaves, left alone. */
export const neighbours: readonly Bug[] = [
  bug('paid work of the dead is nobody’s', { test: sweep, titles: 'by a busy neighbour' }, [
    'flows/sweep.ts',
    `if (status !== 'reserved') worker.offer(id)`,
    `if (status === 'sending') worker.offer(id)`,
  ]),
  bug('what the dead reserved is nobody’s', { test: sweep, titles: 'is bought by a neighbour' }, [
    'flows/sweep.ts',
    'if (reserved.length > 0 &&',
    'if (reserved.length > most &&',
  ]),
  bug('a payment that nobody presents', { test: sweep, titles: 'that nobody presents' }, [
    'flows/sweep.ts',
    '  await resolvePayment(zecchino, open)\n',
    '  if (round < 0) await resolvePayment(zecchino, open)\n',
  ]),
  bug('new work for a frozen wallet', { test: sweep, titles: 'frozen nothing new is begun' }, [
    'flows/sweep.ts',
    'if (reserved.length > 0 && !(await ledger.state()).frozen)',
    'if (reserved.length > 0)',
  ]),
]
