import * as z from 'zod'

import type { Tool } from '../tools/defineTool.js'

/** The longest enumeration that is listed; a longer one is described in words instead. */
const longest = 20

/**
 * Describes a tool as `tools/list` shows it. Every host puts this into every conversation, so what
 * the schemas say is shortened: a call is checked against the whole schema all the same.
 */
export function describeTool(tool: Tool) {
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
    outputSchema: schemaOf(output.extend(told), 'output'),
    title,
  }
}

/** What any result says when arguments were read in another way than they were given. */
const told = { arguments_read: z.array(z.string()).optional() }

type Schema = { [key: string]: unknown; type: 'object' }

function schemaOf(schema: z.ZodObject, io: 'input' | 'output'): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io })
  return (io === 'input' ? shorten(rest) : rest) as Schema
}

/** Leaves out what an agent learns nothing from. */
function shorten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shorten)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(
    ([key, part]) =>
      !(key === 'minLength' || key === 'minItems' ? part === 1 : false) &&
      !(key === 'maximum' && part === Number.MAX_SAFE_INTEGER) &&
      !(key === 'enum' && Array.isArray(part) && part.length > longest),
  )
  const { anyOf, ...short } = Object.fromEntries(
    entries.map(([key, part]) => [key, shorten(part)] as const),
  )
  if (anyOf === undefined) return short
  return isChoice(anyOf) ? { ...short, ...choiceOf(anyOf) } : { ...short, anyOf }
}

function isChoice(value: unknown): value is { const: unknown; type: string }[] {
  return Array.isArray(value) && value.every((part) => 'const' in Object(part))
}

function choiceOf(parts: { const: unknown; type: string }[]) {
  return { enum: parts.map((part) => part.const), type: parts[0]?.type }
}
