import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { CallToolRequest, CallToolResult } from '@modelcontextprotocol/sdk/types.js'

import * as Errors from '../Errors.js'
import type { Zecchino } from '../flows/createZecchino.js'
import { harmlessAll, printable } from '../internal/printable.js'
import type { Ask, Tool } from '../tools/defineTool.js'
import { readArguments } from './readArguments.js'
import { sayProgress } from './sayProgress.js'

/** What the SDK gives a request's handler. */
export type Extra = Parameters<Parameters<Server['setRequestHandler']>[1]>[1]

/**
 * Runs a tool for a host. Every failure becomes a result that says what happened, whether money
 * moved and what to do: protocol errors are seldom shown to the model.
 */
export async function callTool(options: callTool.Options): Promise<CallToolResult> {
  const { ask, extra, open, params, tools } = options
  let told: { arguments_read?: string[] } = {}
  try {
    const tool = tools.find(({ name }) => name === params.name)
    if (!tool) throw new UnknownToolError({ known: tools.map(({ name }) => name), ...params })
    const { args, read } = readArguments(tool, params.arguments)
    if (read.length > 0) told = { arguments_read: read }
    const input = parse(tool, args)
    const token = params._meta?.progressToken
    const onProgress = token === undefined ? undefined : sayProgress(extra, token)
    const done = await tool.run(await open(), input, { ask, onProgress, signal: extra.signal })
    const result = harmlessAll({ ...done, ...told })
    return { content: [textOf(result)], structuredContent: result }
  } catch (error) {
    // Without structured content: hosts would hold it against the schema of a success.
    return {
      content: [textOf(harmlessAll({ ...Errors.from(error).toJSON(), ...told }))],
      isError: true,
    }
  }
}

export declare namespace callTool {
  type Options = {
    /** Asks a person through the host, if the host can. */
    ask: Ask | undefined
    extra: Extra
    open: () => Promise<Zecchino>
    params: Omit<CallToolRequest['params'], 'arguments'> & { arguments?: unknown }
    tools: readonly Tool[]
  }
}

/** Parses a call's arguments. Unknown ones are refused together with the known ones' names. */
function parse(tool: Tool, value: object): Record<string, unknown> {
  const known = Object.keys(tool.input.shape)
  // A name that the schema's parser passes over in silence is unknown like any other.
  const unseen = Object.keys(value).filter((key) => key in {} && !known.includes(key))
  if (tool.checksInput && unseen.length === 0) return { ...value }
  const parsed = tool.input.safeParse(value)
  if (parsed.success && unseen.length === 0) return parsed.data
  const issues = (parsed.error?.issues ?? []).map((issue) =>
    issue.code === 'unrecognized_keys'
      ? unknownOf(issue.keys, issue.path.length === 0 ? known : [])
      : `${issue.path.join('.')}: ${issue.message}`,
  )
  if (unseen.length > 0) issues.push(unknownOf(unseen, known))
  throw new InvalidArgumentsError({ issues, name: tool.name })
}

function unknownOf(keys: readonly string[], known: readonly string[]): string {
  return `Unknown: ${keys.join(', ').slice(0, 200)}.${known.length > 0 ? ` Known: ${known.join(', ')}` : ''}`
}

function textOf(value: object) {
  return { text: JSON.stringify(value), type: 'text' } as const
}

/** A tool was called with arguments it does not take. */
export class InvalidArgumentsError extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  override readonly name = 'Mcp.InvalidArgumentsError'

  constructor({ issues, name }: { issues: readonly string[]; name: string }) {
    super(`The arguments of ${name} are not valid; nothing was done.`, {
      facts: issues.slice(0, 8).map((issue) => printable(issue, 700)),
      hint: `Correct the arguments named above and call ${name} again.`,
    })
  }
}

/** There is no tool of that name. */
export class UnknownToolError extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  override readonly name = 'Mcp.UnknownToolError'

  constructor({ known, name }: { known: readonly string[]; name: string }) {
    super(`There is no tool "${printable(name, 60)}"; nothing was done.`, {
      hint: `Call one of: ${known.join(', ')}.`,
    })
  }
}
