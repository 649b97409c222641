import { closeSync, fstatSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

import * as Answer from '../Answer.js'
import * as Errors from '../Errors.js'
import { makeFolder } from '../internal/makeFolder.js'
import { syncFolder } from '../internal/syncFolder.js'
import type { Zecchino } from './createZecchino.js'

/** Room on a disk for the answer to one paid call. */
export type Room = {
  path: string
  /** Leaves the file to whoever reads it next. */
  leave(): void
  /** Removes the file: the answer is on the ledger, or none comes. */
  remove(): void
  /** Writes the answer into the room, sealed and synced. `false`: the disk does not take it. */
  write(answer: Answer.Answer): boolean
}

/** Far more than an answer takes, in bytes. */
const size = 64 * 1024

/**
 * Reserves room for the answer to a paid call, before the call: written and synced, so that no disk
 * that fills up meanwhile is in its way. All of it waits for the disk and for nothing else.
 *
 * @throws {@link NoRoomError}: then nothing may be sent.
 */
export function reserveRoom(zecchino: Zecchino, call: Answer.Call): Room {
  const { client, ledger, seal } = zecchino
  const folder = answersOf(zecchino)
  const path = join(folder, Answer.fileOf(call))
  let file: number
  try {
    makeFolder(folder)
    file = make(path, Buffer.from(client.randomHex(size), 'hex'))
    syncFolder(folder)
  } catch (cause) {
    drop(path)
    throw new NoRoomError({ cause, folder })
  }
  const close = () => {
    try {
      closeSync(file)
    } catch {
      // closed already
    }
  }
  return {
    leave: close,
    path,
    remove() {
      close()
      drop(path)
    },
    write(answer) {
      try {
        // Somebody may have taken it away: what is written into it would be gone with it.
        if (fstatSync(file).nlink === 0) {
          close()
          makeFolder(folder)
          file = make(path, Buffer.alloc(0))
          syncFolder(folder)
        }
        const sealed = seal.seal(Answer.format(answer), Answer.about(ledger.account, answer))
        fill(file, Answer.bytesOf(sealed))
        return true
      } catch {
        return false // the caller tries again, and the ledger in between
      }
    },
  }
}

/** The folder of this wallet's answers. */
export function answersOf({ answersDir, ledger }: Zecchino): string {
  return join(answersDir, Answer.folderOf(ledger.account))
}

/** Removes a file as far as it can be: what stays is an answer that the ledger has, or empty room. */
function drop(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // whoever looks through the folder removes it
  }
}

function make(path: string, filler: Uint8Array): number {
  const file = openSync(path, 'wx', 0o600)
  try {
    fill(file, Answer.roomOf(filler))
    return file
  } catch (error) {
    closeSync(file)
    throw error
  }
}

function fill(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(file, bytes, done, bytes.length - done, done)
  fsyncSync(file)
}

const reasons: Record<string, string> = {
  EACCES: 'the folder cannot be written',
  EDQUOT: 'the quota is used up',
  EMFILE: 'too many files are open',
  ENOSPC: 'the disk is full',
  EPERM: 'the folder cannot be written',
  EROFS: 'the disk is read-only',
}

/** The answer to a paid call could be kept nowhere, so the call is not made. */
export class NoRoomError extends Errors.BaseError {
  override readonly code = 'FILE_FAILED'
  override readonly name = 'NoRoomError'

  constructor({ cause, folder }: { cause: unknown; folder: string }) {
    const { code = '' } = cause as NodeJS.ErrnoException
    const reason = reasons[code] ?? (code || 'its file cannot be made')
    super(`Nothing was sent, because there is no room for the answer: ${reason}.`, {
      cause,
      facts: [`Folder: ${folder}`],
      hint: 'Free some space there, or let the folder be written; the job goes on by itself.',
    })
  }
}
