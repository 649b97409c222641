import type { ServerIssue } from '../client/issuesOf.js'
import type * as Issue from '../Issue.js'
import type * as Video from '../Video.js'

/** What the server says is wrong with a request, beside what the request held there. */
export function serverIssues(
  request: Video.Request,
  issues: readonly ServerIssue[],
): Issue.Issue[] {
  return issues.map(({ field, says }) => ({
    allowed: `the server says (untrusted): ${says}`,
    field,
    given: valueAt(request, field),
  }))
}

function valueAt(value: unknown, field: string): unknown {
  return field
    .split('.')
    .reduce<unknown>(
      (part, key) =>
        typeof part === 'object' && part !== null && Object.hasOwn(part, key)
          ? (part as Record<string, unknown>)[key]
          : undefined,
      value,
    )
}
