import { readAuthorization } from '../actions/readAuthorization.js'
import type { Wire as Rpc } from '../client/createRpc.js'
import { isVerified } from '../client/requireVerified.js'
import * as Errors from '../Errors.js'
import type * as Ledger from '../Ledger.js'
import type { WalletZecchino } from './createZecchino.js'

/** What the chain proves about a payment. */
export type Proof =
  /** Spent, and when every node had seen that at the latest. */
  | { kind: 'spent'; at: Date }
  /** Expired unspent: it was not paid and never will be. */
  | { kind: 'unspent' }
  /**
   * Nothing yet; `doubt` says why, as part of a sentence. `speaks`: a node was read, and shows it spent or not
   * ended yet, so that nobody may call it unpaid.
   */
  | { kind: 'nothing'; doubt: string; speaks: boolean }

/**
 * Asks every node that the owner names what became of a payment. Nothing is proven unless all of them
 * are of the right chain, can be read, and agree.
 */
export async function askChain(
  { client, network, rpcs, wallet }: Pick<WalletZecchino, 'client' | 'network' | 'rpcs' | 'wallet'>,
  { nonce, validBefore }: Pick<Ledger.Payment, 'nonce' | 'validBefore'>,
): Promise<Proof> {
  // Whoever sits between would be every node at once, and could free a payment that was made.
  if (!isVerified(client))
    return { doubt: 'certificates are not checked', kind: 'nothing', speaks: true }
  if (rpcs.length === 0)
    return { doubt: 'no node of the chain is asked', kind: 'nothing', speaks: false }
  const options = { from: wallet.address, network, nonce }
  const told = await Promise.allSettled(rpcs.map((rpc) => readAuthorization(rpc, options)))
  const seen = told.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const [failed] = told.flatMap((one, index) =>
    one.status === 'rejected' ? [wordsOf(one.reason, rpcs[index])] : [],
  )
  const spent = seen.filter(({ used }) => used)
  if (failed !== undefined) return { doubt: failed, kind: 'nothing', speaks: spent.length > 0 }

  if (spent.length === seen.length)
    return { at: new Date(Math.min(...seen.map(({ at }) => at.getTime()))), kind: 'spent' }
  const early = seen.findIndex(({ at, used }) => !used && at <= validBefore)
  if (early >= 0)
    return {
      doubt: `${nameOf(rpcs[early])} shows no settled block from after its end`,
      kind: 'nothing',
      speaks: true,
    }
  if (spent.length > 0)
    return { doubt: 'the nodes of the chain contradict each other', kind: 'nothing', speaks: true }
  return { kind: 'unspent' }
}

function nameOf(rpc: Rpc | undefined): string {
  return `the node at ${rpc?.host ?? 'rpcUrl'}`
}

function wordsOf(error: unknown, rpc: Rpc | undefined): string {
  const known = Errors.from(error)
  if (known.code === 'INVALID_CONFIG')
    return known.shortMessage.replace(/^The /, 'the ').replace(/\.$/, '')
  return `${nameOf(rpc)} cannot be read`
}
