import type { Address } from 'viem'

import type * as Fixture from '../Fixture.js'
import * as Errors from '../Errors.js'
import * as Network from '../Network.js'
import { addFaults } from './addFaults.js'
import { answerAsObserved } from './answerAsObserved.js'
import { changeModels, type ModelChanges } from './changeModels.js'
import { createApp } from './createApp.js'
import { createWorld } from './createWorld.js'
import type { Envelopes } from './envelopes.js'
import type { FaultInput } from './faults.js'
import { labelAnswer, labelAs, labels } from './labelAnswer.js'
import { countFailure, stampRate } from './limits.js'
import { finishEntry, openEntry } from './requestLog.js'
import { routeOf } from './routeOf.js'
import { fillWorld, readWorld, type Saved, saveWorld, type Store } from './savedWorld.js'
import { runAgenda } from './runAgenda.js'
import { wireOf } from './wire.js'
import { stampObserved } from './stampObserved.js'
import { withFaults } from './withFaults.js'
import type { Behavior, Limits, Renderer, Trace } from './world.js'

/** A local Venice: a `Request => Response` that checks every signature. */
export type Sandbox = {
  /** Stops rendering. Requests are still answered, but no video is finished any more. */
  close(): Promise<void>
  /**
   * Answers one request of the API, of the control API, or for the page. Faults of the connection
   * need a socket (`listenSandbox`): here the answer comes whole.
   */
  fetch(request: Request, connection?: Connection): Promise<Response>
  readonly network: Network.Network
  /** Where top-ups are paid to; nobody has its key. */
  readonly payTo: Address
}

/** What is known about the connection a request came in on. */
export type Connection = {
  /** Resolves when the last byte of the answer is out. @default as soon as there is an answer */
  done?: Promise<void> | undefined
  /** Address of the caller, which some rate limits count by. @default 'local' */
  ip?: string | undefined
}

/**
 * Creates a local Venice. It serves the API under `/api/v1` and a control API under `/__sandbox`,
 * verifies sign-ins and payments for real, keeps USDC and credit to the last decimal in memory,
 * and makes playable videos.
 *
 * @example
 * ```ts
 * const sandbox = createSandbox({ network: 'base-sepolia' })
 * const response = await sandbox.fetch(new Request('http://127.0.0.1/api/v1/models?type=video'))
 * ```
 * @throws {@link InvalidFaultError} when one of `faults` is not a fault.
 * @throws {@link InvalidModelError} when one of `models` cannot be a model.
 */
