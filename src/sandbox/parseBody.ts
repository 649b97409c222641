import * as z from 'zod'

import { type Issue, refuseBody } from './readJson.js'

/** Parses a body by its schema; refuses it with Venice's 400 otherwise. */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  if (value === undefined) return refuseBody([{ message: 'The body is not valid JSON', path: [] }])
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  return refuseBody(parsed.error.issues.slice(0, 20).flatMap(issuesOf))
}

function issuesOf(issue: z.core.$ZodIssue): Issue[] {
  const path = issue.path.map(String)
  if (issue.code !== 'unrecognized_keys') return [{ message: issue.message, path }]
  return issue.keys
    .slice(0, 20)
    .map((key) => ({ message: 'Unrecognized key', path: [...path, key.slice(0, 100)] }))
}
