import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

import type { Point } from '../../crash/createStage.js'
import type { Witness } from './createPool.js'
import type { Onset } from './livePlan.js'
import type { Outcome } from './play.js'
import { timeFileOf } from './timeFileOf.mjs'
import type { Trouble } from './trouble.js'
import type { Spoken } from './words.js'

/** What a host did: its value, or the error that came of it. */
export type Deed<value> = Outcome & { value?: value }

/** How a process has ended, and the last that it wrote on its way. */
export type End = { code: number | null; signal: NodeJS.Signals | null; stderr: string }

/** A process that stays, and whose time its parent moves on. */
export type Host = {
  /** Has it die at a point, or stop, or a trouble begin; at none that it has not come to: `null`. */
  arm(point: Onset | Point | null): void
  /** Closes the wallet as a server does that is asked to end. */
  close(): Promise<void>
  /** What it is at, in words. */
  describe(): string
  /** Has it do something; `undefined` when it is closed or dies meanwhile. */
  do<value>(deed: string, options?: object): Promise<Deed<value> | undefined>
  /** How it has ended, once it is dead. */
  readonly end: End | undefined
  readonly isAlive: boolean
  /** Whether a signal has stopped it. */
  readonly isStopped: boolean
  /** Ends the process, and resolves when it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>
  /** Opens the wallet. `false` when it dies meanwhile. */
  open(place: object): Promise<boolean>
  /** Lets one go on that has stopped, by the time that it is. */
  resume(ahead: number): void
  /** Sets how far its clocks are off, in milliseconds. */
  setClocks(off: { client?: number; ledger?: number }): void
  /** Sets what is wrong with its disk and its ledger, by name. */
  setTroubles(troubles: Record<string, Trouble>): void
  /** Moves its time on. */
  setTime(ahead: number): void
  /** Resolves when there is nothing left to do but to wait, with the time until then; or it is dead. */
  settle(): Promise<void>
  /** Real time, as `Date.now()` plus `ahead`, at which it has to be woken; `Infinity`: never. */
  readonly wake: number
}

/** What hosts tell while they work. */
export type Ears = {
  onMove: (move: { jobId: string; to: string }) => void
  /** It is where a trouble begins; it goes on when that has begun. */
  onOnset: (trouble: string) => Promise<void>
  onWitness: (witness: Witness) => void
  /** What the owner is shown, before their word is carried out; its number is the parent's. */
  onWord: (spoken: Shown) => void
}

/** A word of the owner's, as a process knows it, which has no time of its own. */
export type Shown = Omit<Spoken, 'code' | 'from' | 'to'> & { number: number }

type Said = {
  done?: { id: number; outcome: string }
  ended?: { error?: string; name: string }
  idle?: { epoch: number; wake: number | null }
  moved?: { jobId: string; to: string }
  onset?: string
  spoken?: Shown
  witness?: Witness
}

/** How long a host may take until it waits, in milliseconds. It is far more than any takes. */
const patience = 120_000

/** How much of what a host writes to stderr is kept, in characters. */
const most = 4_000

/** Creates hosts from one program. One that was closed is used again, and one stands by. */
export function createHosts(program: string) {
  const idle: ChildProcess[] = []
  const all = new Set<ChildProcess>()

  function start(): ChildProcess {
    const child = fork(program, {
      // In a group of its own: what ends the prover's ends none in the middle of its run.
      detached: true,
      env: { HOME: '/nonexistent', PATH: process.env['PATH'] },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    all.add(child)
    child.once('close', () => all.delete(child))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      written.set(child, ((written.get(child) ?? '') + text).slice(-most))
    })
    return child
  }

  return {
    async close(): Promise<void> {
      await Promise.all(
        [...all].map(async (child) => {
          child.kill('SIGKILL')
          await closingOf(child)
        }),
      )
    },
    /** Has what a process of much experience has compiled kept for those to come. */
    compile: () => idle.at(-1)?.send('compile'),
    release(host: Host): void {
      const child = children.get(host)
      if (child && host.isAlive) idle.push(child)
    },
    take(ears: Ears): Host {
      const child = idle.pop() ?? start()
      if (idle.length === 0) idle.push(start())
      const host = hostOf(child, ears)
      children.set(host, child)
      return host
    },
  }
}

const children = new WeakMap<Host, ChildProcess>()
/** The last that each has written to stderr. */
const written = new WeakMap<ChildProcess, string>()
const closings = new WeakMap<ChildProcess, Promise<unknown>>()

/** Resolves when a process is gone; one promise for all who have it, one after the other. */
function closingOf(child: ChildProcess): Promise<unknown> {
  const known = closings.get(child) ?? once(child, 'close')
  closings.set(child, known)
  return known
}

function endOf(child: ChildProcess): End {
  const { exitCode: code, signalCode: signal } = child
  return { code, signal, stderr: written.get(child) ?? '' }
}

/** The same in words. */
export const wordsOf = ({ code, signal, stderr }: End): string =>
  `exit code ${code}, signal ${signal}, stderr: ${stderr.trim() || 'nothing'}`

