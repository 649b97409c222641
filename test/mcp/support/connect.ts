import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  type ClientCapabilities,
  ElicitRequestSchema,
  type ElicitResult,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'

import type { Zecchino } from '../../../src/flows/createZecchino.js'
import { createMcpServer } from '../../../src/mcp/createMcpServer.js'
import { listenSandbox } from '../../../src/sandbox/index.js'
import { cheap } from '../../support/cheap.js'
import { control, createBuyer } from '../../support/createBuyer.js'

/** A small text-to-video request. */
export const request = { ...cheap, aspect_ratio: '1:1', prompt: 'Rain on the Grand Canal.' }

/** A sandbox, faster than real jobs; it keeps what it rendered, so tests may share one. */
export function sandboxFor(): Promise<Sandbox> {
  return listenSandbox({ speed: 200 })
}

export type Sandbox = Awaited<ReturnType<typeof listenSandbox>>

/** A funded wallet of its own at work against a sandbox, and a client of the official SDK. */
export async function setup(sandbox: Sandbox, options: setup.Options = {}) {
  const { policy = {}, usdc = '20' } = options
  const buyer = await createBuyer({ apiUrl: sandbox.apiUrl, policy })
  const controls = control(sandbox.controlUrl)
  if (usdc !== '0') await controls.fund(buyer.address, usdc)
  const agent = await connect(async () => buyer.zecchino, options)
  return {
    ...buyer,
    ...agent,
    control: controls,
    truth: () => truthOf(sandbox, buyer.address),
    async [Symbol.asyncDispose]() {
      await agent.client.close()
      await buyer[Symbol.asyncDispose]()
    },
  }
}

export declare namespace setup {
  type Options = connect.Options & {
    policy?: createBuyer.Options['policy']
    usdc?: string
  }
}

/** What the sandbox knows about one wallet: amounts in USD, newest first. */
export async function truthOf({ controlUrl }: Pick<Sandbox, 'controlUrl'>, wallet: string) {
  const own = wallet.toLowerCase()
  const state = (await (await fetch(`${controlUrl}/state?requests=0`)).json()) as {
    charges: { amount_usd: string; wallet: string }[]
    jobs: { status: string; wallet: string }[]
    settlements: { amount_usd: string; payer: string }[]
  }
  return {
    charges: state.charges.filter((row) => row.wallet === own).map((row) => row.amount_usd),
    jobs: state.jobs.filter((job) => job.wallet === own).length,
    settlements: state.settlements
      .filter(({ payer }) => payer.toLowerCase() === own)
      .map((row) => row.amount_usd),
  }
}

/** What a person in front of a host answers to a form. */
export type Person = (form: {
  message: string
  requestedSchema: { properties: Record<string, { title?: string }>; required?: string[] }
}) => Promise<unknown> | unknown

/**
 * Connects a client to a server. It knows every tool's output schema, and
 * keeps the methods that the server asked of it.
 */
export async function connect(open: () => Promise<Zecchino>, options: connect.Options = {}) {
  const { person } = options
  const capabilities = options.capabilities ?? (person ? { elicitation: { form: {} } } : {})
  const client = new Client({ name: 'test', version: '0' }, { capabilities })
  const updated: string[] = []
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    updated.push(params.uri)
  })
  if (person)
    client.setRequestHandler(
      ElicitRequestSchema,
      async ({ params }) => (await person(params as Parameters<Person>[0])) as ElicitResult,
    )
  const { transport: near = await linked(open) } = options
  await client.connect(near)
  const asked: string[] = []
  const hear = near.onmessage?.bind(near)
  const listen: typeof hear = (message, extra) => {
    if ('method' in message && 'id' in message) asked.push(message.method)
    hear?.(message, extra)
  }
  Object.assign(near, { onmessage: listen })
  // From here on the client checks every result against the schema of its tool.
  const { tools } = await client.listTools()
  return { asked, call: callerOf(client), client, tools, updated }
}

export declare namespace connect {
  type Options = {
    capabilities?: ClientCapabilities
    /** Somebody who answers the host's forms. */
    person?: Person
    /** The way to a server that is there already. @default linked to one of its own */
    transport?: Transport
  }
}

async function linked(open: () => Promise<Zecchino>): Promise<Transport> {
  const [near, far] = InMemoryTransport.createLinkedPair()
  await createMcpServer(open).connect(far)
  return near
}

/** An answer of a tool, whichever half of it a host shows. */
export type Answer = Record<string, unknown> & { next: string }

/** Calls tools; a failure is an answer like any other. */
export function callerOf(client: Client) {
  return async (name: string, args: object = {}): Promise<Answer> => {
    const answer = await client.callTool({ arguments: { ...args }, name })
    const [block] = answer.content as { text: string }[]
    const value = JSON.parse(block?.text ?? '') as Answer
    if (answer.isError !== true && JSON.stringify(answer.structuredContent) !== block?.text)
      throw new Error('the two halves of the result differ')
    return value
  }
}
