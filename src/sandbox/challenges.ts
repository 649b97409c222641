import { encodeBase64Json } from '../internal/base64Json.js'
import * as Money from '../Money.js'
import * as Siwx from '../Siwx.js'
import * as Venice from '../Venice.js'
import * as X402 from '../X402.js'
import { takeFault } from './takeFault.js'
import type { Account, Trace, World } from './world.js'

/** Bounds of one top-up, and what is suggested, in micro-dollars. */
export const topUp = { maximum: 10_000_000_000n, minimum: 5_000_000n, suggested: 10_000_000n }

/** Solana's side of the offers. It is only advertised: addresses derived from words, no keys. */
const solana = {
  base: {
    asset: 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v',
    network: 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp',
  },
  'base-sepolia': {
    asset: '4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU',
    network: 'solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1',
  },
} as const
const solanaPayee = 'Zecch1noSandboxPayee111111111111111111111111'
const solanaFeePayer = 'Zecch1noSandboxFee11111111111111111111111111'

/** What `/x402/top-up` wants to be paid: one entry per rail, no `resource`. */
export function requirements(world: World, trace: Trace) {
  return { accepts: [baseEntry(world, trace), solanaEntry(world, 'caip2')], x402Version: 2 }
}

/**
 * The 402 of a route that was called without credentials: body and header differ. Where there is
 * something to buy it is priced at the suggested top-up, elsewhere nothing is offered.
 */
export function discovery(world: World, trace: Trace, path: string) {
  const accepts = isInference(trace) ? suggestedEntries(world, trace) : []
  const extensions = { 'sign-in-with-x': challenge(world, trace, path) }
  const error = 'Authentication required'
  const resource = resourceOf(trace, path)
  const header = { accepts, error, extensions, resource, x402Version: 2 }
  const authOptions = {
    apiKey: {
      docs: 'https://docs.venice.ai/api-reference',
      getKey: 'https://venice.ai/settings/api',
      header: 'Authorization: Bearer YOUR_API_KEY',
    },
    x402Wallet: {
      docs: 'https://docs.venice.ai/api-reference/endpoint/x402/top-up',
      header: Siwx.headers.canonical,
      legacyHeader: Siwx.headers.legacy,
      topUp: 'POST /api/v1/x402/top-up',
    },
  }
  return {
    body: { accepts, authOptions, error, extensions, resource, x402Version: 2 },
    headers: { [X402.headers.required]: encodeBase64Json(header) },
  }
}

/** The 402 of a wallet whose credit is below the floor. */
export function insufficient(world: World, trace: Trace, path: string, account: Account) {
  const accepts = suggestedEntries(world, trace)
  const [entry] = accepts
  const siwxChallenge = challenge(world, trace, path)
  return {
    body: {
      code: 'PAYMENT_REQUIRED',
      currentBalanceUsd: Money.exactToNumber(account.credit),
      description: 'Venice API',
      error: 'Payment required',
      minimumBalanceUsd: Money.toNumber(Venice.floor),
      minimumTopUpUsd: Money.toNumber(topUp.minimum),
      reason: 'insufficient_balance',
      siwxChallenge,
      suggestedTopUpUsd: Money.toNumber(topUp.suggested),
      supportedChains: [world.network.name, 'solana'],
      supportedTokens: ['USDC'],
      topUpInstructions: {
        minimumAmountUsd: Money.toNumber(topUp.minimum),
        network: entry.network,
        receiverWallet: entry.payTo,
        step1: 'POST /api/v1/x402/top-up without a payment header to read what can be paid',
        step2: 'Choose an entry of accepts and sign a USDC transfer authorization for it',
        step3: `POST /api/v1/x402/top-up with the payment in the ${world.behavior === 'documented' ? 'PAYMENT-SIGNATURE' : 'X-402-Payment'} header`,
        tokenAddress: entry.asset,
        tokenDecimals: Money.decimals,
      },
    },
    headers: {
      [X402.headers.required]: encodeBase64Json({
        accepts,
        error: 'Payment required',
        extensions: { 'sign-in-with-x': siwxChallenge },
        resource: resourceOf(trace, path),
        x402Version: 2,
      }),
    },
  }
}

function isInference({ route }: Trace): boolean {
  return route !== 'balance' && route !== 'transactions'
}

function resourceOf({ origin }: Trace, path: string) {
  return { description: 'Venice API', mimeType: 'application/json', url: origin + path }
}

/** Both rails, outside of the top-up route: priced at what is suggested, Solana by its bare name. */
function suggestedEntries(world: World, trace: Trace) {
  const amount = topUp.suggested.toString()
  return [baseEntry(world, trace, { amount }), { ...solanaEntry(world, 'bare'), amount }] as const
}

/** The rail that works, unless a fault wants it otherwise. */
function baseEntry(world: World, trace: Trace, priced: Partial<Offer> = {}): Offer {
  const swap = takeFault(world, trace, 'pay-to-swap')
  const offer = takeFault(world, trace, 'offer')
  if (swap) world.payees.add(swap.to.toLowerCase())
  const entry = {
    ...offerOf(world),
    ...priced,
    ...(swap && { payTo: swap.to }),
    ...(offer?.change as object),
  }
  const omitted = ([name]: [string, unknown]) => offer?.omit.includes(name)
  return Object.fromEntries(Object.entries(entry).filter((field) => !omitted(field))) as Offer
}

/** The rail that works, as it is offered when nothing is wrong. */
export function offerOf({ network, observed, payTo }: World): Offer {
  return asListed(observed?.facts.offer_fields, {
    amount: topUp.minimum.toString(),
    asset: network.asset.toLowerCase(),
    extra: { ...network.domain },
    maxTimeoutSeconds: 300,
    network: network.caip2,
    payTo: payTo.toLowerCase(),
    scheme: 'exact',
  })
}

/** Leaves out the fields that a live offer was found not to have. */
function asListed(fields: readonly string[] | undefined, offer: Offer): Offer {
  const has = (name: string) => !fields || fields.some((field) => field.split('.')[0] === name)
  return Object.fromEntries(Object.entries(offer).filter(([name]) => has(name))) as Offer
}

type Offer = {
  amount: string
  asset: string
  extra: Record<string, string>
  maxTimeoutSeconds: number
  network: string
  payTo: string
  scheme: string
}

function solanaEntry({ network }: World, form: 'bare' | 'caip2') {
  const rail = solana[network.name]
  return {
    amount: topUp.minimum.toString(),
    asset: rail.asset,
    extra: { feePayer: solanaFeePayer },
    maxTimeoutSeconds: 300,
    network: form === 'bare' ? 'solana' : rail.network,
    payTo: solanaPayee,
    scheme: 'exact',
  }
}

function challenge(world: World, trace: Trace, path: string) {
  const issuedAt = world.now().getTime() + trace.skew
  const { caip2, name } = world.network
  return {
    info: {
      domain: new URL(trace.origin).host,
      expirationTime: new Date(issuedAt + Siwx.lifetime).toISOString(),
      issuedAt: new Date(issuedAt).toISOString(),
      nonce: world.id().replaceAll('-', ''),
      statement: Siwx.statement,
      uri: trace.origin + path,
      version: '1',
    },
    supportedChains: [
      { chainId: caip2, type: 'eip191' },
      { chainId: caip2, type: 'eip1271' },
      { chainId: solana[name].network, type: 'ed25519' },
    ],
  }
}
