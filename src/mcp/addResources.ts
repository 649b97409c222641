import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  ErrorCode,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'

import * as Errors from '../Errors.js'
import type { Zecchino } from '../flows/createZecchino.js'
import { harmless, harmlessAll } from '../internal/printable.js'
import type * as Job from '../Job.js'
import * as Money from '../Money.js'
import { createSubscriptions } from './createSubscriptions.js'
import { namedBy, type Named, policyUri, readResource } from './readResource.js'

const mimeType = 'application/json'

/** How many jobs are listed, newest first. */
const listed = 50

/** The protocol's code for a resource that is not there. */
const notFound = -32_002

const policy = {
  description: 'What the wallet’s owner allows. Read-only.',
  mimeType,
  name: 'policy',
  title: 'Owner’s policy',
  uri: policyUri,
}

const templates = [
  {
    description: 'A video job: status, progress, file, and what to do next.',
    mimeType,
    name: 'job',
    title: 'Video job',
    uriTemplate: 'zecchino://jobs/{id}',
  },
  {
    description: 'What a job cost: quote, charge, refund, top-up, settlement and hashes.',
    mimeType,
    name: 'receipt',
    title: 'Receipt of a job',
    uriTemplate: 'zecchino://receipts/{id}',
  },
]

/** Offers jobs, receipts and the policy of a wallet, and tells subscribers when a job changes. */
export function addResources(server: Server, open: () => Promise<Zecchino>): void {
  const subscriptions = createSubscriptions(server, open)
  const named = (uri: string): Named => {
    const found = namedBy(uri)
    if (found) return found
    throw new McpError(notFound, 'There is no such resource', { uri: harmless(uri.slice(0, 200)) })
  }
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: templates,
  }))
  server.setRequestHandler(ListResourcesRequestSchema, async () => {
    // Without a wallet there are no jobs, and a host that only looks around needs no error.
    const jobs = await open().then(
      ({ ledger }) => ledger.jobs({ limit: listed }),
      () => [],
    )
    return { resources: [policy, ...jobs.flatMap(resourcesOf)] }
  })
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) => {
    const value = await guarded(uri, async () => readResource(await open(), named(uri)))
    return { contents: [{ mimeType, text: JSON.stringify(harmlessAll(value)), uri }] }
  })
  server.setRequestHandler(SubscribeRequestSchema, async ({ params: { uri } }) => {
    await guarded(uri, async () => {
      // What is not there cannot change.
      await readResource(await open(), named(uri))
      await subscriptions.add(uri)
    })
    return {}
  })
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
    subscriptions.remove(uri)
    return {}
  })
}

function resourcesOf({ createdAt, id, model, price, status }: Job.Job) {
  const words = `${model}, ${Money.display(price)}, ${createdAt.toISOString()}`
  return [
    {
      description: `${status}: ${words}`,
      mimeType,
      name: id,
      uri: `zecchino://jobs/${id}`,
    },
    {
      description: `Receipt: ${words}`,
      mimeType,
      name: `${id} receipt`,
      uri: `zecchino://receipts/${id}`,
    },
  ]
}

/** Runs a read; our errors become protocol errors that say the same. */
async function guarded<value>(uri: string, run: () => Promise<value>): Promise<value> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof McpError) throw error
    const known = Errors.from(error)
    const code = known.code === 'JOB_NOT_FOUND' ? notFound : ErrorCode.InternalError
    const data = harmlessAll({ ...known.toJSON(), uri: uri.slice(0, 200) })
    throw new McpError(code, harmless(known.shortMessage), data)
  }
}
