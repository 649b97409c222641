import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  CallToolRequestParamsSchema,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import * as z from 'zod'

import type { Zecchino } from '../flows/createZecchino.js'
import type { Tool } from '../tools/defineTool.js'
import { tools as allTools } from '../tools/index.js'
import { version } from '../version.js'
import { addPrompts } from './addPrompts.js'
import { addResources } from './addResources.js'
import { callTool } from './callTool.js'
import { createAsk } from './createAsk.js'
import { describeTool } from './describeTool.js'

const instructions = [
  'Zecchino buys AI video from Venice with a crypto wallet: no API key. Amounts are in USD.',
  'Order: video_models, video_quote, video_generate, then video_retrieve until the file is saved.',
  'Only video_generate and wallet_top_up spend money; caps, approvals and consents are the owner’s and cannot be given by tools or by you.',
  'The same quote_id never pays twice: after an error or a time-out repeat the same call instead of quoting anew.',
  'Every result and error has a next field: follow it.',
].join('\n')

/** A call as it came: the SDK's own schema drops argument names that ours are to refuse. */
const CallRequest = z.object({
  method: z.literal('tools/call'),
  params: CallToolRequestParamsSchema.extend({ arguments: z.unknown().optional() }),
})

/** Where messages come from and go to, as the MCP SDK's transports are. */
export type Transport = {
  close(): Promise<void>
  onclose?: (() => void) | undefined
  onerror?: ((error: Error) => void) | undefined
  onmessage?: ((message: never) => void) | undefined
  send(message: unknown): Promise<void>
  start(): Promise<void>
}

/** A server that has no transport yet: the MCP SDK's own, of which no more is promised. */
export type McpServer = {
  close(): Promise<void>
  connect(transport: Transport): Promise<void>
}

/** How long after the host is ready unfinished jobs are taken up, in milliseconds. */
const pause = 1_000

/**
 * Creates an MCP server that offers tools, and the jobs, receipts and policy of a wallet as
 * resources. Connecting it to a transport is up to the caller.
 *
 * @param open Gives the wallet at work; called when the first call needs it, or a moment after the
 * host is ready, so that what an earlier process left unfinished goes on by itself.
 */
export function createMcpServer(
  open: () => Promise<Zecchino>,
  tools: readonly Tool[] = allTools as unknown as readonly Tool[],
): McpServer {
  const server = new Server(
    { name: 'zecchino', title: 'Zecchino', version },
    { capabilities: { prompts: {}, resources: { subscribe: true }, tools: {} }, instructions },
  )
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: tools.map(describeTool) }))
  server.setRequestHandler(CallRequest, ({ params }, extra) =>
    callTool({ ask: createAsk(server, extra), extra, open, params, tools }),
  )
  addPrompts(server)
  addResources(server, open)
  server.oninitialized = () => void setTimeout(resume, pause, open).unref()
  return server
}

/** Takes up what an earlier process left unfinished. Whoever calls a tool hears of any trouble. */
async function resume(open: () => Promise<Zecchino>): Promise<void> {
  await open()
    .then((zecchino) => zecchino.ready())
    .catch(() => {}) // no wallet yet, say: the next call tells
}
