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

/**
 * Keywords of inputs that every vendor's models take: OpenAI's strict mode knows no `default` and no lengths of
 * texts, Gemini's schema no exclusive bounds. One that is not taken has the whole request refused.
 */
const common = new Set([
  'additionalProperties',
  'anyOf',
  'const',
  'description',
  'enum',
  'items',
  'maxItems',
  'maximum',
  'minItems',
  'minimum',
  'pattern',
  'properties',
  'required',
  'type',
])

function schemaOf(schema: z.ZodObject, io: 'input' | 'output'): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io })
  return (io === 'input' ? shorten(rest) : splitTypes(rest)) as Schema
}

/** Leaves out what an agent learns nothing from, and what some vendor's models do not take. */
function shorten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shorten)
  if (typeof value !== 'object' || value === null) return value
  const { anyOf, default: usual, description, properties, ...others } = value as Keywords
  const entries = Object.entries(others).filter(
    ([key, part]) =>
      common.has(key) &&
      !(key === 'minItems' && part === 1) &&
      !(key === 'maximum' && part === Number.MAX_SAFE_INTEGER) &&
      !(key === 'enum' && Array.isArray(part) && part.length > longest),
  )
  const says = [description, usual !== undefined && `Default ${String(usual)}.`].filter(Boolean)
  const short = {
    ...Object.fromEntries(entries.map(([key, part]) => [key, shorten(part)] as const)),
    ...(says.length > 0 && { description: says.join(' ') }),
    ...(properties && { properties: eachOf(properties, shorten) }),
  }
  if (anyOf === undefined) return short
  const parts = shorten(anyOf)
  return isChoice(parts) ? { ...short, ...choiceOf(parts) } : { ...short, anyOf: parts }
}

/** Says of what is of several types each by itself: a list of types is more than some clients read. */
function splitTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(splitTypes)
  if (typeof value !== 'object' || value === null) return value
  const { properties, type, ...others } = value as Keywords
  const rest = eachOf(others, splitTypes)
  return {
    ...rest,
    ...(properties && { properties: eachOf(properties, splitTypes) }),
    ...(Array.isArray(type) && { anyOf: type.map((one) => ({ type: one })) }),
    ...(typeof type === 'string' && { type }),
  }
}

type Keywords = Record<string, unknown> & { properties?: Record<string, unknown> }

function eachOf(parts: Record<string, unknown>, change: (part: unknown) => unknown) {
  return Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, change(part)]))
}

function isChoice(value: unknown): value is { const: unknown; type: string }[] {
  return Array.isArray(value) && value.every((part) => 'const' in Object(part))
}

function choiceOf(parts: { const: unknown; type: string }[]) {
  return { enum: parts.map((part) => part.const), type: parts[0]?.type }
}
