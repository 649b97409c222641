import { printable } from '../internal/printable.js'
import { isRecord } from '../internal/isRecord.js'
import { redact } from '../internal/redact.js'
import * as Venice from '../Venice.js'
import type { Answer } from './call.js'

/** What the server says is wrong with one field: its words, stripped and capped. */
export type ServerIssue = { field: string; says: string }

/** The most issues that are read, and the deepest that one may lie in the tree. */
const most = { depth: 6, issues: 20 }

/**
 * Reads what an error answer says is wrong, field by field: from its list of issues, else from its
 * tree of details. Empty when it names none.
 */
export function issuesOf({ json }: Pick<Answer, 'json'>): ServerIssue[] {
  const failure = Venice.Failure.safeParse(json).data
  const listed = Array.isArray(failure?.issues) ? failure.issues.slice(0, most.issues) : []
  const found = listed.flatMap((issue: unknown) => {
    const { message, path } = isRecord(issue) ? issue : {}
    return typeof message === 'string' ? [issueOf(Array.isArray(path) ? path : [], message)] : []
  })
  if (found.length > 0) return found
  const { details } = failure ?? {}
  if (typeof details === 'string') return [issueOf([], details)]
  return branches(details, []).slice(0, most.issues)
}

function branches(node: unknown, path: readonly string[]): ServerIssue[] {
  if (!isRecord(node) || path.length > most.depth) return []
  const { _errors: errors, ...rest } = node
  const own = Array.isArray(errors) ? errors.slice(0, most.issues) : []
  return [
    ...own.filter((text) => typeof text === 'string').map((text) => issueOf(path, text)),
    ...Object.entries(rest)
      .slice(0, most.issues)
      .flatMap(([name, branch]) => branches(branch, [...path, name])),
  ]
}

function issueOf(path: readonly unknown[], message: string): ServerIssue {
  const field = path.slice(0, most.depth).map(String).join('.') || 'request'
  return { field: printable(field, 80), says: printable(redact(message.slice(0, 2_000)), 300) }
}
