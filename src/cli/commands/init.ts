import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'

import {
  choosePassphrase,
  hasOwner,
  NeedsTerminalError,
  processTerminal,
  setOwner,
} from '../owner.js'
import { keepPrivate } from '../../internal/keepPrivate.js'
import { makeFolder } from '../../internal/makeFolder.js'
import { readAccess } from '../../internal/readAccess.js'
import { writePrivate } from '../../internal/writePrivate.js'
import { keystoreFiles } from '../readKeys.js'
import type { Context } from '../runCommand.js'

/**
 * `zecchino init`: sets the owner's passphrase and makes a wallet, each only if there is none. With an
 * API key it asks before it makes one.
 */
export async function init({ config, note, print }: Context): Promise<void> {
  const terminal = processTerminal()
  if (!terminal.isTerminal) throw new NeedsTerminalError()
  const settings = await config()
  const { apiKey, home, key, network, profile } = settings
  makeFolder(home)
  if ((await readAccess(home)).access !== 'owner') keepPrivate(home) // somebody else may have made it
  if (!hasOwner(home)) {
    note('The owner’s passphrase is asked for whenever an agent is to be allowed more.')
    const passphrase = await choosePassphrase(terminal, 'Choose the owner’s passphrase')
    await setOwner(home, passphrase)
  }
  const { keystore, password } = keystoreFiles(home, profile)
  if (apiKey !== undefined && !key && !(await wantsWallet())) {
    const { account } = await (await import('../openPayer.js')).openPayer(settings)
    print({ api_key: account, created: false, home }, [
      `API key   ${account} (a hash of it)`,
      `Home      ${home}`,
      'No wallet was made: the account behind VENICE_API_KEY pays.',
    ])
    return
  }
  let made = false
  if (!key && !existsSync(keystore)) {
    await makeKeystore({ keystore, password })
    made = true
  }
  const own = { kind: 'keystore', passwordFile: password, path: keystore } as const
  const { openPayer } = await import('../openPayer.js')
  const { wallet } = await openPayer({ ...settings, key: key ?? own })
  const address = wallet?.address
  print({ address, home, network: network.name, created: made }, [
    `Wallet    ${address}${made ? ' (new)' : ''}`,
    `Home      ${home}`,
    `Send a little USDC on ${network.title} to it; ETH is not needed.`,
  ])
}

/** A wallet would pay from then on, and not the key that is there: nobody makes one by the way. */
async function wantsWallet(): Promise<boolean> {
  const { confirm } = await import('@clack/prompts')
  const message = 'VENICE_API_KEY is set. Make a wallet, which then pays instead of the key?'
  return (await confirm({ initialValue: false, message, output: process.stderr })) === true
}

/** A new key, as a keystore V3 file whose password lies beside it: both for the owner only. */
export async function makeKeystore(files: { keystore: string; password: string }): Promise<void> {
  const { sealKeystore } = await import('../../wallets/sealKeystore.js')
  const password = randomBytes(32).toString('hex')
  const privateKey = `0x${randomBytes(32).toString('hex')}` as const
  const text = await sealKeystore(privateKey, { n: 16_384, password })
  writePrivate(files.password, `${password}\n`)
  writePrivate(files.keystore, text)
}
