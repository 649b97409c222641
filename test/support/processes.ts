import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

import { bundleWorker } from '../crash/bundleWorker.js'

/** What a process answered. */
export type Answer = {
  error?: { code?: string; constraint?: string; message: string; name: string }
  value?: unknown
}

/** Processes with ledgers of their own; started when they are first needed, ended when disposed. */
export function createProcesses() {
  const children: ChildProcess[] = []
  let sent = 0
  let worker: Promise<string> | undefined

  async function start(count: number): Promise<void> {
    worker ??= bundleWorker('test/ledgers/workers/ledger.mjs')
    const path = await worker
    const fresh = Array.from({ length: Math.max(0, count - children.length) }, () =>
      fork(path, { execArgv: [], serialization: 'advanced' }),
    )
    for (const child of fresh) child.setMaxListeners(0)
    children.push(...fresh)
    await Promise.all(fresh.map(ready))
  }

  function ask(child: ChildProcess, deed: string, options: unknown): Promise<Answer> {
    sent += 1
    const id = sent
    return new Promise((done, fail) => {
      const hear = (answer: Answer & { id: number }) => {
        if (answer.id !== id) return
        child.off('message', hear)
        child.off('exit', fail)
        done(answer)
      }
      child.on('message', hear)
      child.once('exit', fail)
      child.send({ deed, id, options })
    })
  }

  return {
    /** Has `count` processes do the same at the same time, each with options of its own. */
    async all(
      count: number,
      deed: 'call' | 'close' | 'open' | 'spend' | 'stop' | 'transact',
      optionsOf: (index: number) => unknown = () => ({}),
    ): Promise<Answer[]> {
      await start(count)
      const chosen = children.slice(0, count)
      return Promise.all(chosen.map((child, index) => ask(child, deed, optionsOf(index))))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return
          if (child.connected) child.disconnect()
          await once(child, 'exit')
        }),
      )
    },
  }
}

/** Waits for the first message; a process that ends before it is an error. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    const end = (code: number | null) => fail(new Error(`a process ended with ${code}`))
    child.once('exit', end)
    child.once('message', () => {
      child.off('exit', end)
      done()
    })
  })
}

/** The values of answers, none of which may be an error. */
export function valuesOf<value>(answers: readonly Answer[]): value[] {
  return answers.map(({ error, value }) => {
    if (error) throw new Error(`${error.name} ${error.code}: ${error.message}`)
    return value as value
  })
}
