import { join } from 'node:path'

import type { Client } from '../client/createClient.js'
import type { Wire as Rpc } from '../client/createRpc.js'
import type { Seal, Secret } from '../internal/createSeal.js'
import type * as Ledger from '../Ledger.js'
import type * as Network from '../Network.js'
import * as Policy from '../Policy.js'
import * as Wallet from '../Wallet.js'
import { createSweeper } from './createSweeper.js'
import { bringPolicy } from './bringPolicy.js'
import { checkSent } from './checkSent.js'
import { createWorker, type Worker } from './createWorker.js'
import { recover } from './recover.js'
import { sealOf } from './sealOf.js'

/**
 * Everything a purchase needs: a client with credentials, a ledger, and the owner's policy. What
 * tops up, or reads the provider's rows, takes only a {@link WalletZecchino}.
 */
export type Zecchino = KeyZecchino | WalletZecchino

/** The wallet pays: from prepaid credit that it tops up, and that Venice accounts for row by row. */
export type WalletZecchino = Base & {
  readonly payer: 'wallet'
  /** The first of `rpcs`. */
  readonly rpc: Rpc | undefined
  /** Nodes of the chain that have to agree before anything is proven. */
  readonly rpcs: readonly Rpc[]
  readonly wallet: Wallet.Wallet
}

/** The account behind an API key pays. It shows neither credit nor rows, and takes no payment. */
export type KeyZecchino = Base & { readonly payer: 'key' }

type Base = {
  /** Folder of the answers to paid calls that are not on the ledger yet, one in it per wallet. */
  readonly answersDir: string
  /** Rules of `policy` that somebody chose; the others are defaults. */
  readonly chosen: readonly Policy.Key[]
  readonly client: Client
  close(): Promise<void>
  readonly ledger: Ledger.Ledger
  readonly network: Network.Network
  /** Absolute path of the folder that finished videos go to. */
  readonly outputDir: string
  /** What this process was given. What is in force may be less: `policyOf` tells. */
  readonly policy: Policy.Policy
  /**
   * Resolves once what an earlier process left behind is settled; spending waits for it. From the
   * first call on, what other processes leave is taken up as well, and a failure is tried again.
   */
  ready(): Promise<void>
  readonly seal: Seal
  readonly worker: Worker
}

/**
 * Puts a wallet to work, or an API key where there is no wallet. Nothing is read, signed or sent
 * until a flow is called.
 *
 * @example
 * ```ts
 * const zecchino = createZecchino({ client, ledger, outputDir, policy, secret })
 * const { quote: found } = await quote(zecchino, { model, prompt, duration: '5s' })
 * const { job } = await buyVideo(zecchino, { quoteId: found.id })
 * ```
 * @throws {@link Wallet.NoWalletError} when the client has neither.
 */
export function createZecchino(options: createZecchino.Options): Zecchino {
  const { chosen = Policy.keys, client, ledger, outputDir, policy, secret } = options
  const rpcs = [options.rpc ?? []].flat()
  const { network, wallet } = client
  if (!wallet && !client.hasKey) throw new Wallet.NoWalletError()

  let recovery: Promise<void> | undefined
  const zecchino: Zecchino = {
    answersDir: options.answersDir ?? join(ledger.folder ?? outputDir, 'answers'),
    chosen,
    client,
    async close() {
      const swept = sweeper.close()
      await worker.close()
      await Promise.allSettled([client.close(), ...rpcs.map((rpc) => rpc.close())])
      await swept // its requests have ended with their connections
      await ledger.close()
    },
    ledger,
    network,
    outputDir,
    policy,
    ready() {
      sweeper.start()
      recovery ??= begin(zecchino).catch((error: unknown) => {
        recovery = undefined
        throw error
      })
      return recovery
    },
    seal: sealOf(secret),
    ...(wallet ? { payer: 'wallet', rpc: rpcs[0], rpcs, wallet } : { payer: 'key' }),
    get worker() {
      return worker
    },
  }
  const worker = createWorker(zecchino)
  const sweeper = createSweeper(zecchino)
  return zecchino
}

/** Says what this process allows before anything is spent, and takes up what was left behind. */
async function begin(zecchino: Zecchino): Promise<void> {
  await checkSent(zecchino)
  await bringPolicy(zecchino)
  await recover(zecchino)
}

export declare namespace createZecchino {
  type Options = Pick<Zecchino, 'client' | 'ledger' | 'outputDir' | 'policy'> & {
    /**
     * Folder on a disk of this machine, where the answer to a paid call is kept, sealed, until the
     * ledger has it; the same at each start. @default `answers`, beside the ledger's file or, where it
     * has none, in the output folder
     */
    answersDir?: string | undefined
    /**
     * Rules of the policy that somebody chose. The others are defaults: they give way to what the
     * owner has put on the ledger. @default all of them
     */
    chosen?: readonly Policy.Key[] | undefined
    /**
     * Reads the chain, for proof of a wallet's payments; of several nodes all have to agree. Without
     * one some payments stay unknown until the owner decides.
     */
    rpc?: Rpc | readonly Rpc[] | undefined
    /**
     * At least 16 secret bytes, the same at each start: seals payments and links in the ledger. Of
     * several the first seals, and each opens.
     */
    secret: Secret
  }
}
