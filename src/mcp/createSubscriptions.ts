import type { Server } from '@modelcontextprotocol/sdk/server/index.js'

import type { Zecchino } from '../flows/createZecchino.js'
import { namedBy } from './readResource.js'

/** How often the ledger is looked at while somebody has subscribed, in milliseconds. */
const rhythm = 500

/** How many resources one client may subscribe to. */
const most = 200

/** The resources that a client wants to hear of. */
export type Subscriptions = {
  add(uri: string): Promise<void>
  remove(uri: string): void
}

/**
 * Tells a client when a job it subscribed to changes its status, whichever process works on it: by
 * looking at the ledger, because events of one process do not tell of another's work.
 */
export function createSubscriptions(server: Server, open: () => Promise<Zecchino>): Subscriptions {
  /** What was last seen, by URI. */
  const seen = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined

  async function stateOf(uri: string): Promise<string> {
    const named = namedBy(uri)
    if (named === undefined || named.kind === 'policy') return ''
    const job = await (await open()).ledger.findJob(named.id)
    return `${job?.status} ${job?.refund ?? ''} ${job?.consent?.confirmed_at ?? ''}`
  }

  async function look(): Promise<void> {
    for (const [uri, before] of seen) {
      const now = await stateOf(uri).catch(() => before) // a ledger that is busy changes nothing
      if (now === before || !seen.has(uri)) continue
      seen.set(uri, now)
      await server.sendResourceUpdated({ uri }).catch(() => seen.clear()) // the client is gone
    }
    timer = seen.size > 0 ? setTimeout(look, rhythm).unref() : undefined
  }

  return {
    async add(uri) {
      if (seen.size >= most && !seen.has(uri)) seen.delete([...seen.keys()][0] ?? '')
      seen.set(uri, await stateOf(uri))
      timer ??= setTimeout(look, rhythm).unref()
    },
    remove: (uri) => void seen.delete(uri),
  }
}
