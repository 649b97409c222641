import { call, valueOf } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import { walletOf } from '../client/walletOf.js'
import * as Venice from '../Venice.js'

/** Reads the wallet's prepaid credit at Venice, in micro-dollars. Signed in, free. */
export async function getBalance(client: Client): Promise<Venice.Balance> {
  const { address } = walletOf(client, 'balance')
  const answer = await call(client, { path: `/x402/balance/${address}` })
  return valueOf(answer, Venice.Balance).data
}
