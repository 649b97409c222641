/** What a run varies, by name, with what happens in it. */
export const dimensions = {
  kills: 'processes end at every boundary of a purchase and at any moment, at a failing provider',
  outages:
    'the provider, or what stands before it, is out for 1 s to 25 h, in every shape of a wrong answer',
  processes:
    '2 to 4 processes of a wallet, of which some die for good or sleep, and others live on and buy',
  lateness: 'balance, rows and refunds show up to 30 min late, without names, among odd ones',
  clocks: 'clocks of client, ledger, provider and RPC are off by up to 10 min, and step',
  disks: 'disks are full, broken or of another kind, or the ledger is away, for seconds or hours',
  owners: 'its owner says every verdict and every rule at every moment, true or not',
} as const satisfies Record<string, string>

/** Name of a dimension. */
export type Dimension = keyof typeof dimensions

/** Their names. */
export const names = Object.keys(dimensions) as Dimension[]

/** One run: which dimension it belongs to, and the how manieth of it it is, from 0. */
export type Turn = { dimension: Dimension; turn: number }

/** Least share of a dimension's runs that have to reach a charge: nothing is proven where nothing is bought. */
export const leastCharged = 0.3

/**
 * Whose turn each run is. Every second one is a kill until each boundary and each kind of fault has
 * been met (`cycle`), so that few runs meet them all; after that the dimensions take turns.
 */
export function turnsOf({ cycle, only, runs }: turnsOf.Options): Turn[] {
  const counts = new Map<Dimension, number>()
  const others = names.filter((name) => name !== 'kills')
  return Array.from({ length: runs }, (_, run) => {
    const isKill = run < 2 * cycle && run % 2 === 0
    const list = run < 2 * cycle ? others : names
    const index = run < 2 * cycle ? (run - 1) / 2 : run
    const dimension = only ?? (isKill ? 'kills' : (list[index % list.length] as Dimension))
    const turn = counts.get(dimension) ?? 0
    counts.set(dimension, turn + 1)
    return { dimension, turn }
  })
}

export declare namespace turnsOf {
  type Options = {
    /** Runs that it takes to meet every boundary and every kind of fault. */
    cycle: number
    /** This dimension alone. */
    only?: Dimension | undefined
    runs: number
  }
}
