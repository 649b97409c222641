import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeAll, expect, test } from 'vitest'

import { openPayer } from '../../src/cli/openPayer.js'
import { readConfig } from '../../src/cli/readConfig.js'
import { mnemonicWallet } from '../../src/wallets/mnemonicWallet.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { sealKeystore } from '../../src/wallets/sealKeystore.js'

const words = 'test test test test test test test test test test test junk'
/** The key of these words, which every node for tests has. */
const ofWords = 'ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const other = '22'.repeat(32)
const addresses = {
  other: privateKeyWallet(other).address,
  words: mnemonicWallet(words).address,
}
const sealed: Record<string, string> = {}
beforeAll(async () => {
  for (const key of [ofWords, other])
    sealed[key] = await sealKeystore(`0x${key}`, { n: 1_024, password: 'hunter2' })
})

/** A home with a keystore of its own, and one elsewhere, each if it has a key. */
function setup(keys: { elsewhere?: string; home?: string }, env: Record<string, string> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const put = (name: string, key: string | undefined) => {
    if (key === undefined) return undefined
    writeFileSync(join(home, `${name}.json`), sealed[key] ?? '', { mode: 0o600 })
    writeFileSync(join(home, `${name}.password`), 'hunter2\n', { mode: 0o600 })
    return join(home, `${name}.json`)
  }
  put('venice.keystore', keys.home)
  const elsewhere = put('elsewhere', keys.elsewhere)
  return {
    config: readConfig({
      ZECCHINO_HOME: home,
      ...(elsewhere && {
        ZECCHINO_KEYSTORE: elsewhere,
        ZECCHINO_KEYSTORE_PASSWORD_FILE: join(home, 'elsewhere.password'),
      }),
      ...env,
    }),
    home,
  }
}

const raw = (key: string) => ({ ZECCHINO_PRIVATE_KEY: key })
const mnemonic = { ZECCHINO_MNEMONIC: words }

test.each([
  ['a keystore that is named', { elsewhere: ofWords, home: ofWords }, {}, 'elsewhere.json'],
  ['the one that init made', { home: ofWords }, { ...mnemonic, ...raw(ofWords) }, 'venice'],
  ['a mnemonic', {}, { ...mnemonic, ...raw(`0x${ofWords}`) }, 'mnemonic'],
  ['a raw key', {}, raw(ofWords), 'private-key'],
] as const)('behavior: of several keys of one wallet, first %s', async (_, keys, env, first) => {
  const { config } = setup(keys, env)
  expect(JSON.stringify(config.key)).toContain(first)
  expect((await openPayer(config)).wallet?.address).toBe(addresses.words)
})

test.each([
  [{ home: ofWords }, raw(other), ['venice.keystore.json', 'ZECCHINO_PRIVATE_KEY']],
  [{ elsewhere: other, home: ofWords }, {}, ['ZECCHINO_KEYSTORE (', 'venice.keystore.json']],
  [{}, { ...mnemonic, ...raw(other) }, ['ZECCHINO_MNEMONIC', 'ZECCHINO_PRIVATE_KEY']],
] as const)('error: keys of different wallets, %j', async (keys, env, names) => {
  const { config } = setup(keys, env)
  const error = await openPayer(config).catch((error: unknown) => error as Error)
  expect(error).toMatchObject({ code: 'INVALID_CONFIG', moneyMoved: 'no' })
  const text = String((error as Error).message)
  for (const part of [...names, addresses.words, addresses.other]) expect(text).toContain(part)
  for (const secret of [ofWords, other, 'junk', 'hunter2']) expect(text).not.toContain(secret)
})
