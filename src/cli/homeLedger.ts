import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import * as z from 'zod'

import * as Errors from '../Errors.js'
import { parseJson } from '../internal/base64Json.js'
import { makeFolder } from '../internal/makeFolder.js'
import { nameFile } from '../internal/nameFile.js'
import { syncFolder } from '../internal/syncFolder.js'
import type { Config } from './readConfig.js'

/** Which ledger a wallet of this home spends from. */
const Record = z.strictObject({
  account: z.string(),
  kind: z.enum(['postgres', 'sqlite']),
  ledger: z.string().regex(/^[0-9a-f]{32}$/),
  since: z.string(),
})
export type Record = z.output<typeof Record>

type Home = Pick<Config, 'databaseUrl' | 'home' | 'profile'>

/** Where the profile's own ledger lies, for who has no database. */
export function sqlitePath({ home, profile }: Pick<Home, 'home' | 'profile'>): string {
  return join(home, `${profile}.sqlite`)
}

/**
 * Refuses before anything is opened when this cannot be the ledger of the wallet: a database of another
 * kind, or a file that would have to be made anew. A ledger that was forgotten, or lost, has budgets of
 * its own, and knows nothing of what is paid for.
 *
 * @throws {@link OtherLedgerError}
 */
export function checkBefore(config: Home, account: string): void {
  const record = read(config, account)
  if (!record || record === 'unreadable') return
  const found = config.databaseUrl === undefined ? 'sqlite' : 'postgres'
  const isLost = found === record.kind && found === 'sqlite' && !existsSync(sqlitePath(config))
  if (record.kind !== found || isLost)
    throw new OtherLedgerError({ found: { kind: found, ledger: undefined }, isLost, record })
}

/**
 * Writes down at the first start which ledger a wallet of this home spends from, and holds every later
 * one to it. Of two processes that start at once one writes, and the other is held to that.
 *
 * @throws {@link OtherLedgerError}
 */
export async function keepLedger(
  config: Home,
  found: { account: string; ledger: string },
): Promise<void> {
  const { account, ledger } = found
  const record = read(config, account) ?? (await write(config, found))
  if (record === 'unreadable' || record.ledger !== ledger)
    throw new OtherLedgerError({ found: { kind: kindOf(config), ledger }, isLost: false, record })
}

/** The owner's word: from now on the wallet spends from this ledger. */
export function trustLedger(config: Home, found: { account: string; ledger: string }): void {
  const { file, part } = pathsOf(config, found.account)
  writeDurably(part, recordOf(config, found))
  renameSync(part, file)
  syncFolder(config.home)
}

/** What is on record, if anything is. */
export function read(config: Home, account: string): Record | 'unreadable' | undefined {
  let text: string
  try {
    text = readFileSync(pathsOf(config, account).file, 'utf8')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'unreadable'
  }
  const parsed = Record.safeParse(parseJson(text))
  return parsed.success && parsed.data.account === account ? parsed.data : 'unreadable'
}

/** Writes the record, unless there is one by now: then that one counts. */
async function write(
  config: Home,
  found: { account: string; ledger: string },
): Promise<Record | 'unreadable'> {
  const { file, part } = pathsOf(config, found.account)
  makeFolder(config.home)
  writeDurably(part, recordOf(config, found))
  try {
    await nameFile(part, file)
  } finally {
    rmSync(part, { force: true })
  }
  syncFolder(config.home)
  return read(config, found.account) ?? 'unreadable'
}

function writeDurably(file: string, record: Record): void {
  const handle = openSync(file, 'wx', 0o600)
  try {
    writeFileSync(handle, `${JSON.stringify(record)}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function recordOf(config: Home, { account, ledger }: { account: string; ledger: string }): Record {
  return { account, kind: kindOf(config), ledger, since: new Date().toISOString() }
}

function kindOf({ databaseUrl }: Home): Record['kind'] {
  return databaseUrl === undefined ? 'sqlite' : 'postgres'
}

/** One file for each wallet: a profile may have several, and each of them a ledger. */
function pathsOf({ home, profile }: Home, account: string) {
  const file = join(home, `${profile}.${account.replaceAll(/[^\w-]/g, '-')}.ledger.json`)
  return { file, part: `${file}.${randomBytes(6).toString('hex')}.part` }
}

/** The wallet spends from another ledger than this one. */
export class OtherLedgerError extends Errors.BaseError {
  override readonly code = 'LEDGER_OTHER'
  override readonly name = 'OtherLedgerError'

  constructor(options: {
    found: { kind: Record['kind']; ledger: string | undefined }
    isLost: boolean
    record: Record | 'unreadable'
  }) {
    const { found, isLost, record } = options
    const names = { postgres: 'PostgreSQL', sqlite: 'a file in this home' }
    const moved = 'If it was moved on purpose, the owner runs `zecchino policy trust-ledger`.'
    const way =
      record === 'unreadable'
        ? 'The file that names the ledger of this wallet cannot be read.'
        : isLost
          ? 'Put the file back from a copy: it knows what is paid for, and what is left of the budgets.'
          : record.kind === found.kind
            ? 'Open the ledger that this wallet has spent from.'
            : record.kind === 'postgres'
              ? 'Set ZECCHINO_DATABASE_URL as it was set before.'
              : 'Unset ZECCHINO_DATABASE_URL.'
    super('This is not the ledger that this wallet spends from; nothing was opened.', {
      facts: [
        ...(record === 'unreadable'
          ? []
          : [`Known: ${names[record.kind]}, ${record.ledger}, since ${record.since}`]),
        `Found: ${names[found.kind]}${found.ledger ? `, ${found.ledger}` : isLost ? ', which is gone' : ''}`,
      ],
      hint: `${way} ${moved}`,
    })
  }
}
