import { createDisk } from './createDisk.js'
import { diceOf } from './diceOf.js'
import type { Operation } from './readTrace.js'
import { reopen } from './reopen.js'

/**
 * Cuts the power before each sync and after the last, and opens what is left: all up to the sync
 * before; only what was synced; and that with torn pieces of the rest. Whatever had been sent by
 * then has to be there.
 */
export async function replay(
  operations: readonly Operation[],
  options: replay.Options,
): Promise<replay.ReturnType> {
  const { account, path, root, seed, sends } = options
  const disk = createDisk({ root })
  const dice = diceOf(seed)
  const problems: string[] = []
  const counts = { lost_files: 0, lost_intents: 0, replays: 0, syncs: 0, unopened: 0 }
  let log = ''
  let before = disk.everything()
  let rolls = 0

  async function cut(): Promise<void> {
    const sent = log.split('\n').filter(Boolean)
    const torn = disk.torn(() => dice((rolls += 1)))
    for (const [name, image] of Object.entries({ before, synced: disk.synced(), torn })) {
      const { files, intents, unopened } = await reopen(image, { account, path, sent })
      counts.replays += 1
      counts.lost_files += files.length
      counts.lost_intents += intents.length
      counts.unopened += unopened.length
      const told = { 'does not open': unopened, 'lost files': files, 'lost intents': intents }
      for (const [what, list] of Object.entries(told))
        if (list.length > 0)
          problems.push(`sync ${counts.syncs}, ${name}: ${what}: ${list.slice(0, 3).join(', ')}`)
    }
  }

  for (const operation of operations) {
    if (operation.kind === 'write' && operation.path === sends) log += operation.bytes.toString()
    if (operation.kind === 'sync') await cut()
    disk.apply(operation)
    if (operation.kind === 'sync') {
      counts.syncs += 1
      before = disk.everything()
    }
  }
  await cut()
  return { counts, problems, sent: log.split('\n').filter(Boolean) }
}

export declare namespace replay {
  type Options = {
    account: string
    /** The ledger's file. */
    path: string
    /** The folder that was recorded. */
    root: string
    seed: number
    /** The file in which each send was noted. */
    sends: string
  }
  type ReturnType = {
    counts: {
      lost_files: number
      lost_intents: number
      replays: number
      syncs: number
      unopened: number
    }
    problems: string[]
    sent: string[]
  }
}
