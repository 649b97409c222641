import { createClient } from '../../src/client/createClient.js'
import type { Event } from '../../src/Event.js'
import * as Network from '../../src/Network.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'

export const key = 'c4'.repeat(32)
export const wallet = privateKeyWallet(key)
export const network = Network.networks['base-sepolia']

/** A client with a wallet that pauses for no time, and keeps its events and pauses. */
export function clientOf(url: string, options: createClient.Options = {}) {
  const events: Event[] = []
  const pauses: number[] = []
  const client = createClient({
    baseUrl: `${url}/api/v1`,
    network,
    onEvent: (event) => events.push(event),
    sleep: async (ms) => void pauses.push(ms),
    wallet,
    ...options,
  })
  return { ...client, events, pauses, [Symbol.asyncDispose]: client.close }
}

/** The proof in a request's sign-in header. */
export function proofOf(seen: { headers: NodeJS.Dict<string | string[]> }) {
  const header = String(seen.headers['sign-in-with-x'])
  return JSON.parse(Buffer.from(header, 'base64').toString()) as {
    address: string
    message: string
  }
}

/** One line of a sign-in's text, such as `Nonce`. */
export function fieldOf(seen: { headers: NodeJS.Dict<string | string[]> }, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'm').exec(proofOf(seen).message)?.[1] ?? ''
}
