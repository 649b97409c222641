import { randomBytes } from 'node:crypto'

import type { Hex } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { createSiweMessage } from 'viem/siwe'

import * as Network from '../../../src/Network.js'
import { listenSandbox } from '../../../src/sandbox/listen.js'
import { cheap } from '../../support/cheap.js'

export type Person = ReturnType<typeof privateKeyToAccount>

/** A sandbox on loopback and a wallet nobody has seen before. */
export async function setup(options: listenSandbox.Options = {}) {
  const sandbox = await listenSandbox({ speed: 1_000, ...options })
  const person = privateKeyToAccount(generatePrivateKey())
  return {
    api: createApi(sandbox, person),
    person,
    sandbox,
    [Symbol.asyncDispose]: sandbox.close,
  }
}

type Target = { apiUrl: string; controlUrl: string; network: Network.Name; payTo: string }

/** Calls the sandbox as a stranger would: plain fetch, headers made by hand with viem. */
export function createApi(sandbox: Target, person: Person) {
  const network = Network.networks[sandbox.network]
  const host = new URL(sandbox.apiUrl).host

  const time = async () => {
    const response = await fetch(`${sandbox.controlUrl}/time`)
    const { now } = (await response.json()) as { now: string }
    return new Date(now)
  }
  const api = {
    async control(path: string, body?: unknown) {
      const init = body === undefined ? {} : { body: JSON.stringify(body), method: 'POST' }
      const response = await fetch(`${sandbox.controlUrl}${path}`, init)
      return response.json()
    },
    time,
    /** A sign-in header; `change` spoils the proof in one place. */
    async signIn(options: SignInOptions = {}) {
      const { change = {}, fields = {}, signer = person } = options
      const issuedAt = fields.issuedAt ?? (await time())
      const message =
        options.message ??
        createSiweMessage({
          address: person.address,
          chainId: network.chainId,
          domain: host,
          issuedAt,
          nonce: randomBytes(16).toString('hex'),
          statement: 'Sign in to Venice AI',
          uri: sandbox.apiUrl,
          version: '1',
          ...fields,
        })
      const signature = await signer.signMessage({ message })
      return base64({
        address: person.address,
        chainId: network.chainId,
        message,
        signature,
        timestamp: issuedAt.getTime(),
        ...change,
      })
    },
    /** A request, signed in unless a header is given. */
    async call(path: string, options: CallOptions = {}) {
      const { body, header = await api.signIn(), headers = {}, method } = options
      const sent = header === '' ? {} : { 'SIGN-IN-WITH-X': header }
      return fetch(`${sandbox.apiUrl}${path}`, {
        ...(body !== undefined && {
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
        headers: { 'content-type': 'application/json', ...sent, ...headers },
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        redirect: 'manual',
      })
    },
    /** A payment in the flat shape; the options spoil or change it. */
    async payment(options: PaymentOptions = {}) {
      const { change = {}, signer = person, value = 5_000_000n } = options
      const now = Math.floor((await time()).getTime() / 1_000)
      const authorization = {
        from: person.address,
        nonce: `0x${randomBytes(32).toString('hex')}` as Hex,
        to: sandbox.payTo as Hex,
        validAfter: 0n,
        validBefore: BigInt(now + 300),
        value,
        ...options.authorization,
      }
      const signature = await signer.signTypedData({
        domain: {
          chainId: network.chainId,
          name: network.domain.name,
          verifyingContract: network.asset,
          version: network.domain.version,
        },
        message: authorization,
        primaryType: 'TransferWithAuthorization',
        types: {
          TransferWithAuthorization: [
            { name: 'from', type: 'address' },
            { name: 'to', type: 'address' },
            { name: 'value', type: 'uint256' },
            { name: 'validAfter', type: 'uint256' },
            { name: 'validBefore', type: 'uint256' },
            { name: 'nonce', type: 'bytes32' },
          ],
        },
      })
      const wire = Object.fromEntries(
        Object.entries(authorization).map(([name, field]) => [name, String(field)]),
      )
      return {
        network: network.name,
        payload: { authorization: wire, signature },
        scheme: 'exact',
        x402Version: 2,
        ...change,
      }
    },
    async topUp(payment: unknown, name = 'PAYMENT-SIGNATURE') {
      const header = typeof payment === 'string' ? payment : base64(payment)
      return fetch(`${sandbox.apiUrl}/x402/top-up`, { headers: { [name]: header }, method: 'POST' })
    },
    /** USDC, a payment, credit. */
    async fill(usd = 5) {
      await api.control('/fund', { address: person.address, usdc: String(usd) })
      const response = await api.topUp(await api.payment({ value: BigInt(usd) * 1_000_000n }))
      if (response.status !== 200) throw new Error(`no credit: ${await response.text()}`)
    },
    async state() {
      return (await api.control('/state')) as State
    },
    /** Polls until the answer is no longer PROCESSING. */
    async wait(job: { model: string; queue_id: string }, options: object = {}) {
      for (;;) {
        const body = { model: job.model, queue_id: job.queue_id, ...options }
        const response = await api.call('/video/retrieve', { body })
        const type = response.headers.get('content-type')
        if (!type?.startsWith('application/json') || response.status !== 200) return response
        const text = await response.text()
        if (!text.includes('PROCESSING')) return new Response(text, response)
        await new Promise((resolve) => setTimeout(resolve, 600))
      }
    },
  }
  return api
}

type SignInOptions = {
  change?: Record<string, unknown>
  fields?: Partial<Parameters<typeof createSiweMessage>[0]>
  message?: string
  signer?: Person
}
type CallOptions = {
  body?: unknown
  /** Sign-in header; `''` sends none. */
  header?: string
  headers?: Record<string, string>
  method?: string
}
type PaymentOptions = {
  authorization?: Partial<Record<'from' | 'nonce' | 'to', Hex>> &
    Partial<Record<'validAfter' | 'validBefore' | 'value', bigint>>
  change?: Record<string, unknown>
  signer?: Person
  value?: bigint
}
export type State = {
  charges: { amount_usd: string; at: string; queue_id: string | null }[]
  faults: Record<string, unknown>[]
  jobs: Record<string, unknown>[]
  refunds: { amount_usd: string }[]
  requests: Record<string, unknown>[]
  rows: Record<string, unknown>[]
  settlements: { credited: boolean; presented: number; transaction: string }[]
  wallets: { address: string; credit_usd: string; diem_usd?: string; usdc: string }[]
}

export function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64')
}

/** The cheapest body there is: $0.14. */
export const shortVideo = { ...cheap }
