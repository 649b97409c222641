import { call, valueOf } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import * as Venice from '../Venice.js'
import * as Wallet from '../Wallet.js'

/** Reads the wallet's prepaid credit at Venice, in micro-dollars. Signed in, free. */
export async function getBalance(client: Client): Promise<Venice.Balance> {
  if (!client.wallet) throw new Wallet.NoWalletError()
  const answer = await call(client, { path: `/x402/balance/${client.wallet.address}` })
  return valueOf(answer, Venice.Balance).data
}
