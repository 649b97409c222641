import { expect, test } from 'vitest'

import { type Envelopes, envelopes } from '../../src/sandbox/envelopes.js'
import { setup } from './support/client.js'

type It = Awaited<ReturnType<typeof setup>>

/** One signed payment of $8 in each of its forms, as somebody without our code would write them. */
async function formsOf({ api }: It) {
  const { accepts } = (await (await api.topUp('')).json()) as { accepts: Record<string, unknown>[] }
  const offered = accepts[0] ?? {}
  const { network, payload, scheme, x402Version } = await api.payment({ value: 8_000_000n })
  const accepted: Record<string, unknown> = { ...offered, amount: '8000000' }
  const { maxTimeoutSeconds: _, ...windowless } = accepted
  return {
    full: { accepted, payload, x402Version },
    unchanged: { accepted: offered, payload, x402Version },
    labelled: { accepted, network, payload, scheme, x402Version },
    flat: { network, payload, scheme, x402Version },
    windowless: { accepted: windowless, payload, x402Version },
  }
}

const format = '400 INVALID_PAYMENT_FORMAT'
const amount = '400 INVALID_AMOUNT'

/** What each server says to each form. */
const answers: Record<Envelopes, Record<keyof Awaited<ReturnType<typeof formsOf>>, string>> = {
  both: { full: '200', unchanged: amount, labelled: '200', flat: '200', windowless: format },
  full: { full: '200', unchanged: amount, labelled: '200', flat: format, windowless: format },
  'full-unchanged': {
    full: '400 INVALID_PAYMENT',
    unchanged: '200',
    labelled: '400 INVALID_PAYMENT',
    flat: format,
    windowless: format,
  },
  'full-labelled': {
    full: format,
    unchanged: format,
    labelled: '200',
    flat: format,
    windowless: format,
  },
  flat: { full: format, unchanged: format, labelled: format, flat: '200', windowless: format },
  none: { full: format, unchanged: format, labelled: format, flat: format, windowless: format },
}

test.each(envelopes)('options: envelopes: %s', async (takes) => {
  await using it = await setup({ envelopes: takes, limits: 'none' })
  await it.api.control('/fund', { address: it.person.address, usdc: '100' })

  const said: Record<string, string> = {}
  for (const name of Object.keys((await formsOf(it)) as object)) {
    const form = (await formsOf(it))[name as 'full']
    const response = await it.api.topUp(form)
    const { error } = (await response.json()) as { error?: string }
    said[name] = [response.status, error].filter(Boolean).join(' ')
  }

  expect(said).toEqual(answers[takes])
  const taken = Object.values(said).filter((answer) => answer === '200').length
  expect((await it.api.state()).settlements).toHaveLength(taken)
})

test('behavior: one payment in all its forms is credited once', async () => {
  await using it = await setup()
  await it.api.control('/fund', { address: it.person.address, usdc: '100' })
  const { flat, full, labelled } = await formsOf(it)

  for (const form of [full, labelled, flat, full])
    expect((await it.api.topUp(form)).status).toBe(200)

  const { settlements, wallets } = await it.api.state()
  expect(settlements).toMatchObject([{ amount_usd: '8', presented: 4 }])
  expect(wallets).toMatchObject([{ credit_usd: '8', usdc: '92' }])
})

test('behavior: the offer of May, without scheme, window and extra, is told on demand', async () => {
  await using it = await setup()
  const omit = ['scheme', 'maxTimeoutSeconds', 'extra']
  await it.api.control('/faults', { kind: 'offer', omit, route: 'top-up-discovery' })
  const { accepts } = (await (await it.api.topUp('')).json()) as { accepts: object[] }
  expect(Object.keys(accepts[0] ?? {}).toSorted()).toEqual(['amount', 'asset', 'network', 'payTo'])
})
