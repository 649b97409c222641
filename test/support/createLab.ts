import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import type { z } from 'zod'

import { type Client, createClient } from '../../src/client/createClient.js'
import { createRpc } from '../../src/client/createRpc.js'
import type { Event } from '../../src/Event.js'
import { createZecchino, type WalletZecchino } from '../../src/flows/createZecchino.js'
import type * as Ledger from '../../src/Ledger.js'
import { accountOf } from '../../src/ledgers/accountOf.js'
import { sqliteLedger } from '../../src/ledgers/sqliteLedger.js'
import * as Network from '../../src/Network.js'
import * as Policy from '../../src/Policy.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { msToNoon } from '../crash/msToNoon.js'
import { control } from './createBuyer.js'
import { removeFolder } from './removeFolder.js'

/**
 * One wallet and ledger, any number of processes that share them, and a sandbox, all with one clock,
 * which a test moves on. Pauses of the processes follow that clock: what is due is due at once.
 */
export async function createLab(options: object = {}) {
  let ahead = 0
  const now = () => new Date(Date.now() + ahead)
  ahead = msToNoon(now()) // so that no budget's day ends in the middle
  const sandbox = await listenSandbox({ limits: 'none', now, speed: 400, ...options })
  const { apiUrl, controlUrl } = sandbox
  const home = mkdtempSync(join(tmpdir(), 'zecchino-lab-'))
  const key = randomBytes(32).toString('hex')
  const network = Network.networks['base-sepolia']
  const wallet = privateKeyWallet(key)
  const path = join(home, 'ledger.sqlite')
  const open: WalletZecchino[] = []

  /** A pause that ends when the clock says so, whoever moves it. */
  async function pause(ms: number, signal: AbortSignal | undefined, ref: boolean): Promise<void> {
    const end = now().getTime() + ms
    signal?.throwIfAborted()
    while (now().getTime() < end) {
      const left = Math.max(Math.min(end - now().getTime(), 10), 1)
      await setTimeout(left, undefined, { ref, ...(signal && { signal }) })
    }
  }

  const flight = { open: 0 }
  /** Moves the clock on once what was asked is answered: a slow machine is not an outage. */
  async function tick(ms: number): Promise<void> {
    await setTimeout(10)
    // Not for ever: some requests are to hang.
    for (let waits = 0; flight.open > 0 && waits < 200; waits += 1) await setTimeout(10)
    ahead += ms
  }

  return {
    ...control(controlUrl),
    address: wallet.address,
    advance: (ms: number) => void (ahead += ms),
    controlUrl,
    home,
    now,
    /** A process: its own client, worker and handle of the ledger. */
    async process(options: ProcessOptions = {}) {
      const { clock = 0, onEvent, policy = {}, wrapClient = same, wrapLedger = same } = options
      const account = accountOf(network, wallet.address)
      const zecchino = createZecchino({
        client: wrapClient(
          createClient({
            baseUrl: apiUrl,
            idle: (ms, signal) => pause(ms, signal, false),
            network,
            now: () => new Date(now().getTime() + clock),
            ...(onEvent && { onEvent }),
            sleep: (ms, signal) => pause(ms, signal, true),
            tap: (fetch) => async (url, init) => {
              flight.open += 1
              try {
                return await fetch(url, init)
              } finally {
                flight.open -= 1
              }
            },
            wallet,
          }),
        ),
        ledger: wrapLedger(await sqliteLedger({ account, now, path })),
        outputDir: join(home, 'videos'),
        policy: Policy.Policy.parse({ ...Policy.defaults.sandbox, ...policy }),
        rpc: options.rpc ?? createRpc({ url: `${controlUrl}/rpc` }),
        secret: Buffer.from(key, 'hex'),
      }) as WalletZecchino
      open.push(zecchino)
      return zecchino
    },
    /**
     * Moves the clock on in steps of real time, until something is the case or so many minutes have
     * passed. Answers with the minutes that it took, or nothing.
     */
    async pass(options: { minutes: number; until: () => Promise<boolean> }) {
      const began = now().getTime()
      const passed = () => (now().getTime() - began) / 60_000
      while (passed() <= options.minutes) {
        if (await options.until()) return passed()
        await tick(250)
      }
      return undefined
    },
    tick,
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(open.map((one) => one.close()))
      await sandbox.close()
      removeFolder(home)
    },
  }
}

type ProcessOptions = {
  /** How far ahead its machine's clock is, in milliseconds; the ledger has one of its own. @default 0 */
  clock?: number
  onEvent?: (event: Event) => void
  policy?: Partial<z.input<typeof Policy.Policy>>
  /** @default that of the sandbox */
  rpc?: createZecchino.Options['rpc']
  wrapClient?: (client: Client) => Client
  wrapLedger?: (ledger: Ledger.Ledger) => Ledger.Ledger
}

const same = <value>(value: value) => value
