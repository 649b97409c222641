// Nouns: pure modules, used as namespaces.
export * as Errors from './Errors.js'
export * as Job from './Job.js'
export * as Ledger from './Ledger.js'
export * as Money from './Money.js'
export * as Network from './Network.js'
export * as Policy from './Policy.js'
export * as Proxies from './Proxies.js'
export * as Seedance from './Seedance.js'
export * as Signature from './Signature.js'
export * as Siwx from './Siwx.js'
export * as Venice from './Venice.js'
export * as Video from './Video.js'
export * as Wallet from './Wallet.js'
export * as X402 from './X402.js'
export type { Event } from './Event.js'

// A wallet or an API key at work: durable flows over a client, a ledger and a policy.
export {
  createZecchino,
  type KeyZecchino,
  type WalletZecchino,
  type Zecchino,
} from './flows/createZecchino.js'
export { quote } from './flows/quote.js'
export { buyVideo } from './flows/buyVideo.js'
export { watch } from './flows/watch.js'
export { raiseCredit } from './flows/raiseCredit.js'
export { recover } from './flows/recover.js'
export { policyOf } from './flows/policyOf.js'
export { setPolicy } from './flows/setPolicy.js'

// Clients and actions: one API call each.
export { type Client, createClient } from './client/createClient.js'
export { createRpc } from './client/createRpc.js'
export { createWalletFetch } from './client/createWalletFetch.js'
export { completeVideo } from './actions/completeVideo.js'
export { discoverTopUp } from './actions/discoverTopUp.js'
export { getBalance } from './actions/getBalance.js'
export { listModels } from './actions/listModels.js'
export { listTransactions } from './actions/listTransactions.js'
export { queueVideo } from './actions/queueVideo.js'
export { quoteVideo } from './actions/quoteVideo.js'
export { retrieveVideo } from './actions/retrieveVideo.js'
export { sendTopUp } from './actions/sendTopUp.js'

// Wallets and ledgers.
export { accountWallet } from './wallets/accountWallet.js'
export { keystoreWallet } from './wallets/keystoreWallet.js'
export { mnemonicWallet } from './wallets/mnemonicWallet.js'
export { privateKeyWallet } from './wallets/privateKeyWallet.js'
export { accountOf } from './ledgers/accountOf.js'
export { accountOfKey } from './ledgers/accountOfKey.js'
export { postgresLedger } from './ledgers/postgresLedger.js'
export { sqliteLedger } from './ledgers/sqliteLedger.js'
