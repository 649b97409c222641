import { parseJson } from '../internal/base64Json.js'
import { isRecord } from '../internal/isRecord.js'

/**
 * A message with what clients send for nothing left out, and arguments that came as JSON text read:
 * the protocol's schemas refuse such a message, over stdio without any answer.
 *
 * - `params`, and in it `arguments`, `cursor` and `_meta`, may be `null`;
 * - `arguments` may be the text of an object.
 */
export function mendMessage<message>(message: message): message {
  const { params, ...rest } = Object(message) as Record<string, unknown>
  if (params === null) return rest as message
  if (!isRecord(params)) return message
  const entries = Object.entries(params).flatMap(([key, value]) => {
    if (value === null && spared.includes(key)) return []
    const meant = key === 'arguments' && typeof value === 'string' ? parseJson(value) : undefined
    return [[key, isRecord(meant) ? meant : value] as const]
  })
  return { ...rest, params: Object.fromEntries(entries) } as message
}

const spared = ['_meta', 'arguments', 'cursor']

/** What to answer to a request that is none, which the SDK would drop without a word. */
export function refusalOf(message: unknown): object | undefined {
  const { id, jsonrpc, method, params } = Object(message) as Record<string, unknown>
  if (typeof id !== 'string' && !Number.isSafeInteger(id)) return undefined
  if ('result' in Object(message) || 'error' in Object(message)) return undefined
  const isRequest =
    jsonrpc === '2.0' && typeof method === 'string' && (params === undefined || isRecord(params))
  if (isRequest) return undefined
  const says = 'Not a request: jsonrpc has to be "2.0", method a text, and params an object.'
  return { error: { code: -32_600, message: says }, id, jsonrpc: '2.0' }
}
