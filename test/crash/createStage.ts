import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { expect } from 'vitest'

import { listenSandbox } from '../../src/sandbox/index.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { control } from '../support/createBuyer.js'
import { sandboxIdOf } from '../support/createKeyBuyer.js'
import { cleanEnv } from '../support/runCli.js'
import { bundleWorker } from './bundleWorker.js'
import { expectFiles, expectHonest, type Told, truthOf } from './expectHonest.js'
import { msToNoon } from './msToNoon.js'
import { request } from './requests.js'
import { removeFolder } from '../support/removeFolder.js'

/** Where a process ends: around a call, of those whose arguments fit. */
export type Point = {
  call: string
  match?: Record<string, unknown>
  /** @default 'SIGKILL' */
  signal?: 'SIGKILL' | 'SIGSTOP'
  skip?: number
  /** @default 'after' */
  when?: 'after' | 'before' | 'during'
}

/** Who buys: a wallet that holds USDC, or an API key with so much behind it. */
type Scene = { apiKey?: string; faults?: object[]; usdc?: string }

/** What a process that lived on tells; how long a job that needed somebody had nobody, at most. */
export type Outlived = Told & {
  leftAloneMinutes: number
  outcomes: { code?: string; status?: string }[]
}

const worker = await bundleWorker()

/** A process of the built package. */
export function startProcess() {
  const child: ChildProcess = fork(worker, {
    env: cleanEnv(),
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  return {
    child,
    closed,
    /** Has it do something, and resolves with what it answers. */
    async ask<answer>(plan: object): Promise<answer> {
      child.send(plan)
      const [answer] = (await Promise.race([
        once(child, 'message'),
        closed.then((end) => [{ error: `the process ended: ${end.join()}` }]),
      ])) as [{ error?: string; value: string }]
      if (answer.error !== undefined) throw new Error(answer.error)
      return JSON.parse(answer.value) as answer
    },
    async end() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

/** A sandbox, and a process that comes after every crash. */
export async function createStage() {
  const sandbox = await listenSandbox({ limits: 'none', speed: 400 })
  const { apiUrl, controlUrl } = sandbox
  const recoverer = startProcess()

  return {
    async close() {
      await recoverer.end()
      await sandbox.close()
    },
    /** A wallet with USDC and a home of its own, and what goes wrong around it. */
    async scene({ apiKey, faults = [], usdc = '20' }: Scene = {}) {
      const home = mkdtempSync(join(tmpdir(), 'zecchino-crash-'))
      const key = randomBytes(32).toString('hex')
      const address = apiKey ? sandboxIdOf(apiKey) : privateKeyWallet(key).address
      const place = { apiKey, apiUrl, controlUrl, home, key }
      const sandboxControl = control(controlUrl)
      await sandboxControl.advance(msToNoon(await sandboxControl.time()))
      if (apiKey) await sandboxControl.creditKey(apiKey, usdc)
      else if (usdc !== '0') await sandboxControl.fund(address, usdc)
      await sandboxControl.fault(...faults)
      const truth = async () => truthOf(controlUrl, address)

      return {
        ...sandboxControl,
        address,
        home,
        place,
        /** Nonces of the payments that were signed, by whichever process. */
        signed(): string[] {
          const path = join(home, 'signed')
          return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
        },
        truth,
        /** Buys, in a process that dies at a point, and lets its lease run out. */
        async kill(point: Point, plan: object = {}): Promise<void> {
          const { ask, closed } = startProcess()
          const answer = ask({ deed: 'buy', point, requests: [request], ...place, ...plan })
          await expect(answer).rejects.toThrow('the process ended')
          expect(await closed).toEqual([null, 'SIGKILL'])
          await sandboxControl.advance(20_000)
        },
        /** A process that was there before, and lives on. */
        async live(plan: object = {}) {
          const { ask, end } = startProcess()
          await ask({ deed: 'live', ...place, ...plan })
          return {
            /** Has it buy, and go on until nothing is left to do, while time passes. */
            async outlive(
              options: { minutes?: number; requests?: object[] } = {},
            ): Promise<Outlived> {
              const over = new AbortController()
              const deed = { deed: 'outlive', minutes: 10, ...place, ...plan, ...options }
              const outlived = ask<Outlived>(deed).finally(() => over.abort())
              while (!over.signal.aborted) {
                await sandboxControl.advance(1_000)
                await Promise.race([outlived, setTimeout(50)])
              }
              expectHonest({ told: await outlived, truth: await truth() })
              expectFiles(home, await outlived)
              return outlived
            },
            [Symbol.asyncDispose]: end,
          }
        },
        /** Does something in a process without any strings attached. */
        run: async (
          plan: object,
        ): Promise<Told & { outcomes: { code?: string; status?: string }[] }> =>
          recoverer.ask({ ...place, ...plan }),
        /**
         * Recovers twice. Whatever happened before: nothing was paid twice, the file is whole or
         * absent, and the second recovery finds nothing to do.
         */
        async recover(plan: object = {}): Promise<Told> {
          const { first, second } = await recoverer.ask<{ first: Told; second: Told }>({
            deed: 'recover',
            ...place,
            ...plan,
          })
          expect(second).toEqual(first)
          expectHonest({ told: first, truth: await truth() })
          expectFiles(home, first)
          return first
        },
        async [Symbol.asyncDispose]() {
          await fetch(`${controlUrl}/faults`, { method: 'DELETE' })
          removeFolder(home)
        },
      }
    },
  }
}
