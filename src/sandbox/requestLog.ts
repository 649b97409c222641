import type { LogEntry, Trace, World } from './world.js'

/** How many requests the log keeps. */
const size = 20_000

/** Notes that a request has come. Until it is answered its status is `null`. */
export function openEntry(world: World, options: { method: string; path: string }): LogEntry {
  const entry: LogEntry = {
    at: world.now().toISOString(),
    method: options.method,
    path: options.path.replace(/^\/storage\/.*/, '/storage/…').slice(0, 200),
    seq: (world.requests.at(-1)?.seq ?? 0) + 1,
    status: null,
    verdict: 'not answered yet',
  }
  world.requests.push(entry)
  if (world.requests.length > size) {
    world.requests.shift()
    world.requestsDropped += 1
  }
  return entry
}

/** Notes how a request was answered; without a status the client got no answer. */
export function finishEntry(entry: LogEntry, trace: Trace, status: number | null): void {
  entry.status = status
  entry.verdict = trace.verdict ?? ''
  if (trace.fault) entry.fault = trace.fault
  if (trace.queueId) entry.queue_id = trace.queueId
  if (trace.nonce) entry.sign_in_nonce = trace.nonce.slice(0, 100)
  if (trace.wallet) entry.wallet = trace.wallet
}
