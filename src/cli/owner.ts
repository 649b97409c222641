import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import * as z from 'zod'

import * as Errors from '../Errors.js'
import { parseJson } from '../internal/base64Json.js'
import { writePrivate } from '../internal/writePrivate.js'
import { UsageError } from './UsageError.js'

/** Cost of the passphrase's hash: scrypt N, r, p; about half a second. */
const cost = { N: 131_072, p: 1, r: 8 } as const

const Record = z.strictObject({
  N: z.int(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  p: z.int(),
  r: z.int(),
  salt: z.string().regex(/^[0-9a-f]{64}$/),
})

/** Where a person is asked. The defaults are the real terminal. */
export type Terminal = {
  ask(message: string): Promise<string | undefined>
  isTerminal: boolean
}

/** Whether the owner's passphrase was set in this home. */
export function hasOwner(home: string): boolean {
  return statSync(ownerFile(home), { throwIfNoEntry: false }) !== undefined
}

/** Sets the owner's passphrase, once: only its scrypt hash is kept, in a file of their own. */
export async function setOwner(home: string, passphrase: string): Promise<void> {
  const salt = randomBytes(32)
  const hash = await derive(passphrase, salt, cost)
  const record = { ...cost, hash: hash.toString('hex'), salt: salt.toString('hex') }
  writePrivate(ownerFile(home), `${JSON.stringify(record)}\n`)
}

/**
 * Lets the owner through: somebody at a terminal who knows the passphrase. There is no option that
 * skips it, because an agent with a shell could type it.
 *
 * @throws {@link NeedsTerminalError} {@link WrongPassphraseError}
 */
export async function requireOwner(home: string, terminal: Terminal): Promise<void> {
  if (!terminal.isTerminal) throw new NeedsTerminalError()
  if (!hasOwner(home)) throw new NoOwnerError()
  const record = Record.safeParse(parseJson(readFileSync(ownerFile(home), 'utf8')))
  if (!record.success) throw new NoOwnerError()
  const { hash, salt, ...parameters } = record.data
  const passphrase = await terminal.ask('Owner’s passphrase')
  const given = await derive(passphrase ?? '', Buffer.from(salt, 'hex'), parameters)
  if (timingSafeEqual(given, Buffer.from(hash, 'hex'))) return
  await setTimeout(1_000)
  throw new WrongPassphraseError()
}

/**
 * Has a person choose a passphrase, typed twice.
 *
 * @throws {@link UsageError} when it is too short or the two differ.
 */
export async function choosePassphrase(terminal: Terminal, message: string): Promise<string> {
  const passphrase = await terminal.ask(`${message} (12 characters or more)`)
  if (!passphrase || passphrase.length < 12)
    throw new UsageError({ reason: 'The passphrase has to have 12 characters or more.' })
  if ((await terminal.ask('The same again')) !== passphrase)
    throw new UsageError({ reason: 'The two are not the same; nothing was set.' })
  return passphrase
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    async ask(message) {
      const { isCancel, password } = await import('@clack/prompts')
      const answer = await password({ message, output: process.stderr })
      return isCancel(answer) ? undefined : answer
    },
    isTerminal: process.stdin.isTTY && process.stderr.isTTY,
  }
}

function ownerFile(home: string): string {
  return join(home, 'owner.json')
}

function derive(
  passphrase: string,
  salt: Buffer,
  { N, p, r }: { N: number; p: number; r: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { N, maxmem: 512 * 1024 * 1024, p, r }
    scrypt(passphrase.normalize('NFKC'), salt, 32, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

/** The command widens what an agent may do, and nobody sits at a terminal. */
export class NeedsTerminalError extends Errors.BaseError {
  override readonly code = 'NEEDS_TERMINAL'
  override readonly name = 'Owner.NeedsTerminalError'

  constructor() {
    super('This is for the wallet’s owner at a terminal; nothing was done.', {
      hint: 'Type the command in a terminal of your own. There is no option that replaces it.',
    })
  }
}

/** No owner's passphrase was set. */
export class NoOwnerError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'Owner.NoOwnerError'

  constructor() {
    super('No owner’s passphrase is set, so nobody can be the owner yet; nothing was done.', {
      hint: 'Run `zecchino init` in a terminal first.',
    })
  }
}

/** The passphrase is another. */
export class WrongPassphraseError extends Errors.BaseError {
  override readonly code = 'PASSPHRASE_WRONG'
  override readonly name = 'Owner.WrongPassphraseError'

  constructor() {
    super('The passphrase is not the owner’s; nothing was done.', {
      hint: 'Run the command again.',
    })
  }
}
