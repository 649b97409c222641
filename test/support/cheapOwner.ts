import { scryptSync } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes the file of an owner with this passphrase, in place of one that is there, at a cost that is
 * read in a millisecond: for tests that are about what the owner does.
 */
export function cheapOwner(home: string, passphrase: string): void {
  const parameters = { N: 1_024, p: 1, r: 8 }
  const salt = Buffer.alloc(32, 1)
  const hash = scryptSync(passphrase, salt, 32, parameters).toString('hex')
  const path = join(home, 'owner.json')
  rmSync(path, { force: true })
  const record = { ...parameters, hash, salt: salt.toString('hex') }
  writeFileSync(path, JSON.stringify(record), { mode: 0o600 })
}