/** Whether the system says that it is stopped. */
function isStoppedBySignal({ pid }: ChildProcess): boolean {
  try {
    return / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, ''))
  } catch {
    return false
  }
}

function hostOf(child: ChildProcess, ears: Ears): Host {
  let alive = child.exitCode === null && child.signalCode === null
  let [epoch, wake] = [0, Infinity]
  let waiting: (() => void) | undefined
  /** One for all who wait for it to come to rest. */
  let resting: Promise<void> | undefined
  const gone = closingOf(child)
  const deeds = new Map<number, (outcome: string | undefined) => void>()
  /** What it was asked for, and has not done yet. */
  const names = new Map<number, string>()
  const ends = new Map<string, (error: string | undefined) => void>()
  let ids = 0
  let [isIdle, isStopped, mayStop] = [false, false, false]

  const hear = ({ done, ended, idle, moved, onset, spoken, witness }: Said) => {
    if (moved) ears.onMove(moved)
    if (spoken) ears.onWord(spoken)
    if (witness) ears.onWitness(witness)
    if (onset !== undefined) void ears.onOnset(onset).then(() => tell({ go: true }))
    if (done) {
      deeds.get(done.id)?.(done.outcome)
      deeds.delete(done.id)
    }
    if (ended) {
      ends.get(ended.name)?.(ended.error)
      ends.delete(ended.name)
    }
    if (!idle || idle.epoch !== epoch) return
    wake = idle.wake ?? Infinity
    isIdle = true
    waiting?.()
  }
  child.on('message', hear)
  void gone.then(() => {
    alive = false
    child.off('message', hear)
    forget()
    for (const end of ends.values()) end('it has died')
    waiting?.()
  })

  /** Says something, after which it has to come to rest anew. */
  function tell(message: object): void {
    epoch += 1
    isIdle = false
    if (child.connected) child.send({ time: { ahead, epoch }, ...message }, () => {})
  }
  let ahead = 0

  /** Those who wait for a deed do so in vain. */
  function forget(): void {
    for (const end of deeds.values()) end(undefined)
    deeds.clear()
  }

  async function command(message: object, name: string): Promise<boolean> {
    if (!alive) return false
    const end = new Promise<string | undefined>((resolve) => ends.set(name, resolve))
    tell(message)
    const error = await end
    if (error !== undefined && alive) throw new Error(error)
    return alive
  }

  return {
    arm(point) {
      mayStop = point !== null && 'signal' in point && point.signal === 'SIGSTOP'
      tell({ arm: point })
    },
    async close() {
      await command({ close: true }, 'close')
      child.off('message', hear)
      forget()
      waiting?.() // nothing more is heard of it
    },
    describe() {
      if (!alive) return `it has ended: ${wordsOf(endOf(child))}`
      const asked = [...ends.keys(), ...names.values()].join(', ') || 'nothing'
      const rests = isIdle ? `it waits until ${wake - ahead}` : 'it is busy'
      return `${rests}, asked for: ${asked}; stderr: ${written.get(child) ?? ''}`
    },
    async do<value>(deed: string, options: object = {}) {
      if (!alive) return undefined
      const id = ++ids
      const done = new Promise<string | undefined>((resolve) => deeds.set(id, resolve))
      names.set(id, deed)
      tell({ deed, id, ...options })
      const text = await done
      names.delete(id)
      return text === undefined ? undefined : (JSON.parse(text) as Deed<value>)
    },
    get end() {
      return alive ? undefined : endOf(child)
    },
    get isAlive() {
      return alive
    },
    get isStopped() {
      return alive && isStopped
    },
    async kill(signal) {
      child.kill(signal)
      await gone
    },
    open: (place) => command({ open: place }, 'open'),
    resume(next) {
      ahead = next
      isStopped = mayStop = isIdle = false
      epoch += 1
      const path = timeFileOf(child.pid)
      writeFileSync(`${path}.part`, JSON.stringify({ ahead, epoch }))
      renameSync(`${path}.part`, path)
      child.kill('SIGCONT')
    },
    setClocks: (off) => tell({ off }),
    setTroubles: (troubles) => tell({ troubles }),
    setTime(next) {
      ahead = next
      tell({})
    },
    async settle() {
      if (!alive || isIdle || isStopped) return
      resting ??= new Promise<void>((resolve, reject) => {
        const late = () =>
          reject(new Error(`a process is busy for ever: ${names.size} deeds, epoch ${epoch}`))
        const timer = setTimeout(late, patience)
        // One that has come to where it stops says nothing any more.
        const looking = setInterval(() => {
          if (!mayStop || !isStoppedBySignal(child)) return
          isStopped = true
          waiting?.()
        }, 2)
        waiting = () => {
          clearTimeout(timer)
          clearInterval(looking)
          waiting = resting = undefined
          resolve()
        }
      })
      await resting
    },
    get wake() {
      return alive ? wake : Infinity
    },
  }
}
