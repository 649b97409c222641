import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { decryptKeystoreJson, encryptKeystoreJson } from 'ethers'
import { Keystore } from 'ox'
import { expect, test } from 'vitest'

import { keystoreWallet } from '../../src/wallets/keystoreWallet.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { sealKeystore } from '../../src/wallets/sealKeystore.js'
import { toldBy } from '../support/toldBy.js'
import { removeFolder } from '../support/removeFolder.js'

const digits = 'c7'.repeat(32)
const password = 'correct horse battery staple'

/** A keystore file as another program writes it: small numbers, because strength is not tested. */
function setup(options: { content?: string; kind?: 'pbkdf2' | 'scrypt'; mode?: number } = {}) {
  const { kind = 'scrypt', mode = 0o600 } = options
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-keystore-'))
  const path = join(folder, 'key.json')
  const [key, made] =
    kind === 'scrypt'
      ? Keystore.scrypt({ n: 1024, password })
      : Keystore.pbkdf2({ iterations: 1000, password })
  const content = options.content ?? JSON.stringify(Keystore.encrypt(`0x${digits}`, key, made))
  writeFileSync(path, content)
  chmodSync(path, mode)
  return { content, folder, path, [Symbol.dispose]: () => removeFolder(folder) }
}

test.each(['scrypt', 'pbkdf2'] as const)('default: a file made with %s', async (kind) => {
  using file = setup({ kind })
  const wallet = await keystoreWallet({ password, path: file.path })
  expect(wallet.address).toBe(privateKeyWallet(digits).address)
})

// As geth and most others: r 8 and p 1, where ox has it the other way round.
test.each(['crypto', 'Crypto'])('behavior: one of ethers, with its %s', async (name) => {
  const { address } = privateKeyWallet(digits)
  const account = { address, privateKey: `0x${digits}` }
  const { Crypto, ...rest } = JSON.parse(
    await encryptKeystoreJson(account, password, { scrypt: { N: 1024, p: 1, r: 8 } }),
  )
  using file = setup({ content: JSON.stringify({ ...rest, [name]: Crypto }) })
  expect((await keystoreWallet({ password, path: file.path })).address).toBe(address)
})

test('behavior: the example of the specification, with more than OpenSSL takes', async () => {
  // https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage/#scrypt
  const content = JSON.stringify({
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
      ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
      kdf: 'scrypt',
      kdfparams: {
        dklen: 32,
        n: 262_144,
        p: 8,
        r: 1,
        salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
      },
      mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
    },
    id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
    version: 3,
  })
  using file = setup({ content })
  const { address } = await keystoreWallet({ password: 'testpassword', path: file.path })
  const key = '7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'
  expect(address).toBe(privateKeyWallet(key).address)
})

test('behavior: what is sealed here, ethers opens', async () => {
  const text = await sealKeystore(`0x${digits}`, { n: 1024, password })
  const { address, privateKey } = await decryptKeystoreJson(text, password)
  expect({ address, privateKey }).toEqual({
    address: privateKeyWallet(digits).address,
    privateKey: `0x${digits}`,
  })
})

test('behavior: besides the verbs it has bytes to seal with, which are not the key', async () => {
  using file = setup()
  const wallet = await keystoreWallet({ password, path: file.path })
  expect(Object.keys(wallet).toSorted()).toEqual([
    'address',
    'authorizeTransfer',
    'secret',
    'signIn',
  ])
  expect(wallet.secret).toHaveLength(32)
  expect(Buffer.from(wallet.secret).toString('hex')).not.toBe(digits)
  expect((await keystoreWallet({ password, path: file.path })).secret).toEqual(wallet.secret)
})

test.each([0o644, 0o640, 0o604, 0o660, 0o666, 0o610, 0o601])(
  'error: mode %o is refused, with the command that corrects it',
  async (mode) => {
    using file = setup({ mode })
    await expect(keystoreWallet({ password, path: file.path })).rejects.toMatchObject({
      code: 'INVALID_KEY',
      facts: [`Expected: a file that only its owner can read (run: chmod 600 ${file.path})`],
    })
  },
)

test.each([0o600, 0o400])('behavior: mode %o is fine', async (mode) => {
  using file = setup({ mode })
  expect((await keystoreWallet({ password, path: file.path })).address).toMatch(/^0x/)
})

test('error: a link does not hide the mode of the file', async () => {
  using file = setup({ mode: 0o644 })
  const link = join(file.folder, 'link.json')
  symlinkSync(file.path, link)
  await expect(keystoreWallet({ password, path: link })).rejects.toThrow('chmod 600')
})

test.each([
  ['is empty', ''],
  ['is no JSON', 'not JSON'],
  ['is a list', '[]'],
  ['is null', 'null'],
  ['holds a raw key', digits],
  ['holds a raw key in JSON', JSON.stringify({ privateKey: digits })],
  ['has another version', JSON.stringify({ crypto: {}, version: 4 })],
  [
    'asks for 32 GiB',
    JSON.stringify({
      crypto: {
        cipher: 'aes-128-ctr',
        cipherparams: { iv: '00'.repeat(16) },
        ciphertext: '00'.repeat(32),
        kdf: 'scrypt',
        kdfparams: { dklen: 32, n: 2 ** 25, p: 1, r: 8, salt: '00'.repeat(32) },
        mac: '00'.repeat(32),
      },
      id: 'x',
      version: 3,
    }),
  ],
])('error: a file that %s', async (_, content) => {
  using file = setup({ content })
  const refused = keystoreWallet({ password, path: file.path })
  await expect(refused).rejects.toMatchObject({
    code: 'INVALID_KEY',
    facts: ['Expected: a keystore V3 file and its password'],
  })
  await expect(refused).rejects.not.toHaveProperty('cause')
})

test('error: a wrong password looks like a broken file, and neither is repeated', async () => {
  using file = setup()
  const error = await keystoreWallet({ password: 'wrong horse', path: file.path }).catch(
    (cause: Error) => cause as Error,
  )
  const told = toldBy(error as Error)
  expect(told).not.toContain('wrong horse')
  expect(told).not.toContain(JSON.parse(file.content).crypto.ciphertext)
})

test('error: no file, or a folder', async () => {
  using file = setup()
  const folder = join(file.folder, 'folder')
  mkdirSync(folder, { mode: 0o700 })
  for (const path of [join(file.folder, 'none.json'), folder])
    await expect(keystoreWallet({ password, path })).rejects.toMatchObject({
      facts: ['Expected: a readable keystore file'],
    })
})
