import { afterAll, expect, test } from 'vitest'
import type { Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

import { raiseCredit } from '../../src/flows/raiseCredit.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import type { Wallet } from '../../src/Wallet.js'
import { accountWallet } from '../../src/wallets/accountWallet.js'
import { control, createBuyer } from '../support/createBuyer.js'

const sandbox = await listenSandbox({ limits: 'none', speed: 400 })
afterAll(() => sandbox.close())

async function setup({ byte, make }: { byte: string; make: (local: Wallet, key: Hex) => Wallet }) {
  const key: Hex = `0x${byte.repeat(32)}`
  const account = privateKeyToAccount(key)
  await control(sandbox.controlUrl).fund(account.address, '20')
  return createBuyer({
    apiUrl: sandbox.apiUrl,
    client: { wallet: make(accountWallet(account), key) },
    key: key.slice(2),
  })
}

test('behavior: a device that gives v as 0 or 1 pays, and signs in', async () => {
  const small = (signature: Hex) =>
    `${signature.slice(0, 130)}${signature.endsWith('1b') ? '00' : '01'}` as Hex
  await using buyer = await setup({
    byte: '5c',
    make: (_, key) => {
      const account = privateKeyToAccount(key)
      return accountWallet({
        address: account.address,
        signMessage: async (data) => small(await account.signMessage(data)),
        signTypedData: async (data) => small(await account.signTypedData(data)),
      })
    },
  })
  const { ledger } = buyer.zecchino
  await raiseCredit(buyer.zecchino, {})
  expect(await ledger.payments({})).toMatchObject([{ amount: 5_000_000n, status: 'credited' }])
})

test('error: a wallet of any kind that gives another’s signature pays nothing, and can go on', async () => {
  let wrong = true
  await using buyer = await setup({
    byte: '5d',
    make: (local) => ({
      ...local,
      authorizeTransfer: (fields) =>
        wrong
          ? accountWallet(privateKeyToAccount(`0x${'5e'.repeat(32)}`)).authorizeTransfer(fields)
          : local.authorizeTransfer(fields),
    }),
  })
  const { ledger } = buyer.zecchino
  await expect(raiseCredit(buyer.zecchino, {})).rejects.toMatchObject({
    code: 'WRONG_SIGNATURE',
    moneyMoved: 'no',
  })
  expect(await ledger.payments({})).toMatchObject([
    { detail: expect.stringContaining('not its own'), status: 'failed_unpaid' },
  ])
  wrong = false
  await raiseCredit(buyer.zecchino, {})
  expect((await ledger.payments({})).map(({ status }) => status).toSorted()).toEqual([
    'credited',
    'failed_unpaid',
  ])
})
