import type * as Errors from '../Errors.js'
import * as Ledger from '../Ledger.js'

/** What SQLite's result codes mean for the owner of a ledger; the low byte of a code. */
const reasons: Record<number, string> = {
  1: 'a statement failed.',
  3: 'no permission.',
  5: 'another process holds it for too long.',
  6: 'another process holds it for too long.',
  7: 'out of memory.',
  8: 'it is read-only.',
  10: 'the disk failed.',
  13: 'the disk is full.',
  14: 'its file cannot be opened.',
  15: 'another process holds it for too long.',
  23: 'no permission.',
}

const fileReasons: Record<string, string> = {
  EACCES: 'no permission.',
  EEXIST: 'its folder is a file.',
  EISDIR: 'its path is a folder.',
  ENOENT: 'its file is gone.',
  ENOSPC: 'the disk is full.',
  ENOTDIR: 'its folder is a file.',
  EPERM: 'no permission.',
  EROFS: 'it is read-only.',
}

const constraint = 19
const damaged = [11, 26]

/** A failure of libsql or the file system as one of our errors. `undefined`: it is none. */
export function sqliteErrorOf(error: unknown, where: string): Errors.BaseError | undefined {
  const { code, message } = error as { code?: string; message?: string }
  const cause = error
  const primary = codeOf(error)
  if (primary !== undefined) {
    if (primary === constraint) return undefined
    if (damaged.includes(primary))
      return new Ledger.CorruptError({ cause, reason: 'its file is not a whole database.', where })
    const reason = reasons[primary] ?? `SQLite failed with ${primary}.`
    return new Ledger.UnavailableError({ cause, reason, where })
  }
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code))
    return new Ledger.UnavailableError({ cause, reason: fileReasons[code] ?? `${code}.`, where })
  if (/not open|driver has already been destroyed/.test(message ?? ''))
    return new Ledger.UnavailableError({ cause, reason: 'it was closed.', where })
  return undefined
}

/** Whether SQLite could not write, be it the file or the lock files beside it. */
export function isReadOnly(error: unknown): boolean {
  return [8, 14].includes(codeOf(error) ?? 0)
}

/** SQLite's result code; when a file cannot be opened, libsql only tells it in words. */
function codeOf(error: unknown): number | undefined {
  const { message, rawCode } = error as { message?: string; rawCode?: number }
  if (typeof rawCode === 'number') return rawCode & 0xff
  const [, told] = /^ConnectionFailed\(".*: (\d+)"\)$/.exec(message ?? '') ?? []
  return told === undefined ? undefined : Number(told) & 0xff
}

/** Name of the unique index that refused, or the columns of the key that did. */
export function sqliteDuplicateOf(error: unknown): string | undefined {
  const { code, message } = error as { code?: unknown; message?: string }
  if (!/CONSTRAINT_(UNIQUE|PRIMARYKEY)/.test(String(code))) return undefined
  const columns = /failed: (.*)$/.exec(message ?? '')?.[1] ?? ''
  return indexes[columns] ?? columns
}

/** SQLite tells the columns of an index instead of its name. */
const indexes: Record<string, string> = {
  'approval.job_id': 'approval_one_waiting',
  'job.account': 'job_one_sending',
  'job.account, job.queue_id': 'job_one_per_queue_id',
  'job.quote_id': 'job_one_per_quote',
  'payment.account': 'payment_one_open',
  'payment.account, payment.seq': 'payment_one_per_seq',
  'payment.job_id': 'payment_one_per_job',
  'payment.nonce': 'payment_one_per_nonce',
  'provider_link.account, provider_link.row_id': 'provider_link_once',
}
