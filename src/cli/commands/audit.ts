import * as Consent from '../../Consent.js'
import { reconcile } from '../../flows/reconcile.js'
import type * as Ledger from '../../Ledger.js'
import { harmless, printable } from '../../internal/printable.js'
import type { Context } from '../runCommand.js'
import { table } from '../table.js'
import { UsageError } from '../UsageError.js'

/** `zecchino audit [verify|reconcile]`. */
export async function audit(context: Context): Promise<void> {
  const [what = 'show'] = context.args
  const run = { reconcile: compare, show, verify }[what]
  if (!run) throw new UsageError({ reason: 'It is `audit`, `audit verify` or `audit reconcile`.' })
  await run(context)
}

async function show({ open, options, print }: Context): Promise<void> {
  const { ledger } = await open()
  const events = await ledger.events()
  const rows = events.map((event) => [
    String(event.seq),
    event.at.toISOString(),
    event.type,
    event.subject,
    wordsOf(event),
  ])
  const head = ['seq', 'time', 'type', 'subject', 'what']
  if (options['csv'] === true) {
    process.stdout.write(
      `${[head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`,
    )
    return
  }
  print({ events }, table(head, rows))
}

async function verify({ open, print }: Context): Promise<void> {
  const { ledger } = await open()
  const verified = await ledger.verifyEvents()
  print(
    verified,
    verified.ok
      ? [`${verified.events} events, unbroken.`, `Head      ${verified.head}`]
      : [`Broken at event ${verified.broken}: ${verified.reason}`],
  )
  if (!verified.ok) process.exitCode = 74
}

async function compare({ open, print }: Context): Promise<void> {
  const { differences, open: undecided, rows } = await reconcile(await open())
  const lines = (remarks: typeof differences) =>
    remarks.map(({ id, says }) => `${id}  ${printable(says)}`)
  print({ differences, open: undecided, rows }, [
    ...lines(differences),
    ...(undecided.length > 0 ? ['No difference, or none yet:', ...lines(undecided)] : []),
    `${rows} rows at Venice, ${differences.length} differences.`,
  ])
  if (differences.length > 0) process.exitCode = 65
}

function wordsOf({ data, type }: Ledger.Event): string {
  const sentence = type === 'consent' ? Consent.wordsOf(data) : undefined
  if (sentence !== undefined) return sentence
  return Object.entries(data)
    .map(([key, value]) => `${key}=${printable(String(value), 120)}`)
    .join(' ')
}

/** A CSV cell that no spreadsheet takes for a formula. */
function cell(text: string): string {
  const plain = harmless(text)
  const safe = /^[=+\-@\t]/.test(plain) ? `'${plain}` : plain
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
