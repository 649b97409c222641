import { createDice, type Dice } from './createDice.js'
import type { LivePlan, Onset, Scripted } from './livePlan.js'
import { sceneOf } from './sceneOf.js'
import type { DiskTrouble, LedgerTrouble, Trouble } from './trouble.js'

const minute = 60_000
const hour = 60 * minute

/** All trouble of a run together: less than the day for which the provider keeps a file. */
const most = 20 * hour

/** Plans a run in which a disk fails in one of its ways, or the ledger is away, for seconds or hours. */
export function disksPlan({ run, seed }: { run: number; seed: string }): LivePlan {
  const dice = createDice(`${seed}:disks:${run}`)
  const videos = dice.pick([1, 1, 2, 2, 3])
  const scene = sceneOf({ dice, run, seed, videos })
  const hosts = dice.pick([1, 1, 2])
  const script: Scripted[] = []
  const troubles: Record<string, readonly Trouble[]> = {}
  const words: string[] = []
  for (let host = 0; host < hosts; host += 1) script.push({ at: 0, do: 'start', host })
  let at = 2_000
  for (const request of scene.requests.keys()) {
    script.push({ at, do: 'buy', host: dice.below(hosts), request })
    at += dice.pick([0, 3_000, 40_000, 5 * minute])
  }

  // It mostly begins once something is bought: where nothing is, there is nothing to lose.
  let from = dice.pick([1_000, 2_100, 3_500, 6_000, 10_000, 15_000, 18_000, 22_000, 40_000])
  let left = most
  for (let count = dice.pick([1, 1, 2]); count > 0; count -= 1) {
    const name = `trouble ${count}`
    const chosen = troublesOf(dice, { hosts })
    troubles[name] = chosen.troubles
    const length = Math.min(lengthOf(dice), left)
    left -= length
    const host = dice.below(hosts)
    if (chosen.onset || dice.chance(0.5)) {
      const point = { ...(chosen.onset ?? dice.pick(onsets)), trouble: name }
      const until = Math.max(from, 3_000) + minute + length
      const armed = Math.max(from - 20_000, 1_500)
      script.push({ at: armed, do: 'arm', host, point }, { at: until, do: 'mend', name })
      words.push(`${chosen.words} from ${point.when} ${point.call} to ${until}`)
      from = until
    } else {
      script.push({ at: from, do: 'trouble', name }, { at: from + length, do: 'mend', name })
      words.push(`${chosen.words} from ${from} for ${length}`)
      from += length
    }
    if (dice.chance(0.4)) script.push(...deathOf(dice, { host, length, until: from }))
    from += dice.pick([1_000, 70_000, 30 * minute])
  }
  // Whether the wallet is of use after it shows in another purchase.
  if (scene.requests.length > 1 && dice.chance(0.5)) {
    const index = script.findLastIndex((one) => one.do === 'buy')
    const buy = script[index]
    if (buy) script[index] = { ...buy, at: from + 5_000 }
  }
  return { ...scene, outages: [], script, troubles, varied: words.join('; ') }
}

/** How long it lasts, in milliseconds: as often seconds as minutes, or hours. */
function lengthOf(dice: Dice): number {
  const [least, longest] = dice.pick([
    [1_000, minute],
    [minute, 20 * minute],
    [minute, 20 * minute],
    [20 * minute, 4 * hour],
    [4 * hour, most],
  ] as const)
  return least + dice.below(longest - least)
}

/** A process that dies in the middle of it, and one that comes in its place, before it ends or after. */
function deathOf(
  dice: Dice,
  { host, length, until }: { host: number; length: number; until: number },
): Scripted[] {
  const at = Math.max(until - dice.below(length), 2_500)
  const how = dice.pick(['SIGKILL', 'SIGKILL', 'SIGTERM', 'close'] as const)
  const again = at + dice.pick([1_000, 20_000, 10 * minute, hour])
  return [
    { at, do: 'end', host, how },
    ...(dice.chance(0.7) ? [{ at: again, do: 'start', host, patient: true } as const] : []),
  ]
}

/** Where a process begins to have trouble in the middle of what it does. */
const onsets = (
  [
    { call: 'fetch', match: { path: '/video/queue' } },
    { call: 'fetch', match: { path: '/video/queue' } },
    { call: 'fetch', match: { path: '/video/retrieve' } },
    { call: 'fetch', match: { path: '/video/retrieve' }, skip: 2 },
    { call: 'fetch', match: { paid: true } },
    { call: 'ledger.recordAnswer' },
    { call: 'ledger.recordAnswer' },
    { call: 'ledger.moveJob', match: { to: 'sending' } },
    { call: 'ledger.moveJob', match: { to: 'ready' } },
    { call: 'ledger.moveJob', match: { to: 'saved' } },
    { call: 'ledger.moveJob', match: { to: 'cleaned' } },
    { call: 'ledger.reservePayment' },
    { call: 'ledger.movePayment', match: { to: 'signed' } },
    { call: 'ledger.movePayment', match: { to: 'credited' } },
    { call: 'ledger.beginAttempt' },
    { call: 'wallet.authorizeTransfer' },
    { call: 'fs.link' },
    { call: 'fs.link', skip: 1 },
    { call: 'fs.rm' },
  ] satisfies Omit<Onset, 'trouble' | 'when'>[]
).flatMap((point) => (['before', 'after'] as const).map((when) => ({ ...point, when })))

