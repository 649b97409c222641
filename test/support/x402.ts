import * as Network from '../../src/Network.js'
import * as X402 from '../../src/X402.js'

export const payTo = '0x2670b922ef37c7df47158725c0cc407b5382293f'

/** An entry of `accepts` as Venice's top-up sends it, changed as told. */
export function entryV2(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    scheme: 'exact',
    network: 'eip155:8453',
    amount: '5000000',
    asset: Network.networks.base.asset.toLowerCase(),
    payTo,
    maxTimeoutSeconds: 300,
    extra: { name: 'USD Coin', version: '2' },
    ...change,
  }
}

/** The same in version 1. */
export function entryV1(change: Record<string, unknown> = {}): Record<string, unknown> {
  const { amount, ...rest } = entryV2()
  return {
    ...rest,
    maxAmountRequired: amount,
    network: 'base',
    resource: 'https://shop.example/a',
    ...change,
  }
}

/** What is read from a 402 with these values in header and body. Text is taken as it is. */
export function demandOf(options: {
  body?: unknown
  defaults?: X402.Defaults | undefined
  header?: unknown
  sent?: X402.Sent
}): X402.Demand {
  const { body = '', defaults, header, sent = 'nothing' } = options
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const value =
    header === undefined || typeof header === 'string'
      ? header
      : X402.encode(header as object as Record<string, unknown>)
  const headers = new Headers(value === undefined ? {} : { [X402.headers.required]: value })
  return X402.demandOf({ defaults, headers, sent, text })
}

/** The requirements of a 402 whose body lists these entries. */
export function requirementsOf(accepts: unknown, version: 1 | 2 = 2): X402.Requirements {
  const demand = demandOf({ body: { accepts, x402Version: version } })
  if (!('requirements' in demand) || !demand.requirements) throw new Error(demand.kind)
  return demand.requirements
}
