import type * as Errors from '../Errors.js'
import * as Ledger from '../Ledger.js'

/** What an SQLSTATE means for the owner of a ledger; by its five letters, or its class of two. */
const reasons: Record<string, string> = {
  '08': 'the connection was lost.',
  '25006': 'it is read-only.',
  '25P03': 'a write took too long.',
  '28': 'the credentials are refused.',
  '3D': 'there is no such database.',
  '3F': 'there is no such schema.',
  '40': 'the write met another one.',
  '42501': 'no permission.',
  '42P01': 'its tables are missing.',
  '53': 'the server is out of disk, memory or connections.',
  '55P03': 'another process holds it for too long.',
  '57014': 'a statement took too long.',
  '57': 'the server is shutting down or starting.',
  '58': 'the disk of the server failed.',
}

const networkReasons: Record<string, string> = {
  EAI_AGAIN: 'the name of its host cannot be looked up.',
  ECONNREFUSED: 'nothing answers at its address.',
  ECONNRESET: 'the connection was lost.',
  ENOENT: 'nothing answers at its address.',
  ENOTFOUND: 'the name of its host is not known.',
  EPIPE: 'the connection was lost.',
  ETIMEDOUT: 'its address does not answer.',
}

/** Classes that mean a wrong statement or wrong values: bugs, and not the database's state. */
const bugs = ['22', '23', '42', 'P0']

/**
 * A failure of pg as one of our errors. `undefined`: it is none. No message of the server is
 * repeated, because it may quote the values of a row.
 */
export function postgresErrorOf(error: unknown, where: string): Errors.BaseError | undefined {
  const { code, message, severity } = error as Record<string, string | undefined>
  const cause = error
  if (severity !== undefined && code !== undefined) {
    const reason = reasons[code] ?? reasons[code.slice(0, 2)]
    if (code.startsWith('XX') && code !== 'XX000')
      return new Ledger.CorruptError({ cause, reason: 'the server found damaged data.', where })
    if (!reason && bugs.includes(code.slice(0, 2))) return undefined
    return new Ledger.UnavailableError({ cause, reason: reason ?? `SQLSTATE ${code}.`, where })
  }
  if (typeof code === 'string' && /^E[A-Z_]+$/.test(code) && !code.startsWith('ERR_'))
    return new Ledger.UnavailableError({
      cause,
      reason: networkReasons[code] ?? `${code}.`,
      where,
    })
  if (/terminated|not queryable|client was closed/i.test(message ?? ''))
    return new Ledger.UnavailableError({ cause, reason: 'the connection was lost.', where })
  if (/timeout|timed out/i.test(message ?? ''))
    return new Ledger.UnavailableError({ cause, reason: 'it does not answer in time.', where })
  if (/after calling end|already been destroyed/.test(message ?? ''))
    return new Ledger.UnavailableError({ cause, reason: 'it was closed.', where })
  if (/SSL|certificate|authentication|SASL|password/i.test(message ?? ''))
    return new Ledger.UnavailableError({ cause, reason: 'the server does not let us in.', where })
  return undefined
}

/** Name of the unique index that refused. */
export function postgresDuplicateOf(error: unknown): string | undefined {
  const { code, constraint } = error as { code?: string; constraint?: string }
  return code === '23505' ? (constraint ?? '') : undefined
}