const wheres = ['all', 'videos', 'videos', 'home', 'answers'] as const

type Chosen = { onset?: Omit<Onset, 'trouble'>; troubles: readonly Trouble[]; words: string }

/** What is wrong. */
function troublesOf(dice: Dice, { hosts }: { hosts: number }): Chosen {
  const kind = dice.pick([
    'disk',
    'disk',
    'disk',
    'disk',
    'ledger',
    'ledger',
    'ledger',
    'both',
    'both',
    'moved',
    'taken',
  ] as const)
  switch (kind) {
    case 'both': {
      const [disk, ledger] = [diskTrouble(dice, { hosts }), ledgerTrouble(dice)]
      return { troubles: [disk, ledger], words: `${wordOf(disk)} with ${wordOf(ledger)}` }
    }
    case 'disk': {
      const disk = diskTrouble(dice, { hosts })
      return { troubles: [disk], words: wordOf(disk) }
    }
    case 'ledger': {
      const ledger = ledgerTrouble(dice)
      return { troubles: [ledger], words: wordOf(ledger) }
    }
    case 'taken': {
      const without = linkTrouble(dice, 'videos')
      if (dice.chance(0.3)) return { troubles: [{ kind }], words: kind }
      // At the last moment, when it seemed to be free.
      return {
        onset: { call: 'fs.link', when: 'before' },
        troubles: [{ kind }, without],
        words: `taken with ${wordOf(without)}`,
      }
    }
    case 'moved': {
      const as = dice.pick(['file', 'nothing'] as const)
      return { troubles: [{ as, kind }], words: `${as} in place of the folder` }
    }
  }
}

function diskTrouble(dice: Dice, { hosts }: { hosts: number }): DiskTrouble {
  const base = { kind: 'disk', where: dice.pick(wheres) } as const
  const how = dice.pick([
    'full',
    'full',
    'full',
    'refused',
    'io',
    'links',
    'sync',
    'files',
  ] as const)
  switch (how) {
    case 'full': {
      const code = dice.pick(['ENOSPC', 'ENOSPC', 'EDQUOT'] as const)
      const [inodes, short, silent] = [dice.chance(0.3), dice.chance(0.5), dice.chance(0.5)]
      return { ...base, code, inodes, short, silent }
    }
    case 'refused':
      return { ...base, code: dice.pick(['EROFS', 'EROFS', 'EACCES'] as const) }
    case 'io': {
      const fails = dice.pick([
        [],
        ['fsync'],
        ['write'],
        ['read'],
        ['fsyncFolder'],
        ['rm'],
      ] as const)
      return { ...base, code: 'EIO', every: dice.pick([1, 1, 2, 3, 7]), fails }
    }
    case 'links': {
      const { where } = base
      return dice.chance(0.7)
        ? linkTrouble(dice, where)
        : { ...base, code: 'EXDEV', fails: ['link', 'rename'] }
    }
    case 'sync': {
      const handles = dice.chance(0.3)
      const code = dice.pick(['EINVAL', 'EPERM', 'ENOSYS', 'EIO'] as const)
      const fails = dice.pick([['fsyncFolder'], ['fsyncFolder', 'link'], ['fsync']] as const)
      return { ...base, code, fails, handles }
    }
    case 'files': {
      const every = dice.pick([1, 1, 2, 5])
      return { ...base, code: 'EMFILE', every, host: dice.below(hosts), where: 'all' }
    }
  }
}

/** A disk without hard links, which each system says in words of its own. */
function linkTrouble(dice: Dice, where: DiskTrouble['where']): DiskTrouble {
  const code = dice.pick(['EPERM', 'ENOTSUP', 'ENOSYS', 'EXDEV', 'EMLINK'] as const)
  return { code, fails: ['link'], kind: 'disk', where }
}

function ledgerTrouble(dice: Dice): LedgerTrouble {
  return {
    kind: 'ledger',
    postgres: dice.pick(['refused', 'refused', 'dropped', 'committing', 'committed'] as const),
    sqlite: dice.pick([
      'locked',
      'locked',
      'full',
      'full',
      'pages',
      'broken',
      'gone',
      'lost',
      'moved',
      'newer',
      'newer',
      'unopened',
    ] as const),
  }
}

function wordOf(trouble: DiskTrouble | LedgerTrouble): string {
  if (trouble.kind === 'ledger') return `the ledger ${trouble.sqlite} or ${trouble.postgres}`
  const { code, every = 1, fails = [], where } = trouble
  return `${code}${fails.length > 0 ? ` at ${fails.join('+')}` : ''}${every > 1 ? `, each ${every}.` : ''} in ${where}`
}
