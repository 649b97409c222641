import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

import type { Point } from '../../crash/createStage.js'
import type { Kind } from '../../../src/sandbox/faults.js'
import type { Boundary } from './boundaries.js'
import { type Deed, type Host, type Shown, wordsOf } from './createHosts.js'
import type { Lane } from './createLane.js'
import type { Witness } from './createPool.js'
import { createRelay } from './createRelay.js'
import { createTroubles } from './createTroubles.js'
import { filesOf, linesOf } from './filesOf.js'
import type { LivePlan, Onset, Scripted } from './livePlan.js'
import type { Evidence, Glimpse, Outcome } from './play.js'
import type { Plan } from './planOf.js'
import type { Told } from './told.js'
import type { Spoken } from './words.js'

/** One step of time, in milliseconds since the run began. */
export type Step = {
  /** How many processes live in it. */
  alive: number
  from: number
  /** Part of it in which somebody could have acted: where time is hurried, less than all. */
  real: number
  to: number
}

/** How long everything may take to settle once nothing happens any more, in milliseconds. */
const settling = 26 * 3_600_000

/** Where time is not hurried: so long after something happened, in milliseconds. */
const attentive = 150_000

/** How long the provider keeps a file, and how long before and after its end time is not hurried. */
const [day, [before, after]] = [24 * 3_600_000, [8 * 60_000, 5 * 60_000]]

/** How long a file may be kept away without a word, in milliseconds. */
const long = 10 * 60_000

/** How long a run may really take, in milliseconds. It is far more than any takes. */
const longest = 240_000

/** A run under way: who lives in it, whether they sleep, and whether it has to end. */
type Cast = { asleep: Set<number>; hosts: Map<number, Host>; over: boolean }

/**
 * Plays a run in which several processes live at the same time, in time that is simulated. One that
 * does not come to an end is an error that says what every process is at. No process outlives it.
 */
export async function playLive(
  lane: Lane,
  plan: Plan & LivePlan,
  patience = longest,
): Promise<Evidence> {
  const cast: Cast = { asleep: new Set(), hosts: new Map(), over: false }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const all = [...cast.hosts].map(
        ([index, host]) =>
          `${index}${cast.asleep.has(index) ? ' (asleep)' : ''}: ${host.describe()}`,
      )
      const at = `${lane.clock.now()} ms of its time`
      reject(new Error(`the run does not end, at ${at}: ${all.join('; ') || 'nobody lives'}`))
    }, patience)
  })
  try {
    return await Promise.race([playOut(lane, plan, cast), late])
  } finally {
    clearTimeout(timer)
    cast.over = true
    await Promise.all([...cast.hosts.values()].map((host) => host.kill('SIGKILL')))
  }
}

