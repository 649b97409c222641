import { parseJson } from '../internal/base64Json.js'
import * as Venice from '../Venice.js'
import { refuse } from './refuse.js'
import type { Trace } from './world.js'

/**
 * Reads a JSON body up to the size limit: `undefined` when it is not JSON. Notes the model it
 * names, which the error budget counts by.
 */
export async function readJson(request: Request, trace: Trace): Promise<unknown> {
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > Venice.maxBodyBytes) tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > Venice.maxBodyBytes) tooLarge()
    chunks.push(chunk)
  }
  const value = parseJson(Buffer.concat(chunks).toString('utf8'))
  if (value === undefined) trace.free = true
  if (typeof value === 'object' && value !== null && 'model' in value)
    trace.model = typeof value.model === 'string' ? value.model : undefined
  return value
}

/** The 400 of Venice: a sentence, the tree of what is wrong where, and the same as a list. */
export function refuseBody(issues: readonly Issue[]): never {
  // A map, because the fields are the client's words: `constructor` and `__proto__` among them.
  const branches = new Map<string, string[]>()
  const root: string[] = []
  for (const { message, path } of issues) {
    const [head, ...rest] = path
    const text = rest.length > 0 ? `${rest.join('.')}: ${message}` : message
    if (head === undefined) root.push(text)
    else branches.set(head, [...(branches.get(head) ?? []), text])
  }
  const details = {
    _errors: root,
    ...Object.fromEntries([...branches].map(([name, errors]) => [name, { _errors: errors }])),
  }
  const [first, ...more] = issues
  const listed = issues.map(({ code = 'custom', message, path }) => ({ code, message, path }))
  refuse(
    400,
    {
      details,
      error: first && more.length === 0 ? first.message : 'Invalid request parameters',
      issues: listed,
    },
    `invalid: ${issues.map(({ message, path }) => `${path.join('.') || 'body'} ${message}`).join('; ')}`.slice(
      0,
      300,
    ),
  )
}

/** What is wrong with a body, and where. */
export type Issue = { code?: string | undefined; message: string; path: string[] }

function tooLarge(): never {
  refuse(
    413,
    {
      code: 'PAYLOAD_TOO_LARGE',
      error: 'Request body exceeds the maximum allowed size.',
    },
    'the body is too large',
  )
}
