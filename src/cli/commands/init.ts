import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'

import {
  choosePassphrase,
  hasOwner,
  NeedsTerminalError,
  processTerminal,
  setOwner,
} from '../owner.js'
import { makeFolder } from '../../internal/makeFolder.js'
import { keystoreFiles } from '../readConfig.js'
import type { Context } from '../runCommand.js'

/** `zecchino init`: sets the owner's passphrase and makes a wallet, each only if there is none. */
export async function init({ config, note, print }: Context): Promise<void> {
  const terminal = processTerminal()
  if (!terminal.isTerminal) throw new NeedsTerminalError()
  const { home, key, network, profile } = await config()
  makeFolder(home)
  if (!hasOwner(home)) {
    note('The owner’s passphrase is asked for whenever an agent is to be allowed more.')
    const passphrase = await choosePassphrase(terminal, 'Choose the owner’s passphrase')
    await setOwner(home, passphrase)
  }
  const { keystore, password } = keystoreFiles(home, profile)
  let made = false
  if (!key && !existsSync(keystore)) {
    await makeKeystore({ keystore, password })
    made = true
  }
  const { openWallet } = await import('../openWallet.js')
  const opened = await openWallet(
    key ?? { kind: 'keystore', passwordFile: password, path: keystore },
  )
  const { address } = opened.wallet
  print({ address, home, network: network.name, created: made }, [
    `Wallet    ${address}${made ? ' (new)' : ''}`,
    `Home      ${home}`,
    `Send a little USDC on ${network.title} to it; ETH is not needed.`,
  ])
}

/** A new key, as a keystore V3 file whose password lies beside it: both for the owner only. */
async function makeKeystore(files: { keystore: string; password: string }): Promise<void> {
  const { sealKeystore } = await import('../../wallets/sealKeystore.js')
  const password = randomBytes(32).toString('hex')
  const privateKey = `0x${randomBytes(32).toString('hex')}` as const
  const text = await sealKeystore(privateKey, { n: 16_384, password })
  writeFileSync(files.password, `${password}\n`, { flag: 'wx', mode: 0o600 })
  writeFileSync(files.keystore, text, { flag: 'wx', mode: 0o600 })
}
