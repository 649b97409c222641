import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

import Database from 'libsql'

import * as Job from '../../src/Job.js'
import { sqliteLedger } from '../../src/ledgers/sqliteLedger.js'
import type { Image } from './createDisk.js'

/** What a ledger has lost that it should hold, one sentence each. */
export type Loss = { files: string[]; intents: string[]; unopened: string[] }

/**
 * Opens the ledger of a disk image as a process does after a power cut, and looks for everything
 * that had been sent, and for the files of the videos that it calls saved.
 *
 * @param options.sent Nonces of payments and hashes of requests, as `payment 0x…` and `job …`.
 */
export async function reopen(image: Image, options: reopen.Options): Promise<Loss> {
  const { account, path, sent } = options
  const loss: Loss = { files: [], intents: [], unopened: [] }
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-replay-'))
  const copy = join(folder, basename(path))
  try {
    mkdirSync(folder, { recursive: true })
    for (const suffix of ['', '-wal']) {
      const bytes = image.get(path + suffix)
      if (bytes) writeFileSync(copy + suffix, bytes, { mode: 0o600 })
    }
    const ledger = await sqliteLedger({ account, path: copy })
    try {
      const check = await ledger.verifyEvents()
      if (ledger.readOnly) loss.unopened.push(ledger.readOnly.shortMessage)
      if (!check.ok) loss.unopened.push(`event ${check.broken}: ${check.reason}`)
      if (!isWhole(copy)) loss.unopened.push('it does not pass the integrity check')
      const payments = await ledger.payments()
      const jobs = await ledger.jobs()
      const known = new Set([
        ...payments
          .filter(({ sealedTransfer, sentAt }) => sealedTransfer && sentAt)
          .map(({ nonce }) => `payment ${nonce}`),
        ...jobs.filter(({ sentAt }) => sentAt).map(({ hash }) => `job ${hash}`),
      ])
      loss.intents.push(...sent.filter((one) => !known.has(one)))
      for (const { file, id, status } of jobs)
        if (Job.isSaved(status) && sha256(image.get(file?.path ?? '')) !== file?.sha256)
          loss.files.push(id)
    } finally {
      await ledger.close()
    }
  } catch (error) {
    loss.unopened.push((error as Error).message.split('\n')[0] ?? '')
    loss.intents.push(...sent)
  } finally {
    rmSync(folder, { force: true, recursive: true })
  }
  return loss
}

export declare namespace reopen {
  type Options = {
    account: string
    /** Where the ledger was; the log beside it comes along. */
    path: string
    sent: readonly string[]
  }
}

function isWhole(path: string): boolean {
  const database = new Database(path)
  try {
    const rows = database.prepare('PRAGMA integrity_check').all([]) as object[]
    return JSON.stringify(rows) === '[{"integrity_check":"ok"}]'
  } finally {
    database.close()
  }
}

function sha256(bytes: Buffer | undefined): string | undefined {
  return bytes && createHash('sha256').update(bytes).digest('hex')
}
