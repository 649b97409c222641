import type { Transfer } from './chain.js'
import { renderJob } from './createJob.js'
import type { Job, State, World } from './world.js'

/** Keeps a world between two sandboxes. Both are called in between requests, and answer at once. */
export type Store = {
  /** What was saved last, if anything was. */
  load(): string | undefined
  save(text: string): void
}

/** How long a finished job is there, in milliseconds: as {@link findJob} has it. */
const day = 86_400_000

/** Version of the text: what a newer sandbox wrote is not read. */
const version = 1

/**
 * A world as a text: what the chain, the provider and its ledger know. Files are left out, because the same
 * job always renders the same; so are what counts requests, and the log of them.
 */
export function saveWorld(world: World, transfers: readonly Transfer[]): string {
  const { accounts, agenda, consentFaults, consents, faults, jobs, nonces, payees } = world
  const { policyShown, policyVersion, rows, settlements, state } = world
  const saved = {
    accounts: [...accounts],
    agenda,
    consentFaults: [...consentFaults],
    consents: [...consents],
    faults,
    jobs: [...jobs.values()].map((job) => ({ ...job, media: undefined, model: job.model.id })),
    nonces: [...nonces],
    payees: [...payees],
    policyShown: [...policyShown],
    policyVersion,
    rows,
    settlements: [...settlements],
    state,
    transfers,
    version,
  }
  return JSON.stringify(saved, (_, value: unknown) =>
    typeof value === 'bigint' ? { $: String(value) } : value,
  )
}

/** A world as it was written down. */
export type Saved = ReturnType<typeof readWorld>

/** Reads the text; `undefined` where it is none, or of a newer version. */
export function readWorld(text: string) {
  type Text = Pick<World, 'agenda' | 'faults' | 'policyVersion' | 'rows'> & {
    accounts: [string, World['accounts'] extends Map<string, infer One> ? One : never][]
    consentFaults: string[]
    consents: [string, World['consents'] extends Map<string, infer One> ? One : never][]
    jobs: (Omit<Job, 'media' | 'model'> & { model: string })[]
    nonces: [string, number][]
    payees: string[]
    policyShown: [string, string][]
    settlements: [string, World['settlements'] extends Map<string, infer One> ? One : never][]
    state: State
    transfers: Transfer[]
    version: number
  }
  try {
    const saved = JSON.parse(text, (_, value: unknown) => {
      const { $: digits } = Object(value) as { $?: unknown }
      return typeof digits === 'string' ? BigInt(digits) : value
    }) as Text
    return saved.version === version ? saved : undefined
  } catch {
    return undefined
  }
}

/** Fills a new world, made with the state and the transfers of a saved one, with the rest of it. */
export function fillWorld(world: World, saved: NonNullable<Saved>): void {
  const fill = <Value>(map: Map<string, Value>, entries: readonly (readonly [string, Value])[]) => {
    for (const [key, value] of entries) map.set(key, value)
  }
  fill(world.accounts, saved.accounts)
  fill(world.consents, saved.consents)
  fill(world.nonces, saved.nonces)
  fill(world.policyShown, saved.policyShown)
  fill(world.settlements, saved.settlements)
  for (const one of saved.consentFaults) world.consentFaults.add(one)
  for (const one of saved.payees) world.payees.add(one)
  world.agenda = saved.agenda
  world.faults = saved.faults
  world.policyVersion = saved.policyVersion
  world.rows.push(...saved.rows)
  const now = world.now().getTime()
  for (const { model: id, ...rest } of saved.jobs) {
    const model = world.catalogue.get(id)
    if (!model) continue // sold by that version, and not by this one
    const job: Job = { ...rest, model }
    world.jobs.set(job.queueId, job)
    const isThere = !job.failure && !job.deleted && now - job.createdAt < day
    if (isThere) void renderJob(world, job)
  }
}
