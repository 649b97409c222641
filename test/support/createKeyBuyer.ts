import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { z } from 'zod'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { createClient } from '../../src/client/createClient.js'
import { createZecchino } from '../../src/flows/createZecchino.js'
import type { Event } from '../../src/Event.js'
import * as Job from '../../src/Job.js'
import { accountOfKey } from '../../src/ledgers/accountOfKey.js'
import { sqliteLedger } from '../../src/ledgers/sqliteLedger.js'
import * as Network from '../../src/Network.js'
import * as Policy from '../../src/Policy.js'
import { quote } from '../../src/flows/quote.js'
import { watch } from '../../src/flows/watch.js'
import { control } from './createBuyer.js'
import { removeFolder } from './removeFolder.js'

/** A key that nobody else has. */
export function newKey(): string {
  return `test-${randomBytes(16).toString('hex')}`
}

/** How the sandbox calls the account behind a key. */
export function sandboxIdOf(apiKey: string): string {
  return `key:${createHash('sha256').update(apiKey).digest('hex').slice(0, 16)}`
}

/** What the sandbox knows about the account behind a key; requests are its own. */
export async function keyTruthOf(controlUrl: string, apiKey: string) {
  const state = (await (await fetch(`${controlUrl}/state`)).json()) as Record<
    'charges' | 'jobs' | 'refunds' | 'requests',
    Record<string, unknown>[]
  >
  const id = sandboxIdOf(apiKey)
  const own = (rows: Record<string, unknown>[]) => rows.filter(({ wallet }) => wallet === id)
  const requests = own(state.requests)
  return {
    charges: own(state.charges),
    jobs: own(state.jobs),
    queued: requests.filter(({ path }) => String(path).endsWith('/video/queue')),
    requests,
  }
}

/** An API key at work against a sandbox, with a ledger and a folder of its own until disposed. */
export async function createKeyBuyer(options: createKeyBuyer.Options) {
  const { apiUrl, controlUrl, credit = '20', key = newKey(), policy = {} } = options
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const ledger = await sqliteLedger({
    account: accountOfKey(apiUrl, key),
    path: join(home, 'ledger.sqlite'),
  })
  const events: Event[] = []
  const zecchino = createZecchino({
    client: createClient({
      apiKey: key,
      baseUrl: apiUrl,
      network: Network.networks['base-sepolia'],
      onEvent: (event) => events.push(event),
    }),
    ledger,
    outputDir: join(home, 'videos'),
    policy: Policy.Policy.parse({ ...Policy.defaults.sandbox, ...policy }),
    secret: Buffer.from(key),
  })
  const controls = control(controlUrl)
  if (credit !== '0') await controls.creditKey(key, credit)
  return {
    ...controls,
    events,
    home,
    key,
    ledger,
    zecchino,
    /** Buys a video and waits for its end. */
    async buy(request: object): Promise<Job.Job> {
      const { quote: made } = await quote(zecchino, request)
      const { job } = await buyVideo(zecchino, { quoteId: made.id })
      const until = ({ status }: Job.Job) => Job.isSettled(status)
      return watch(zecchino, { jobId: job.id, timeout: 50_000, until })
    },
    truth: () => keyTruthOf(controlUrl, key),
    async [Symbol.asyncDispose]() {
      await zecchino.close()
      if (options.home === undefined) removeFolder(home)
    },
  }
}

export declare namespace createKeyBuyer {
  type Options = {
    apiUrl: string
    controlUrl: string
    /** What the account holds, in USD; with '0' Venice does not know the key. @default '20' */
    credit?: string
    /** Kept when given, so that a second buyer can take over. */
    home?: string
    key?: string
    policy?: Partial<z.input<typeof Policy.Policy>>
  }
}