export function createSandbox(options: createSandbox.Options = {}): Sandbox {
  const { behavior = 'live', envelopes = 'both', faults = [], limits = 'venice' } = options
  const { network = 'base-sepolia', now: clock = () => new Date(), origin } = options
  const { fixtures, models = {}, seed, speed = 20, store } = options
  const known = typeof network === 'string' ? Network.networks[network] : network
  let renderer: Promise<Renderer> | undefined
  const start = (saved?: Saved) => {
    const world = createWorld({
      behavior: behavior === 'current' ? 'live' : behavior,
      clock,
      envelopes,
      limits,
      network: known,
      observed: fixtures,
      origin,
      renderer: () => (renderer ??= startRenderer()),
      seed,
      speed,
      state: saved?.state,
      transfers: saved?.transfers,
    })
    changeModels(world.catalogue, models)
    if (saved) fillWorld(world, saved)
    return world
  }
  const text = store?.load()
  const saved = text === undefined ? undefined : readWorld(text)
  if (text !== undefined && !saved) throw new InvalidWorldError()
  let world = start(saved)
  addFaults(world, faults)
  let kept = text
  /** Whatever is answered is kept first: a world that is killed has answered nothing that it forgets. */
  const keep = async () => {
    if (!store) return
    const transfers = await world.chain.transfers()
    const now = saveWorld(world, transfers) // and written in the same breath: nothing comes in between
    if (now === kept) return
    store.save(now)
    kept = now
  }
  const app = createApp()
  const reset = () => {
    world = start()
  }

  return {
    async close() {
      await (await renderer)?.close()
    },
    async fetch(request, connection = {}) {
      const at = world
      const { pathname, origin: called } = new URL(request.url)
      const trace: Trace = {
        after: [],
        ip: connection.ip ?? 'local',
        origin: at.origin ?? called,
        route: routeOf(request, pathname),
        skew: 0,
      }
      runAgenda(at)
      const handle = async () => app.fetch(request, { reset, trace, world: at })
      const date = () => new Date(at.now().getTime() + trace.skew).toUTCString()
      if (isControl(pathname)) {
        const isRpc = trace.route === 'rpc'
        const response = isRpc ? await withFaults(at, trace, handle) : await handle()
        await keep()
        response.headers.set('Date', date())
        return response
      }

      const entry = openEntry(at, { method: request.method, path: pathname })
      const observe = async () => {
        const own = await labelAnswer(trace, await handle())
        const shown = await answerAsObserved(at, { request, response: own, trace })
        return shown === own ? own : labelAs(shown, 'fixture')
      }
      const response = await withFaults(at, trace, observe)
      await keep()
      if (!response.headers.has(labels.answer)) labelAs(response, 'fault')
      const { status } = response
      if (isFailure(trace, status)) countFailure(at, trace)
      stampRate(at, trace, response.headers)
      stampObserved(at, trace, response)
      const wire = wireOf(response)
      const lost = wire && 'sent' in wire && wire.sent === 'nothing'
      finishEntry(entry, trace, lost ? null : status)
      if (lost) trace.after.push(() => (entry.closed_at = at.now().toISOString()))
      response.headers.set('Date', date())
      void (connection.done ?? Promise.resolve()).then(() => trace.after.forEach((end) => end()))
      return response
    },
    network: known,
    payTo: world.payTo,
  }
}

export declare namespace createSandbox {
  type Options = {
    /** `current` is the older name of `live`. @default 'live' */
    behavior?: Behavior | 'current' | undefined
    /** Forms in which payments are taken: whether Venice takes both is decided here. @default 'both' */
    envelopes?: Envelopes | undefined
    /** Switched on from the start; `/__sandbox/reset` switches them off. */
    faults?: readonly FaultInput[] | undefined
    /** What a live service was found to answer (`zecchino probe`): answered accordingly. */
    fixtures?: Fixture.Fixture | undefined
    /** `none` switches rate limits, requests in flight and the error budget off. @default 'venice' */
    limits?: Limits | undefined
    /**
     * Changes to the catalogue, by id: parts of a row, its price, how it is served; `null` takes a
     * model away, and an id that is not there is a new one. They outlive `/__sandbox/reset`.
     */
    models?: ModelChanges | undefined
    /** @default 'base-sepolia' */
    network?: Network.Name | Network.Network | undefined
    /** The real clock; the simulated one adds what was advanced. */
    now?: (() => Date) | undefined
    /** Where the sandbox is reached, for links and sign-in domains. @default the request's own */
    origin?: string | undefined
    /** Same seed, same ids and durations. @default random */
    seed?: number | string | undefined
    /** How many times faster than the real one jobs and settlements are. @default 20 */
    speed?: number | undefined
    /** Where its world is kept, so that the next sandbox goes on with it. @default it is forgotten */
    store?: Store | undefined
  }
}

/**
 * The error budget counts what is wrong with video requests. 429 itself does not count, nor does what
 * says nothing about the caller's use of a model: no credentials, no JSON, a body that is too large.
 */
function isFailure({ free = false, route }: Trace, status: number): boolean {
  const isVideo = ['complete', 'queue', 'quote', 'retrieve'].includes(route)
  return isVideo && !free && status >= 400 && status < 500 && status !== 413 && status !== 429
}

function isControl(path: string): boolean {
  return path === '/' || path.startsWith('/__sandbox/')
}

/** What was kept of a world is none. */
export class InvalidWorldError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'Sandbox.InvalidWorldError'

  constructor() {
    super('The world that this sandbox was to go on with cannot be read; it was left as it is.', {
      hint: 'A newer version may have written it: start that one, or move the file away to begin anew.',
    })
  }
}

async function startRenderer(): Promise<Renderer> {
  const { createRenderer } = await import('./render.js')
  return createRenderer()
}
