import { expect, test } from 'vitest'

import { UnreachableError } from '../../src/client/UnreachableError.js'
import { DownloadRefusedError } from '../../src/client/fetchDownload.js'
import { TunnelError } from '../../src/client/openTunnel.js'
import type { Zecchino } from '../../src/flows/createZecchino.js'
import { isRested, mayAskForRest, useLink, usesOf } from '../../src/flows/useLink.js'
import type * as Job from '../../src/Job.js'

const noon = Date.UTC(2026, 10, 27, 12)
const job = { createdAt: new Date(noon), providerSentAt: new Date(noon) } as Job.Job
const [second, minute, hour] = [1_000, 60_000, 3_600_000]

/** When a link is used that never gives the file, in milliseconds after the job was sent. */
function usesFrom(start: number, { count: from = 0 } = {}): number[] {
  const found: number[] = []
  let uses = from > 0 ? { at: new Date(noon + start), count: from } : undefined
  for (let now = noon + start; now < noon + 24 * hour; now += second) {
    const at = new Date(now)
    if (!isRested({ job, now: at, providerNow: at, uses })) continue
    found.push(now - noon)
    uses = { at, count: (uses?.count ?? 0) + 1 }
  }
  return found
}

test.each([0, minute, hour])(
  'behavior: a link that never works, ready after %d ms, is used ten times in a day',
  (start) => {
    const uses = usesFrom(start)
    expect(uses).toHaveLength(10)
    const pauses = uses.slice(1).map((at, index) => at - (uses[index] ?? 0))
    expect(pauses.slice(0, 4)).toEqual([5, 20, 80, 320].map((one) => one * second))
    // Early ones are close together, later ones leave no more than six hours, and one is left for the end.
    expect(Math.max(...pauses.slice(0, -1))).toBeLessThanOrEqual(6 * hour)
    expect(24 * hour - (uses.at(-1) ?? 0)).toBeLessThanOrEqual(3 * minute)
  },
)

test('behavior: whoever takes over goes on with the pauses of the one before', () => {
  expect(usesFrom(10 * minute, { count: 9 })).toHaveLength(1)
  expect(usesFrom(10 * minute, { count: 25 })).toHaveLength(1)
  expect(usesFrom(23.99 * hour, { count: 9 })).toHaveLength(0)
})

test('behavior: a use that is dated later than now, as by a clock that was put right, holds nothing up', () => {
  const now = new Date(noon)
  const uses = { at: new Date(noon + hour), count: 5 }
  expect(isRested({ job, now, providerNow: now, uses })).toBe(true)
})

test('behavior: the rest of a file is asked for at once while there are uses for it', () => {
  const uses = (count: number) => mayAskForRest({ at: new Date(noon), count })
  expect([mayAskForRest(undefined), uses(1), uses(3), uses(4), uses(9)]).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
})

const via = { authorization: undefined, from: 'HTTPS_PROXY', shown: '', url: 'http://proxy' }
const lost = (cause: object, isReached = false) =>
  new UnreachableError({ baseUrl: 'https://media.example', cause, isReached, path: '/x' })
const tunnel = (status: number) =>
  new TunnelError({ host: 'media.example', status, step: 'ask', via })

test.each<[string, Error, number]>([
  ['a name that is not found', lost({ code: 'ENOTFOUND', syscall: 'getaddrinfo' }), 0],
  ['nobody who listens', lost({ code: 'ECONNREFUSED', syscall: 'connect' }), 0],
  ['a connection that takes too long', lost({ code: 'UND_ERR_CONNECT_TIMEOUT' }), 0],
  ['a proxy that says no', lost({ cause: tunnel(403) }), 0],
  ['a proxy that wants a password', lost({ cause: tunnel(407) }), 0],
  ['a host that is not listed', new DownloadRefusedError({ isReached: false, reason: 'x' }), 0],
  [
    'one that is not listed after a redirect',
    new DownloadRefusedError({ isReached: true, reason: 'x' }),
    1,
  ],
  ['a proxy that says no after a redirect', lost({ cause: tunnel(403) }, true), 1],
  ['an answer that never came', lost({ code: 'UND_ERR_SOCKET' }), 1],
  ['a connection that broke', lost({ code: 'ECONNRESET', syscall: 'read' }), 1],
  ['a network that was gone in the middle', lost({ code: 'EHOSTUNREACH', syscall: 'read' }), 1],
])('behavior: %s', async (_, error, uses) => {
  const ledger = { noteJob: async () => {}, now: async () => new Date(noon) }
  const zecchino = { client: {}, ledger } as unknown as Zecchino
  const mine = { ...job, id: 'job_1' }
  const used = useLink(zecchino, { job: mine, open: () => Promise.reject(error) })
  await expect(used).rejects.toBe(error)
  expect(usesOf(zecchino, mine)?.count ?? 0).toBe(uses)
})
