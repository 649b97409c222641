import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { privateKeyWallet } from '../../../src/wallets/privateKeyWallet.js'
import type { viewState } from '../../../src/sandbox/viewState.js'
import { createHosts } from './createHosts.js'
import { createPool } from './createPool.js'
import type { Plan } from './planOf.js'
import { removeFolder } from '../../support/removeFolder.js'

/** The truth: all that the sandbox knows. */
export type Truth = Awaited<ReturnType<typeof viewState>>

/** A sandbox of its own, with the processes that buy there, one run after the other. */
export type Lane = Awaited<ReturnType<typeof createLane>>

/**
 * How long before a run begins its wallet was given the credit that it has at the start, in milliseconds:
 * before a buyer's day by any clock, so that it is nobody's, however late it shows.
 */
export const earlier = 16 * 60_000

/** Where the ledgers of a run are. */
export type Engine = { name: 'postgres'; schema: string; url: string } | { name: 'sqlite' }

/**
 * Creates a lane. Its sandbox is the built one, with the limits of Venice; a run starts at noon,
 * so that no day ends while time flies.
 */
export async function createLane(options: createLane.Options) {
  const { engine, programs, speed } = options
  const { listenSandbox } = (await import(
    pathToFileURL(resolve('dist/sandbox/index.js')).href
  )) as typeof import('../../../src/sandbox/index.js')
  const noon = new Date().setUTCHours(12, 0, 0, 0)
  let begin = Date.now()
  const now = () => new Date(noon + Date.now() - begin)
  const sandbox = await listenSandbox({ now, speed })
  const { apiUrl, controlUrl } = sandbox
  const hosts = createHosts(programs.host)
  const pool = createPool(programs.worker)
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-prove-'))

  const control = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetch(controlUrl + path, {
      ...(body !== undefined && { body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
      method,
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response
  }
  const state = async (requests?: number) => {
    const query = requests === undefined ? '' : `?requests=${requests}`
    return (await (await control('GET', `/state${query}`)).json()) as Truth
  }

  const video = async (queueId: string): Promise<string | undefined> => {
    const response = await fetch(`${controlUrl}/videos/${queueId}`)
    if (response.status !== 200) return undefined
    return createHash('sha256')
      .update(Buffer.from(await response.arrayBuffer()))
      .digest('hex')
  }

  return {
    /** The world's time, which nobody but its owner moves on. */
    clock: {
      /** What has to be added to the system's time, in milliseconds. */
      ahead: () => noon - begin,
      noon,
      /** Milliseconds since the run began. */
      now: () => Date.now() - begin,
      /** The same for a time of the world. */
      since: (time: number) => time - noon,
      skip(ms: number) {
        begin -= ms
      },
    },
    async close() {
      await hosts.close()
      await pool.close()
      await sandbox.close()
      removeFolder(folder)
    },
    control,
    /** Takes away what a run has left on disk. */
    forget: (home: string) => removeFolder(home),
    hosts,
    pool,
    /** Empties the sandbox for a run, and makes its wallet. */
    async prepare({ credit, dimension, faults, pinned, policy, run, seed }: Plan) {
      begin = Date.now() + earlier
      await control('POST', '/reset')
      const home = join(folder, `${dimension}-${run}`)
      mkdirSync(home)
      const key = createHash('sha256').update(`${seed}:${dimension}:${run}:key`).digest('hex')
      const { address } = privateKeyWallet(key)
      await control('POST', '/fund', { address, usdc: '20' })
      if (credit !== '0') await control('POST', '/credit', { address, usd: credit })
      begin = Date.now()
      await control('POST', '/faults', faults)
      const postgres =
        engine.name === 'postgres' ? { schema: engine.schema, url: engine.url } : undefined
      return {
        address: address.toLowerCase(),
        home,
        /** What a process has to know. */
        place: {
          apiUrl,
          controlUrl,
          home,
          key,
          naps: 12,
          policy: { ...policy, ...(pinned && { payTo: sandbox.payTo }) },
          ...(postgres && { postgres }),
        },
      }
    },
    state,
    /** sha256 of the video that the sandbox made for a job. */
    video,
    /** The same of all jobs, by queue id. */
    async videosOf({ jobs }: Truth): Promise<Map<string, string>> {
      const videos = new Map<string, string>()
      for (const { queue_id: id } of jobs) {
        const sha256 = await video(id)
        if (sha256) videos.set(id, sha256)
      }
      return videos
    },
  }
}

export declare namespace createLane {
  type Options = {
    engine: Engine
    /** What the processes run: one for a deed, and one that stays. */
    programs: Record<'host' | 'worker', string>
    /** How much faster than Venice its jobs are. */
    speed: number
  }
}
