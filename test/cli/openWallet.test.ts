import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'
import { mnemonicToAccount } from 'viem/accounts'
import { toHex } from 'viem'

import { openWallet } from '../../src/cli/openWallet.js'
import type { KeySource } from '../../src/cli/readKeys.js'
import { sealOf } from '../../src/flows/sealOf.js'
import { createSeal } from '../../src/internal/createSeal.js'
import { sealKeystore } from '../../src/wallets/sealKeystore.js'
import { removeFolder } from '../support/removeFolder.js'

const words = 'test test test test test test test test test test test junk'
const key = toHex(mnemonicToAccount(words).getHdKey().privateKey ?? new Uint8Array())

/** One account in the three forms that a key comes in. */
async function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-forms-'))
  const [path, passwordFile] = [join(folder, 'key.json'), join(folder, 'password')]
  const password = 'correct horse'
  writeFileSync(path, await sealKeystore(key, { n: 1024, password }), { mode: 0o600 })
  writeFileSync(passwordFile, `${password}\n`)
  chmodSync(passwordFile, 0o600)
  const forms: Record<string, KeySource> = {
    keystore: { kind: 'keystore', passwordFile, path },
    mnemonic: { kind: 'mnemonic', words: `  ${words.replace(' ', '\n')}` },
    'private key': { key: key.toUpperCase().replace('0X', '0x'), kind: 'private-key' },
  }
  return { forms, [Symbol.dispose]: () => removeFolder(folder) }
}

/** What was sealed with before all forms of a key sealed alike. */
const formerly = (text: string) =>
  createSeal(createHash('sha256').update('zecchino seal\n').update(text).digest())

test('default: keystore, mnemonic and private key of one account seal the same', async () => {
  using files = await setup()
  const opened = await Promise.all(Object.values(files.forms).map(openWallet))
  expect(new Set(opened.map(({ wallet }) => wallet.address)).size).toBe(1)
  const seals = opened.map(({ secret }) => createSeal(secret))
  for (const one of seals)
    for (const other of seals) expect(other.open(one.seal('https://…'))).toBe('https://…')
})

test('behavior: what was sealed before stays readable, each with the form that sealed it', async () => {
  using files = await setup()
  const former = {
    keystore: formerly(key.slice(2)),
    mnemonic: formerly(words),
    'private key': formerly(key.slice(2)),
  }
  for (const [form, source] of Object.entries(files.forms)) {
    const { secret } = await openWallet(source)
    const sealed = former[form as keyof typeof former].seal('an open payment')
    expect(createSeal(secret).open(sealed)).toBe('an open payment')
  }
})

test('error: what only the words of a mnemonic open says so, to a process without them', async () => {
  using files = await setup()
  const { secret } = await openWallet(files.forms['private key'])
  expect(() => sealOf(secret).open(formerly(words).seal('an old link'))).toThrow(
    expect.objectContaining({
      code: 'INVALID_KEY',
      hint: expect.stringContaining('in the form that it had then') as string,
    }),
  )
})
