import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  CallToolRequestSchema,
  type CallToolResult,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import * as z from 'zod'

import * as Errors from '../Errors.js'
import type { Zecchino } from '../flows/createZecchino.js'
import { tools as allTools } from '../tools/index.js'
import type { Progress, Tool } from '../tools/defineTool.js'
import { version } from '../version.js'

const instructions = [
  'Zecchino buys AI video from Venice with a crypto wallet: no API key.',
  'Order: video_models, video_quote, video_generate, then video_retrieve until the file is saved.',
  'Only video_generate and wallet_top_up spend money; caps are the owner’s and cannot be changed here.',
  'The same quote_id never pays twice: after a timeout, repeat the same call instead of quoting anew.',
  'Every result has a next field; follow it.',
].join('\n')

/**
 * Creates an MCP server that offers the tools. Connecting it to a transport is up to the caller.
 *
 * @param open Gives the wallet at work; called at the first tool call, so that starting is cheap.
 */
export function createMcpServer(
  open: () => Promise<Zecchino>,
  tools: readonly Tool[] = allTools as unknown as readonly Tool[],
): Server {
  const server = new Server(
    { name: 'zecchino', version },
    { capabilities: { tools: {} }, instructions },
  )
  const byName = new Map(tools.map((tool) => [tool.name, tool]))

  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: tools.map(describe) }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = byName.get(params.name)
    if (!tool)
      return failure(new UnknownToolError({ known: [...byName.keys()], name: params.name }))
    try {
      const input = parse(tool, params.arguments ?? {})
      const token = params._meta?.progressToken
      const onProgress = token === undefined ? undefined : sayProgress(extra, token)
      const result = await tool.run(await open(), input, { onProgress, signal: extra.signal })
      return { content: [text(result)], structuredContent: result }
    } catch (error) {
      return failure(Errors.from(error))
    }
  })
  return server
}

function describe(tool: Tool) {
  const { description, input, name, output, spends, title } = tool
  return {
    annotations: {
      destructiveHint: spends,
      idempotentHint: true,
      openWorldHint: true,
      readOnlyHint: !spends,
      title,
    },
    description,
    inputSchema: schemaOf(input, 'input'),
    name,
    outputSchema: schemaOf(output, 'output'),
    title,
  }
}

function schemaOf(schema: z.ZodObject, io: 'input' | 'output') {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io })
  return rest as { [key: string]: unknown; type: 'object' }
}

/** Parses a call's arguments. Unknown ones are refused together with the known ones' names. */
function parse(tool: Tool, value: unknown): Record<string, unknown> {
  const parsed = tool.input.safeParse(value)
  if (parsed.success) return parsed.data
  const known = Object.keys(tool.input.shape).join(', ') || 'none'
  const issues = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `Unknown: ${issue.keys.join(', ').slice(0, 200)}. Known: ${known}`
      : `${issue.path.join('.')}: ${issue.message}`,
  )
  throw new InvalidArgumentsError({ issues, name: tool.name })
}

type Extra = Parameters<Parameters<Server['setRequestHandler']>[1]>[1]

/** Sends progress at most four times a second, rising, and never fails because of it. */
function sayProgress(extra: Extra, progressToken: number | string) {
  let last = { at: 0, done: -1 }
  return ({ done, message }: Progress) => {
    const at = performance.now()
    if (done <= last.done || at - last.at < 250) return
    last = { at, done }
    const params = { message, progress: done, progressToken, total: 1 }
    // A client that is gone must not stop the wait's bookkeeping.
    extra.sendNotification({ method: 'notifications/progress', params }).catch(() => {})
  }
}

function failure(error: Errors.BaseError): CallToolResult {
  return { content: [text(error)], isError: true }
}

function text(value: object) {
  return { text: JSON.stringify(value), type: 'text' } as const
}

/** A tool was called with arguments it does not take. */
export class InvalidArgumentsError extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  override readonly name = 'Mcp.InvalidArgumentsError'

  constructor({ issues, name }: { issues: readonly string[]; name: string }) {
    super(`The arguments of ${name} are not valid; nothing was done.`, {
      facts: issues.slice(0, 8),
      hint: 'Correct the arguments named above and call it again.',
    })
  }
}

/** There is no tool of that name. */
export class UnknownToolError extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  override readonly name = 'Mcp.UnknownToolError'

  constructor({ known, name }: { known: readonly string[]; name: string }) {
    super(`There is no tool "${name.slice(0, 60)}".`, { hint: `Call one of: ${known.join(', ')}.` })
  }
}
