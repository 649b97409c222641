import { setTimeout as wait } from 'node:timers/promises'

/** Names of what is under way on disks, and on wires, as Node lists it. */
const [disk, wire] = [/^(FSReq|Zlib)/, /^(Connect|GetAddrInfo|TCP)/]

/** The longest that a client waits for an answer to begin, by a clock of its own, in milliseconds. */
const longestHead = 180_000

/**
 * Time that a parent moves on: pauses end when it says so. Whenever nothing is left to do but to
 * wait, the parent hears until when (`report`). What runs on disks and wires is not waiting, unless
 * the server may never answer (`canHang`).
 */
export function createSimulatedTime({ canHang, report }) {
  let ahead = 0
  let epoch = 0
  let asked = 0
  let calls = 0
  let looking = false
  let said
  /** Each with the time at which it is due, by the world's clock. */
  const alarms = new Set()
  /** Requests that nobody has answered for long: when they were sent, and when they are given up. */
  const pending = new Set()

  const world = () => Date.now() + ahead

  function addAlarm(at, ring) {
    const alarm = { at, ring }
    alarms.add(alarm)
    look()
    return alarm
  }

  function sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const leave = () => {
        alarms.delete(alarm)
        reject(signal.reason)
      }
      const alarm = addAlarm(world() + ms, () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      })
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  /** Tells the parent as soon as there is nothing left to do but to wait. */
  function look() {
    asked += 1
    if (looking) return
    looking = true
    void (async () => {
      try {
        for (let [calm, heard] = [0, asked]; calm < 3;) {
          await new Promise((resolve) => setImmediate(resolve))
          calm = heard === asked && !isBusy() ? calm + 1 : 0
          heard = asked
          if (calm === 0) await wait(1)
        }
      } finally {
        looking = false
      }
      const wake = Math.min(
        ...[...alarms].map(({ at }) => at),
        ...stuck().map(({ until }) => until),
      )
      if (said?.epoch === epoch && said.wake === wake) return
      said = { epoch, wake }
      report({ epoch, wake: wake === Infinity ? null : wake })
    })()
  }

  function isBusy() {
    if (calls > 0 || pending.size > stuck().length) return true
    const names = process.getActiveResourcesInfo()
    // A connection that is not being read is not listed, so each request is counted by itself too.
    const wires = names.filter((name) => wire.test(name))
    return names.some((name) => disk.test(name)) || wires.length > pending.size
  }

  /** Requests that have had no answer for so long that they will have none. */
  function stuck() {
    if (!canHang()) return []
    const now = performance.now()
    return [...pending].filter(({ since }) => now - since > 60)
  }

  return {
    look,
    /** The parent says what time it is. */
    set({ ahead: next, epoch: number }) {
      said = undefined
      ahead = next
      epoch = number
      const now = world()
      // In the order in which they would have rung.
      const due = [...alarms].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)
      for (const alarm of due) {
        alarms.delete(alarm)
        alarm.ring()
      }
      for (const one of pending) if (one.until <= now) one.giveUp()
      look()
    },
    sleep,
    /** Counts something that needs no time to pass: until it is done, whoever does it is busy. */
    async during(run) {
      calls += 1
      try {
        return await run()
      } finally {
        calls -= 1
        look()
      }
    },
    /** Counts the calls of an object whose functions are all asynchronous: whoever waits for one is busy. */
    counted: (object) =>
      new Proxy(object, {
        get(_, property) {
          const value = Reflect.get(object, property, object)
          if (typeof value !== 'function') return value
          return async (...values) => {
            calls += 1
            try {
              return await value.apply(object, values)
            } finally {
              calls -= 1
              look()
            }
          }
        },
      }),
    /** Replaces the functions that repeat something by the system's clock: they would never be due. */
    takeIntervals() {
      globalThis.setInterval = (run, ms, ...values) => {
        const state = { on: true, ref: () => state, unref: () => state }
        const next = () => {
          state.alarm = addAlarm(world() + ms, () => {
            if (!state.on) return
            next()
            run(...values)
          })
        }
        next()
        state[Symbol.dispose] = () => clearInterval(state)
        return state
      }
      globalThis.clearInterval = (state) => {
        if (!state) return
        state.on = false
        alarms.delete(state.alarm)
      }
    },
    /**
     * Watches requests at a server that may never answer: the deadlines of each, for all of it and for
     * its beginning, are ones of the world's time, as the provider's other delays are.
     */
    watchRequests: (send) => async (url, init) => {
      const own = new AbortController()
      const leave = () => own.abort(init.signal.reason)
      if (init.signal?.aborted) leave()
      else init.signal?.addEventListener('abort', leave)
      const sent = world()
      const request = {
        giveUp: () => own.abort(new DOMException('The deadline has passed.', 'TimeoutError')),
        since: performance.now(),
        until: sent + Math.min(init.deadline, init.headDeadline ?? longestHead),
      }
      pending.add(request)
      const end = () => {
        pending.delete(request)
        init.signal?.removeEventListener('abort', leave)
        init.onEnd?.()
      }
      const response = await send(url, { ...init, onEnd: end, signal: own.signal })
      request.until = sent + init.deadline
      return response
    },
    world,
  }
}
