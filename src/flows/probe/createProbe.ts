import * as Fixture from '../../Fixture.js'
import * as Wallet from '../../Wallet.js'
import { version } from '../../version.js'
import type { WalletZecchino, Zecchino } from '../createZecchino.js'
import type { Recorder } from './createRecorder.js'

/** A session of questions to a live service. */
export type Probe = {
  readonly facts: Fixture.Facts
  /** All that was found so far; whole at any time. */
  fixture(): Fixture.Fixture
  /** Ids of the models that this version knows. */
  readonly known: readonly string[]
  /** Tells the person at the terminal what happens. */
  note(line: string): void
  readonly recorder: Recorder
  readonly zecchino: WalletZecchino
}

/** One question that is asked with a person's yes, or left out. Money is micro-dollars. */
export type Step = {
  /** What it asks, and what it does for that, in a sentence or two. */
  asks: string
  /** The most it costs. Credit is what was paid in before; USDC becomes credit, and stays there. */
  costs: { credit: bigint; usdc: bigint }
  id: string
  run(): Promise<void>
}

/**
 * Starts a session: nothing is asked yet.
 *
 * @param options.recorder Its tap is on the wire of the client.
 * @throws {@link Wallet.NeedsWalletError} for an API key, which has neither balance nor rows to ask about.
 */
export function createProbe(options: createProbe.Options): Probe {
  const { known, note, recorder, zecchino } = options
  const { client, network } = zecchino
  if (zecchino.payer !== 'wallet') throw new Wallet.NeedsWalletError({ what: 'probe' })
  const facts: Fixture.Facts = {}
  const at = client.now().toISOString()
  return {
    facts,
    fixture: () => ({
      exchanges: recorder.exchanges.toSorted((a, b) => (a.case < b.case ? -1 : 1)),
      facts: { ...facts, ...fromHeaders(recorder) },
      format: 'zecchino-fixtures',
      taken: { at, by: version, host: new URL(client.baseUrl).host, network: network.name },
      version: 1,
    }),
    known,
    note,
    recorder,
    zecchino,
  }
}

export declare namespace createProbe {
  type Options = Pick<Probe, 'known' | 'note' | 'recorder'> & { zecchino: Zecchino }
}

/** What the headers of all good answers together say. */
function fromHeaders({ seen }: Recorder): Fixture.Facts {
  const good = seen.filter(({ status }) => status === 200)
  const signedIn = good.filter((answer) => answer.signedIn)
  const rate: Partial<Record<Fixture.Route, string[]>> = {}
  for (const { headers, route } of good)
    rate[route] = [...new Set([...(rate[route] ?? []), ...headers.keys()])]
      .filter(Fixture.isRateHeader)
      .toSorted()
  return {
    ...(signedIn.length > 0 && {
      balance_header: signedIn.some(({ headers }) => headers.has('x-balance-remaining')),
    }),
    ...(good.length > 0 && { rate_headers: rate }),
  }
}