async function playOut(lane: Lane, plan: Plan & LivePlan, cast: Cast): Promise<Evidence> {
  const { address, home, place: prepared } = await lane.prepare(plan)
  const { postgres } = prepared
  const relay = plan.troubles && postgres ? await createRelay(postgres.url) : undefined
  const place = { ...prepared, ...(relay && { postgres: { ...postgres, url: relay.url } }) }
  const folder = join(home, 'videos')
  const hits = new Map<Kind, number>()
  const kills: (Boundary | 'random')[] = []
  const moves: { at: number; jobId: string; to: string }[] = []
  const outcomes: Outcome[] = []
  const steps: Step[] = []
  const witnesses: Witness[] = []
  const { asleep, hosts } = cast
  const armed = new Set<Host>()
  const opening = new Set<Host>()
  const named = new Map<string, string[]>()
  const clocks = { client: 0, ledger: 0 }
  const deeds: Promise<void>[] = []
  const glimpses: Glimpse[] = []
  const words: Spoken[] = []
  const said = new Map<number, Spoken>()
  const terminals = new Set<Host>()
  const speaking: Promise<void>[] = []
  const { ahead, now, since, skip } = lane.clock
  const troubles = createTroubles({
    home,
    hosts,
    jobs: () => [...new Set(moves.map(({ jobId }) => jobId))],
    now,
    onOverwritten: (name) =>
      glimpses.push({
        counter: 'partial_files',
        says: `${name} was somebody's, and is overwritten`,
      }),
    planned: plan.troubles ?? {},
    relay,
  })
  const ears = {
    onMove: (move: { jobId: string; to: string }) => void moves.push({ at: now(), ...move }),
    onOnset: async (name: string) => {
      calmSince = now()
      await troubles.start(name)
    },
    onWitness: (witness: Witness) => void witnesses.push(witness),
    onWord: ({ number, ...shown }: Shown) => {
      const spoken = { ...shown, from: now(), to: Infinity }
      said.set(number, spoken)
      words.push(spoken)
    },
  }
  async function open(index: number, patient = false): Promise<Host> {
    const { host, opened } = begin(index, patient)
    if (!patient) await meanwhile(opened)
    return host
  }

  function begin(index: number, patient = false) {
    if (cast.over) throw new Error('the run is over')
    const host = lane.hosts.take(ears)
    hosts.set(index, host)
    host.setTime(ahead())
    const opened = host.open({
      ...place,
      chosen: plan.chosen,
      hangs: plan.hangs,
      off: clocks,
      patient,
      troubles: troubles.of(index),
    })
    // It may be long until a ledger is back, which is for time to bring.
    if (patient) {
      opening.add(host)
      deeds.push(opened.then(() => void opening.delete(host)))
    }
    return { host, opened }
  }

  /** Has the owner say something, in a process that is there or in one for this alone. */
  async function speak({ host: index, word }: Scripted & { do: 'say' }): Promise<void> {
    const number = speaking.length
    const request = 'request' in word ? plan.requests[word.request] : undefined
    const tell = async (host: Host) => {
      const from = now()
      const outcome = await host.do('say', { number, request, word })
      const spoken = said.get(number)
      if (spoken) spoken.to = now()
      if (!outcome) return
      const { value, ...rest } = outcome as Deed<{ isSaid: boolean }>
      outcomes.push(rest)
      const code = value?.isSaid === false ? 'TOO_LATE' : rest.code
      if (spoken) spoken.code = code
      // There was nothing to be shown.
      else words.push({ code, from, shown: [], to: now(), word })
    }
    if (index !== 'terminal') {
      const host = hosts.get(index)
      return host?.isAlive && !asleep.has(index) ? tell(host) : undefined
    }
    const host = lane.hosts.take(ears)
    terminals.add(host)
    hosts.set(-2 - number, host)
    host.setTime(ahead())
    const { chosen, hangs } = plan
    await host.open({ ...place, chosen, hangs, isTerminal: true, off: clocks })
    await tell(host)
    await host.close()
    hosts.delete(-2 - number)
    lane.hosts.release(host)
  }

  async function addFaults({ faults, name }: Scripted & { do: 'faults' }): Promise<void> {
    const response = await lane.control('POST', '/faults', faults)
    const { added } = (await response.json()) as { added: { id: string }[] }
    if (name !== undefined)
      named.set(name, [...(named.get(name) ?? []), ...added.map(({ id }) => id)])
  }

  /** Switches faults off, and remembers how often they struck. */
  async function lift(ids?: readonly string[]): Promise<void> {
    const { faults } = (await (await lane.control('GET', '/faults')).json()) as {
      faults: { hits: number; id: string; kind: Kind }[]
    }
    for (const { hits: count, id, kind } of faults) {
      if (ids && !ids.includes(id)) continue
      hits.set(kind, (hits.get(kind) ?? 0) + count)
      await lane.control('DELETE', `/faults/${id}`)
    }
  }

  /** Has a process do something, and does not wait for it: time has to go on for that. */
  function have(host: Host | undefined, deed: string, options: object): void {
    if (!host?.isAlive) return
    deeds.push(
      host.do(deed, options).then((outcome) => {
        if (!outcome) return
        const { value: _, ...rest } = outcome
        outcomes.push(rest)
      }),
    )
  }

  function arm(host: Host | undefined, point: Onset | Point): void {
    if (!host) return
    if (!('trouble' in point)) armed.add(host)
    host.arm(point)
  }

  async function happen(one: Scripted): Promise<void> {
    switch (one.do) {
      case 'faults':
        return addFaults(one)
      case 'lift':
        return lift(named.get(one.name) ?? [])
      case 'start':
        if (!hosts.get(one.host)?.isAlive) await open(one.host, one.patient)
        return
      case 'buy':
        return have(hosts.get(one.host), 'buy', { request: plan.requests[one.request] })
      case 'again':
        return have(hosts.get(one.host), 'again', { request: plan.requests[one.request] })
      case 'say':
        return void speaking.push(speak(one))
      case 'topUp':
        return have(hosts.get(one.host), 'topUp', { wish: one.wish })
      case 'sleep':
        if (hosts.get(one.host)?.isAlive) asleep.add(one.host)
        return
      case 'wake':
        return wake(one.host)
      case 'arm':
        return arm(hosts.get(one.host), one.point)
      case 'clocks': {
        const { client = clocks.client, host, ledger = clocks.ledger } = one
        if (host === undefined) Object.assign(clocks, { client, ledger })
        for (const [index, each] of hosts)
          if (host === undefined || host === index) each.setClocks({ client, ledger })
        return
      }
      case 'trouble':
        return troubles.start(one.name)
      case 'mend':
        glimpses.push(...(await silentJobs(one.name)))
        return troubles.end(one.name)
      case 'end': {
        const host = hosts.get(one.host)
        if (!host?.isAlive) return
        asleep.delete(one.host)
        if (one.how === 'close') await dismiss(host)
        else {
          await host.kill(one.how)
          kills.push('random')
        }
        hosts.delete(one.host)
      }
    }
  }

  /** Lets one go on that sleeps or has stopped; one that has not come to where it stops never does. */
  function wake(index: number): void {
    asleep.delete(index)
    const host = hosts.get(index)
    if (!host) return
    if (host.isStopped) host.resume(ahead())
    host.arm(null)
    host.setTime(ahead())
  }

  /** Jobs whose file is kept away for long, and that do not say by what. */
  async function silentJobs(name: string): Promise<Glimpse[]> {
    const since = troubles.since(name)
    const [host] = [...hosts].flatMap(([index, host]) =>
      host.isAlive && !asleep.has(index) && !opening.has(host) ? [host] : [],
    )
    if (since === undefined || !host || troubles.isLedgerAway() || now() - since < long) return []
    const { jobs } = await lane.state(0)
    const late = jobs.filter(
      ({ ready_at: at, status }) =>
        status === 'COMPLETED' && now() - Math.max(Date.parse(at) - lane.clock.noon, since) > long,
    )
    const told = (await host.do<{ detail?: string; id: string; queueId: string }[]>('reasons'))
      ?.value
    return (told ?? []).flatMap(({ detail, id, queueId }): Glimpse[] => {
      if (detail || !late.some(({ queue_id: one }) => one === queueId)) return []
      return [{ counter: 'unexplained', says: `${id} does not say what keeps its file away` }]
    })
  }

  /** Has several processes start in the same moment, none of which waits for another. */
  async function startAll(indexes: readonly number[]): Promise<void> {
    const waiting = indexes.filter((index) => !hosts.get(index)?.isAlive)
    await meanwhile(Promise.all(waiting.map((index) => begin(index).opened)))
  }

  async function dismiss(host: Host): Promise<void> {
    await meanwhile(host.close())
    lane.hosts.release(host)
  }

  /** Lets time go on until something is done. */
  async function meanwhile(work: Promise<unknown>): Promise<void> {
    let done = false
    const end = work.finally(() => (done = true))
    for (;;) {
      await Promise.race([end, rest()])
      await setImmediate()
      if (done) return void (await end)
      await step(now() + 60_000)
    }
  }

  /** Lets everybody do what can be done without time; returns those who live. */
  async function rest(): Promise<Host[]> {
    const living = [...hosts]
      .filter(([index, { isAlive }]) => isAlive && !asleep.has(index))
      .map(([, host]) => host)
    await Promise.all(living.map((host) => host.settle()))
    if (cast.over) throw new Error('the run is over')
    for (const [index, host] of hosts) {
      const { end } = host
      if (host.isStopped) asleep.add(index)
      if (!end) continue
      hosts.delete(index)
      kills.push('random')
      calmSince = now()
      // Only at the point it was given may one end that nobody ends.
      if (armed.has(host) && end.signal === 'SIGKILL') continue
      const says = `process ${index}, which nobody killed, has ended: ${wordsOf(end)}`
      glimpses.push({ counter: 'unexplained', says })
    }
    return living.filter(({ isAlive, isStopped }) => isAlive && !isStopped)
  }

  /** When the provider deletes what was bought. */
  const ends = () => moves.flatMap(({ at, to }) => (to === 'sending' ? [at + day] : []))

  let calmSince = 0
  /** Moves time on to when somebody has something to do, at most to a given time. */
  async function step(limit: number): Promise<void> {
    const living = await rest()
    const from = now()
    const wake = since(Math.min(...living.map((host) => host.wake)))
    const calm = from - calmSince
    const hurry = calm < attentive ? Math.min(Math.max(calm / 25, 500), 3_000) : calm / 12
    const natural = Math.max(Math.min(wake, limit) - from, 0)
    // Much depends on the last minutes in which a file is there: nobody sleeps through them in a hurry.
    const end = Math.min(...ends().filter((end) => end > from - after))
    const inHurry = Math.max(Math.min(hurry, end - before - from), 500)
    const to = Math.min(Math.max(natural, inHurry) + from, limit)
    skip(Math.max(to - now(), 0))
    const at = now()
    const real = hurry <= 3_000 ? at - from : Math.min(natural, at - from)
    const alive = living.filter((host) => !terminals.has(host)).length
    steps.push({ alive, from, real, to: at })
    for (const host of living) host.setTime(ahead())
  }

  const script = plan.script.toSorted((one, other) => one.at - other.at)
  while (script.length > 0) {
    const [one] = script as [Scripted]
    for (;;) {
      await rest()
      if (now() >= one.at) break
      await step(one.at)
    }
    calmSince = now()
    const starts = startsAtOnce(script)
    await (starts.length > 1 ? startAll(starts) : happen(one))
    script.splice(0, Math.max(starts.length, 1))
  }
  await meanwhile(Promise.all(speaking))

  /** Lets time pass until nothing is left to do that needs nobody. */
  async function settleWith(host: Host, until: number): Promise<number> {
    let left = 1
    for (let round = 1; now() < until; round += 1) {
      await step(until)
      if (round % 12 !== 0 && now() < until) continue
      await rest()
      if (host.end) throw new Error(`the last process has ended: ${wordsOf(host.end)}`)
      left = (await host.do<{ left: number }>('left'))?.value?.left ?? 1
      if (left === 0) break
    }
    return left
  }

  // In the end somebody puts the clocks right.
  for (const index of asleep) wake(index)
  Object.assign(clocks, { client: 0, ledger: 0 })
  for (const host of hosts.values()) host.setTime(ahead())
  for (const host of hosts.values()) host.setClocks(clocks)
  await troubles.endAll()
  await rest()
  await lift()
  calmSince = now()
  const survivor = [...hosts.values()].find(({ isAlive }) => isAlive)
  if (survivor) await settleWith(survivor, now() + settling)
  const aliveUntil = now()
  for (const host of hosts.values()) if (host.isAlive) await dismiss(host)
  hosts.clear()
  await Promise.all(deeds)

  /** Another process comes, and finds what it finds. */
  async function recover(until: number): Promise<Told> {
    const last = await open(-1)
    await settleWith(last, now() + until)
    const told = (await last.do<Told>('tell'))?.value
    if (!told) throw new Error('the ledger cannot be read')
    await dismiss(last)
    hosts.clear()
    return told
  }
  calmSince = now()
  const first = await recover(settling)
  skip(60 * 60_000)
  calmSince = now()
  const second = await recover(settling)

  const truth = await lane.state()
  const videos = await lane.videosOf(truth)
  const files = filesOf(folder)
  const signed = linesOf(join(home, 'signed'))
  glimpses.push(...answersIn(home))
  relay?.close()
  lane.forget(home)
  return {
    address,
    files,
    glimpses,
    hits,
    kills,
    live: { aliveUntil, moves, noon: lane.clock.noon, steps, troubled: troubles.spans },
    outcomes,
    plan,
    signed,
    told: [first, second],
    truth,
    videos,
    witnesses,
    words,
  }
}

/** Answers to paid calls that still lie beside the ledger, although all is over. */
function answersIn(home: string): Glimpse[] {
  const names = readdirSync(home, { encoding: 'utf8', recursive: true })
  const left = names.filter((name) => /\.(answer|told)$/.test(name))
  return left.map((name) => ({ counter: 'unexplained', says: `${name} was taken up by nobody` }))
}

/** Processes whose start comes next, all at one time. */
function startsAtOnce(script: readonly Scripted[]): number[] {
  const end = script.findIndex(
    (one) => one.do !== 'start' || one.patient || one.at !== script[0]?.at,
  )
  return script
    .slice(0, end < 0 ? script.length : end)
    .flatMap((one) => (one.do === 'start' ? [one.host] : []))
}
