import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import * as exports from '../src/index.js'
import { version } from '../src/version.js'

test('behavior: the public surface is what is written here', () => {
  expect(Object.keys(exports)).toMatchInlineSnapshot(`
    [
      "Errors",
      "Job",
      "Ledger",
      "Money",
      "Network",
      "Policy",
      "Proxies",
      "Seedance",
      "Signature",
      "Siwx",
      "Venice",
      "Video",
      "Wallet",
      "X402",
      "createZecchino",
      "quote",
      "buyVideo",
      "watch",
      "raiseCredit",
      "recover",
      "policyOf",
      "setPolicy",
      "createClient",
      "createRpc",
      "createWalletFetch",
      "completeVideo",
      "discoverTopUp",
      "getBalance",
      "listModels",
      "listTransactions",
      "queueVideo",
      "quoteVideo",
      "retrieveVideo",
      "sendTopUp",
      "accountWallet",
      "keystoreWallet",
      "mnemonicWallet",
      "privateKeyWallet",
      "accountOf",
      "accountOfKey",
      "postgresLedger",
      "sqliteLedger",
    ]
  `)
})

test('behavior: the version is that of package.json', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  expect(version).toBe(manifest.version)
})
