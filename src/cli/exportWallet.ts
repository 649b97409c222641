import { resolve } from 'node:path'

import { writePrivate } from '../internal/writePrivate.js'
import { openKeystore } from '../wallets/openKeystore.js'
import { sealKeystore } from '../wallets/sealKeystore.js'
import { readPassword } from './openWallet.js'
import { choosePassphrase, processTerminal, requireOwner } from './owner.js'
import type { Context } from './runCommand.js'
import { UsageError } from './UsageError.js'

/**
 * `zecchino wallet export <file>`: writes the key as a keystore V3 file under a passphrase that the
 * owner chooses. The raw key is never shown.
 */
export async function exportWallet({ args, config, note, print }: Context): Promise<void> {
  const [, file] = args
  if (!file) throw new UsageError({ reason: 'It is `wallet export <file>`.' })
  const { home, key } = await config()
  const terminal = processTerminal()
  await requireOwner(home, terminal)
  if (key?.kind !== 'keystore')
    throw new UsageError({ reason: 'Only a keystore is exported: no other key is kept here.' })
  note('Whoever has the file and its passphrase has the money.')
  const password = await choosePassphrase(terminal, 'Choose the file’s passphrase')
  const path = resolve(file)
  const privateKey = await openKeystore({
    password: readPassword(key.passwordFile),
    path: key.path,
  })
  const text = await sealKeystore(privateKey, { n: 262_144, password })
  try {
    writePrivate(path, text)
  } catch {
    throw new UsageError({ reason: `${path} cannot be made, or is there already.` })
  }
  print({ file: path }, [`Keystore  ${path}`])
}
