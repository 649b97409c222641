import { setTimeout } from 'node:timers/promises'

import { expect, test, vi } from 'vitest'

import type { Client } from '../../src/client/createClient.js'
import type { Fetch, Init } from '../../src/client/createWire.js'
import { buyVideo } from '../../src/flows/buyVideo.js'
import { quote } from '../../src/flows/quote.js'
import { privateRequest } from '../crash/requests.js'
import { createLab } from '../support/createLab.js'

vi.setConfig({ testTimeout: 60_000 })

const [second, minute] = [1_000, 60_000]

test.each(['looks', 'links'])(
  'behavior: %s at which the provider is silent for minutes leave no paid job alone',
  async (which) => {
    await using lab = await createLab()
    const asked: number[] = []
    let silent = true

    /** Never answers, for as long as the client waits for an answer that does not begin. */
    async function hang({ deadline, headDeadline = 180 * second, signal }: Init): Promise<never> {
      const end = lab.now().getTime() + Math.min(deadline, headDeadline)
      while (lab.now().getTime() < end) {
        signal?.throwIfAborted()
        await setTimeout(2)
      }
      throw new DOMException('The deadline has passed.', 'TimeoutError')
    }
    const watch =
      (fetch: Fetch, isHung: (url: string) => boolean, isAsked = isHung): Fetch =>
      async (url, init) => {
        if (isAsked(url)) asked.push(lab.now().getTime())
        return silent && isHung(url) ? hang(init) : fetch(url, init)
      }
    const isLook = (url: string) => url.endsWith('/video/retrieve')
    const wrapClient = (client: Client): Client => ({
      ...client,
      fetch: watch(client.fetch, (url) => which === 'looks' && isLook(url), isLook),
      tapDownload: (fetch) => watch(fetch, () => which === 'links'),
    })
    const zecchino = await lab.process({ wrapClient })
    await lab.credit(lab.address, '5')
    const { quote: made } = await quote(zecchino, privateRequest)
    const { job } = await buyVideo(zecchino, { quoteId: made.id })
    const find = async () => zecchino.ledger.findJob(job.id)

    while ((await find())?.status !== 'queued') await setTimeout(5)
    const began = lab.now().getTime()
    while (lab.now().getTime() < began + 15 * minute) {
      await lab.tick(5 * second)
      await find()
    }
    const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0))
    expect(gaps.length).toBeGreaterThan(6)
    expect(Math.max(...gaps)).toBeLessThan(2 * minute)

    silent = false
    for (let ticks = 0; (await find())?.status !== 'cleaned' && ticks < 2_000; ticks += 1)
      await lab.tick(5 * second)
    expect(await find()).toMatchObject({ status: 'cleaned' })
  },
)
