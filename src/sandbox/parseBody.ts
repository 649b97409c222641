import * as z from 'zod'

import { type Issue, refuseBody } from './readJson.js'
import { refuse } from './refuse.js'

/** Parses a body by its schema; refuses it with Venice's 400 otherwise. */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  if (value === undefined)
    return refuse(400, { error: 'Invalid JSON request' }, 'the body is not valid JSON')
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  return refuseBody(parsed.error.issues.slice(0, 20).flatMap(issuesOf))
}

function issuesOf(issue: z.core.$ZodIssue): Issue[] {
  const { code } = issue
  const path = issue.path.map(String)
  if (code !== 'unrecognized_keys') return [{ code, message: messageOf(issue), path }]
  return issue.keys
    .slice(0, 20)
    .map((key) => ({ code, message: 'Unrecognized key', path: [...path, key.slice(0, 100)] }))
}

/** Venice's words for what is missing and for what is no text. */
function messageOf(issue: z.core.$ZodIssue): string {
  const name = issue.path.join('.')
  if (issue.code !== 'invalid_type' || name === '') return issue.message
  if (issue.message.endsWith('received undefined')) return `${name} is required`
  return issue.expected === 'string' ? `${name} must be a string` : issue.message
}
