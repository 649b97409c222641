import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createClient } from '../../src/client/createClient.js'
import { createRpc } from '../../src/client/createRpc.js'
import type { Event } from '../../src/Event.js'
import { createZecchino } from '../../src/flows/createZecchino.js'
import { accountOf } from '../../src/ledgers/accountOf.js'
import { sqliteLedger } from '../../src/ledgers/sqliteLedger.js'
import * as Network from '../../src/Network.js'
import * as Policy from '../../src/Policy.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import type { z } from 'zod'
import { removeFolder } from './removeFolder.js'

/** A wallet at work against an API, with a ledger and folders of its own until disposed. */
export async function createBuyer(options: createBuyer.Options) {
  const { apiUrl, key = randomBytes(32).toString('hex'), now, policy = {}, rpc = true } = options
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const { network = Network.networks['base-sepolia'] } = options
  const wallet = privateKeyWallet(key)
  const ledger = await sqliteLedger({
    account: accountOf(network, wallet.address),
    now,
    path: join(home, 'ledger.sqlite'),
  })
  const events: Event[] = []
  const zecchino = createZecchino({
    client: createClient({
      baseUrl: apiUrl,
      network,
      ...(now && { now }),
      onEvent: (event) => events.push(event),
      wallet,
      ...options.client,
    }),
    ledger,
    outputDir: join(home, 'videos'),
    policy: Policy.Policy.parse({ ...Policy.defaults.sandbox, ...policy }),
    rpc: rpc ? createRpc({ url: new URL('/__sandbox/rpc', apiUrl).href }) : undefined,
    secret: Buffer.from(key, 'hex'),
  })
  if (zecchino.payer === 'key') throw new Error('it has a wallet')
  return {
    address: wallet.address,
    events,
    home,
    key,
    zecchino,
    async [Symbol.asyncDispose]() {
      await zecchino.close()
      if (options.home === undefined) removeFolder(home)
    },
  }
}

export declare namespace createBuyer {
  type Options = {
    apiUrl: string
    /** Kept when given, so that a second buyer can take over. */
    home?: string
    key?: string
    /** @default Base Sepolia */
    network?: Network.Network
    /** The clock of client and ledger. */
    now?: () => Date
    policy?: Partial<z.input<typeof Policy.Policy>>
    rpc?: boolean
    /** Puts something else in place of the client's own time and wire. */
    client?: Pick<createClient.Options, 'now' | 'sleep' | 'tap' | 'wallet'>
  }
}

/** Talks to a sandbox's control API, as anyone may. */
export function control(controlUrl: string) {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(controlUrl + path, {
      body: JSON.stringify(body),
      // A connection that waited may meet the server's goodbye.
      headers: { connection: 'close', 'content-type': 'application/json' },
      method: 'POST',
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }
  return {
    advance: (ms: number) => post('/time', { advance_ms: ms }),
    credit: (address: string, usd: string) => post('/credit', { address, usd }),
    creditKey: (key: string, usd: string) => post('/credit', { api_key: key, usd }),
    fault: (...faults: object[]) => post('/faults', faults),
    fund: (address: string, usdc: string) => post('/fund', { address, usdc }),
    revokeConsents: (address: string) => post('/revoke-consents', { address }),
    async state() {
      return (await (await fetch(`${controlUrl}/state`)).json()) as State
    },
    async time() {
      const { now } = (await (await fetch(`${controlUrl}/time`)).json()) as { now: string }
      return new Date(now)
    },
  }
}

/** The part of the sandbox's state that tests look at. */
export type State = {
  chain: { balances: Record<string, string>; transfers: { to: string; from: string }[] }
  charges: { amount_usd: string; queue_id: string }[]
  jobs: { media: string; model: string; queue_id: string; status: string }[]
  refunds: { amount_usd: string }[]
  requests: { path: string; sign_in_nonce?: string; status: number; verdict: string }[]
  settlements: { amount_usd: string; credited: boolean; nonce: string; presented: number }[]
  wallets: { address: string; credit_usd: string; usdc: string }[]
}
