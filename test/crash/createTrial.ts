import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import type { z } from 'zod'

import { createClient } from '../../src/client/createClient.js'
import { createRpc } from '../../src/client/createRpc.js'
import * as Errors from '../../src/Errors.js'
import { buyVideo } from '../../src/flows/buyVideo.js'
import { createZecchino } from '../../src/flows/createZecchino.js'
import { quote } from '../../src/flows/quote.js'
import { watch } from '../../src/flows/watch.js'
import * as Job from '../../src/Job.js'
import type * as Ledger from '../../src/Ledger.js'
import { accountOf } from '../../src/ledgers/accountOf.js'
import { sqliteLedger } from '../../src/ledgers/sqliteLedger.js'
import * as Network from '../../src/Network.js'
import * as Policy from '../../src/Policy.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { control } from '../support/createBuyer.js'
import { expectFiles, expectHonest, truthOf, type Told } from './expectHonest.js'
import { msToNoon } from './msToNoon.js'
import { request } from './requests.js'
import { removeFolder } from '../support/removeFolder.js'

/**
 * A buyer and a sandbox with one clock, which every pause moves on: half an hour of patience is
 * over in a second. Rates are those of Venice.
 */
export async function createTrial() {
  let ahead = 0
  const now = () => new Date(Date.now() + ahead)
  const sandbox = await listenSandbox({ now, speed: 400 })
  const { apiUrl, controlUrl } = sandbox

  return {
    close: () => sandbox.close(),
    controlUrl,
    payTo: sandbox.payTo,
    /** A wallet with USDC, a ledger and a folder of its own. */
    async buyer(options: Options = {}) {
      const { faults = [], policy = {}, usdc = '20', wrap = (ledger) => ledger } = options
      ahead += msToNoon(now())
      const home = mkdtempSync(join(tmpdir(), 'zecchino-trial-'))
      const key = randomBytes(32).toString('hex')
      const network = Network.networks['base-sepolia']
      const wallet = privateKeyWallet(key)
      let outputDir = join(home, 'videos')
      const open = async () =>
        createZecchino({
          client: createClient({
            baseUrl: apiUrl,
            network,
            now,
            async sleep(ms, signal) {
              await setTimeout(Math.min(ms / 10, 25), undefined, signal && { signal })
              ahead += ms
            },
            wallet,
          }),
          ledger: wrap(
            await sqliteLedger({
              account: accountOf(network, wallet.address),
              now,
              path: join(home, 'ledger.sqlite'),
            }),
          ),
          outputDir,
          policy: Policy.Policy.parse({ ...Policy.defaults.sandbox, ...policy }),
          rpc: createRpc({ url: `${controlUrl}/rpc` }),
          secret: Buffer.from(key, 'hex'),
        })
      let zecchino = await open()
      const sandboxControl = control(controlUrl)
      if (usdc !== '0') await sandboxControl.fund(wallet.address, usdc)
      await sandboxControl.fault(...faults)
      const truth = async () => truthOf(controlUrl, wallet.address)

      return {
        ...sandboxControl,
        address: wallet.address,
        /** Lets time pass. */
        advance(ms: number) {
          ahead += ms
        },
        /** Buys a video and waits for its end, or for the error that keeps it from one. */
        async buy(wanted: object = request): Promise<{ code?: Errors.Code; job?: Job.Job }> {
          let id = ''
          try {
            const { quote: made } = await quote(zecchino, wanted)
            id = (await buyVideo(zecchino, { quoteId: made.id })).job.id
            const until = ({ status }: Job.Job) => status === 'cleaned'
            const job = await watch(zecchino, { jobId: id, timeout: 25_000, until })
            return { job }
          } catch (error) {
            const job = await zecchino.ledger.findJob(id)
            return { code: Errors.from(error).code, ...(job && { job }) }
          }
        },
        home,
        get ledger() {
          return zecchino.ledger
        },
        /** Asks once more where a job stands, as `video_retrieve` does. */
        look: (jobId: string) =>
          watch(zecchino, { jobId, timeout: 0, until: ({ status }) => Job.isSettled(status) }),
        /** Starts anew, as after the end of the process, perhaps with another output folder. */
        async restart(folder = outputDir) {
          await zecchino.close()
          outputDir = folder
          zecchino = await open()
          await zecchino.ready()
        },
        truth,
        /** Waits until the first job is so. */
        async until(isIt: (job: Job.Job) => boolean): Promise<Job.Job> {
          for (;;) {
            const [job] = await zecchino.ledger.jobs()
            if (job && isIt(job)) return job
            await setTimeout(20)
          }
        },
        get zecchino() {
          return zecchino
        },
        async [Symbol.asyncDispose]() {
          // Whatever went wrong, it is not allowed to have cost money twice.
          const { ledger } = zecchino
          const jobs = await ledger.jobs()
          const payments = await ledger.payments()
          const told = JSON.parse(JSON.stringify({ jobs, payments }, text)) as Told
          expectHonest({ told, truth: await truth() })
          if (jobs.every(({ status }) => Job.isSettled(status))) expectFiles(home, told)
          await fetch(`${controlUrl}/faults`, { method: 'DELETE' })
          await zecchino.close()
          removeFolder(home)
        },
      }
    },
  }
}

type Options = {
  faults?: readonly object[]
  policy?: Partial<z.input<typeof Policy.Policy>>
  /** What the wallet holds on the chain. @default '20' */
  usdc?: string
  wrap?: (ledger: Ledger.Ledger) => Ledger.Ledger
}

const text = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)
