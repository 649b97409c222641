import type * as z from 'zod'

import type { Tool } from '../tools/defineTool.js'
import { UsageError } from './UsageError.js'

/** Checks what a command line gives against the input of the tool it stands for. */
export function toolInput<input extends z.ZodObject, output extends z.ZodObject>(
  tool: Tool<input, output>,
  value: Record<string, unknown>,
): z.output<input> {
  const given = Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined))
  const parsed = tool.input.safeParse(given)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ message, path }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  )
  throw new UsageError({ reason: `Not valid: ${issues.slice(0, 5).join('; ')}.` })
}
