import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

import type { Spoken } from './words.js'

/** What a process tells when the answer to a paid call is on record, or the link that came late. */
export type Witness = { adopted: boolean; jobId: string; link: boolean; queueId?: string }

/** What is heard of a process while it works. */
export type Ears = {
  onWitness: (witness: Witness) => void
  /** Before it is carried out: a process may end in the middle of it. */
  onWord: (spoken: Spoken) => void
}

/** A process of the built package. */
export type Child = {
  /** Has it do something; `undefined` when it ended meanwhile. */
  ask<value>(plan: object, ears: Ears): Promise<value | undefined>
  /** Ends it as a power cut would, and resolves when it is gone. */
  kill(): Promise<void>
  /** Tells it the time. */
  tell(message: object | string): void
}

/** How long a process may take for one thing, in milliseconds. It is far more than any takes. */
const patience = 300_000

/**
 * Creates processes from one program. One that was not killed is used again, and one stands by, so
 * that nobody waits for a start.
 */
export function createPool(program: string) {
  const idle: Child[] = []
  const all = new Set<Child>()

  function start(): Child {
    const process_ = fork(program, {
      // In a group of its own: what ends the prover's ends none in the middle of its run.
      detached: true,
      env: { HOME: '/nonexistent', PATH: process.env['PATH'] },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const closed = once(process_, 'close')
    const child: Child = {
      ask: (plan, ears) => ask(process_, plan, ears),
      async kill() {
        all.delete(child)
        process_.kill('SIGKILL')
        await closed
      },
      tell(message) {
        if (process_.connected) process_.send(message, () => {})
      },
    }
    all.add(child)
    return child
  }

  return {
    async close(): Promise<void> {
      await Promise.all([...all].map((child) => child.kill()))
    },
    /** Has what a process of much experience has compiled kept for those to come. */
    compile: () => idle.at(-1)?.tell('compile'),
    /** Gives back a process that has nothing to do. */
    release(child: Child): void {
      idle.push(child)
    },
    /** Takes a process that stands by. */
    take(): Child {
      const child = idle.pop() ?? start()
      if (idle.length === 0) idle.push(start())
      return child
    },
  }
}

type Said = { error?: string; spoken?: Spoken; value?: string; witness?: Witness }

function ask<value>(child: ChildProcess, plan: object, ears: Ears): Promise<value | undefined> {
  return new Promise((resolve, reject) => {
    const late = () => done(() => reject(new Error(`a process hangs: ${JSON.stringify(plan)}`)))
    const timer = setTimeout(late, patience)
    const hear = ({ error, spoken, value, witness }: Said) => {
      if (witness) ears.onWitness(witness)
      else if (spoken) ears.onWord(spoken)
      else if (error !== undefined) done(() => reject(new Error(error)))
      else if (value !== undefined) done(() => resolve(JSON.parse(value) as value))
    }
    const end = () => done(() => resolve(undefined))
    const done = (settle: () => void) => {
      clearTimeout(timer)
      child.off('message', hear)
      child.off('close', end)
      settle()
    }
    child.on('message', hear)
    child.once('close', end)
    if (child.connected) child.send(plan, () => {})
    else end()
  })
}
