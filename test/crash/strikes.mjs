import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { basename } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/**
 * Ends this process, or stops it, at the point that the plan names: right before, after, or in the
 * middle of a call; or has a trouble begin there (`onOnset`). The call `*` is any of them.
 */
export function createStrikes({ onOnset, onWake, plan: planOf }) {
  let passed = 0
  let last

  function isDue(call, when, facts) {
    const { point } = planOf()
    if (point !== last) [last, passed] = [point, 0]
    if (!point) return false
    const any = point.call === '*'
    if (!any && (point.call !== call || (point.when ?? 'after') !== when)) return false
    if (!Object.entries(point.match ?? {}).every(([name, value]) => facts[name] === value))
      return false
    passed += 1
    return passed === (point.skip ?? 0) + 1
  }

  /** Ends this process as a power cut would, if this is the place. */
  function die(call, when, facts = {}) {
    if (!isDue(call, when, facts)) return false
    if (planOf().point.signal === 'SIGSTOP' || planOf().point.trouble !== undefined) return true
    process.kill(process.pid, 'SIGKILL')
    for (;;);
  }

  /** The same, or stops it until somebody sends SIGCONT. */
  async function strike(call, when, facts) {
    if (!die(call, when, facts)) return
    const { trouble } = planOf().point
    if (trouble !== undefined) return onOnset(trouble)
    process.kill(process.pid, 'SIGSTOP')
    await onWake()
  }

  /**
   * Strikes around the calls of an object whose functions are all asynchronous. `onCall` hears of
   * each that went well, before anything strikes.
   */
  function watched(object, name, onCall = () => {}) {
    return new Proxy(object, {
      get(_, property) {
        const value = Reflect.get(object, property, object)
        if (typeof value !== 'function') return value
        return async (...values) => {
          const call = `${name}.${String(property)}`
          const facts = Object.assign({}, ...values.filter((one) => typeof one === 'object'))
          await strike(call, 'before', facts)
          const result = await value.apply(object, values)
          if (result !== false && !result?.refused) {
            onCall(call, values)
            await strike(call, 'after', facts)
          }
          return result
        }
      },
    })
  }

  /** Strikes around requests; `during` is when a fault of the sandbox holds the answer back. */
  function watchedFetch(send) {
    return async (url, init) => {
      const path = new URL(url).pathname.replace('/api/v1', '')
      const facts = { paid: init.headers?.['PAYMENT-SIGNATURE'] !== undefined, path }
      await strike('fetch', 'before', facts)
      const answer = send(url, init)
      if (planOf().point?.when === 'during')
        await Promise.race([held(facts), answer.catch(() => {})])
      const response = await answer
      await strike('fetch', 'after', facts)
      return response
    }
  }

  /** Strikes as soon as a fault of the sandbox keeps an answer back. */
  async function held(facts) {
    for (;;) {
      const { faults } = await (await fetch(`${planOf().controlUrl}/faults`)).json()
      if (faults.some(({ hits, kind }) => kind === 'hang' && hits > 0)) break
      await setTimeout(5)
    }
    await strike('fetch', 'during', facts)
  }

  /**
   * Strikes around the functions that give a file its name and take away the other: of a video and
   * what belongs to it as `fs.*`, of a new ledger as `ledgerFile.*`.
   */
  function watchFiles() {
    for (const name of ['link', 'rename', 'rm']) {
      const real = fs.promises[name]
      fs.promises[name] = async (...values) => {
        const what = basename(String(values[0])).startsWith('ledger.') ? 'ledgerFile' : 'fs'
        await strike(`${what}.${name}`, 'before')
        const result = await real(...values)
        await strike(`${what}.${name}`, 'after')
        return result
      }
    }
    syncBuiltinESMExports()
  }

  return { die, watched, watchedFetch, watchFiles }
}
