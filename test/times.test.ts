import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'

import { expect, test } from 'vitest'

/** Where rows, jobs and payments are judged. */
const folders = ['actions', 'flows', 'ledgers']

/**
 * Lengths of time, and other large numbers, that stand beside what they are for and not in `Clock`: none says of a
 * row, a job or a payment whose it is, or that it is lost, unpaid or too late.
 */
const lengths: Record<string, string> = {
  'actions/readAuthorization.ts': 'a block’s seconds as a date',
  'flows/awaitRows.ts': 'hours that are told',
  'flows/createSweeper.ts': 'how often it looks',
  'flows/crowdOf.ts': 'requests a minute',
  'flows/findSame.ts': 'what a buyer is reminded of; nothing is decided by it',
  'flows/keepAnswer.ts': 'how seldom it tries again, at most',
  'flows/keptOf.ts': 'how seldom the same bytes are fetched again, at most',
  'flows/lookAgain.ts': 'how often it asks, at most',
  'flows/pollDelay.ts': 'how often it asks',
  'flows/priceOf.ts': 'seconds of a video, rounded',
  'flows/progressOf.ts': 'seconds that are shown',
  'flows/readCatalogue.ts': 'how long a list of models is kept in memory',
  'flows/readReceipt.ts': 'how long a text may be',
  'flows/recheck.ts': 'minutes that are told',
  'flows/reviewLost.ts': 'how often it asks, at most',
  'flows/sweep.ts': 'from when on it asks seldom',
  'flows/syncRows.ts': 'how many rows are read at once',
  'flows/topUp.ts': 'seconds of a signature as a date',
  'flows/track.ts': 'how seldom it asks, at most',
  'flows/useLink.ts': 'how seldom it asks, at most',
  'ledgers/createSqlLedger.ts': 'how long a quote that nobody bought is kept',
  'ledgers/openSqlite.ts': 'the database’s clock in milliseconds',
  'ledgers/payments.ts': 'what may be signed, which `X402` says in seconds',
  'ledgers/postgresErrorOf.ts': 'codes of errors',
  'ledgers/postgresLedger.ts': 'the database’s clock in milliseconds',
  'ledgers/rows.ts': 'how many values a statement takes',
  'ledgers/verifyEvents.ts': 'how many events are read at once',
  'ledgers/wallets.ts': 'how fine the clock’s mark is kept',
}

/** Who reads this machine's own clock, and why neither the provider's nor the ledger's will do. */
const ownClock: Record<string, string> = {
  'flows/awaitAnswer.ts': 'how long this process goes on waiting',
  'flows/createRhythm.ts': 'how often it asks',
  'flows/createWorker.ts': 'how often it tries again',
  'flows/download.ts': 'when bytes were seen, beside a file',
  'flows/keepBytes.ts': 'what a file is dated',
  'flows/loseJob.ts': 'what a person is told',
  'flows/readCatalogue.ts': 'how long a list of models is kept in memory',
  'flows/readProof.ts': 'that a payment is over is proven by every clock',
  'flows/reconcileJob.ts': 'how long this process has tried',
  'flows/resolvePayment.ts': 'that a payment is over is proven by every clock',
  'flows/submit.ts': 'whether this process has slept; when a job was queued, which is shown',
  'flows/topUp.ts': 'what is signed is in ours',
  'flows/track.ts': 'how often this process asks',
  'flows/watch.ts': 'how long a caller waits',
  'flows/writeSidecar.ts': 'what a file says',
  'ledgers/createSqlLedger.ts': 'it is the ledger’s, where one is given',
}

const files = (readdirSync('src', { recursive: true }) as string[])
  .map((name) => name.split(sep).join('/'))
  // What a probe of the live service waits for is its own.
  .filter((name) => name.endsWith('.ts') && !name.startsWith('flows/probe/'))
  .filter((name) => folders.includes(name.split('/')[0] ?? ''))
  .map((name) => ({ name, text: codeOf(readFileSync(join('src', name), 'utf8')) }))

/** A source without its comments. */
function codeOf(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
}

/** Lines whose numbers say how long it pauses, how long a request may take, or how much it reads. */
const others =
  /\bsleep\(|\bpause = Math\.min\(|\bdeadline\b|\blimit\b|\bslice\(|printable\(|1024|imeout/

/** Lines of a source with a number of a thousand and more, which may be a time in milliseconds. */
function lengthsOf(text: string): string[] {
  const valueOf = (found: string) =>
    found.split(' * ').reduce((product, one) => product * Number(one.replaceAll('_', '')), 1)
  return text
    .split('\n')
    .filter((line) => !others.test(line))
    .filter((line) =>
      (line.match(/\b\d[\d_]*(?: \* \d[\d_]*)*/g) ?? []).some((one) => valueOf(one) >= 1_000),
    )
}

/** Lines of a source that read the clock of this machine, and not the ledger's. */
function readsOf(text: string): string[] {
  const reads = /(?:client\.|Date\.|performance\.|[^.\w])now\(\)|new Date\(\)/
  return text.split('\n').filter((line) => reads.test(line))
}

test('behavior: no flow, action or ledger has a length of time of its own that judges', () => {
  const found = files.filter(({ text }) => lengthsOf(text).length > 0).map(({ name }) => name)
  expect(found.toSorted()).toEqual(Object.keys(lengths).toSorted())
})

test('behavior: nothing is held against this machine’s clock but for a reason', () => {
  const found = files.filter(({ text }) => readsOf(text).length > 0).map(({ name }) => name)
  expect(found.toSorted()).toEqual(Object.keys(ownClock).toSorted())
})

test.each([
  ['const tolerance = 20_000', 1, 0],
  ['if (row < sent - 2 * 60_000) return', 1, 0],
  ['const age = Date.now() - sentAt.getTime()', 0, 1],
  ['const late = client.now() > row.createdAt', 0, 1],
  ['const at = await ledger.now()', 0, 0],
  ['await client.sleep(5_000, signal)', 0, 0],
])('behavior: %s is seen', (line, long, read) => {
  expect([lengthsOf(line).length, readsOf(line).length]).toEqual([long, read])
})
