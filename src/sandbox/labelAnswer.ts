import { parseJson } from '../internal/base64Json.js'
import { fidelity } from './fidelity.js'
import type { Trace } from './world.js'

/** The headers in which an answer says how sure it is, and which row of the table says so. */
export const labels = { answer: 'X-Sandbox-Answer', fidelity: 'X-Sandbox-Fidelity' } as const

/** Labels an answer of a route. One that has no row is a gap in the table, and counts as decided. */
export async function labelAnswer(trace: Trace, response: Response): Promise<Response> {
  const { status } = response
  const detail = await detailOf(trace, response)
  const own = `${trace.route} ${status}`
  const keys = [...detail.flatMap((word) => [`${own} ${word}`, `any ${status} ${word}`]), own]
  return labelAs(response, keys.find((key) => key in fidelity) ?? `any ${status}`)
}

/** Labels an answer by a row of the table. */
export function labelAs(response: Response, key: string): Response {
  response.headers.set(labels.answer, key)
  response.headers.set(labels.fidelity, fidelity[key]?.[0] ?? 'decided')
  return response
}

/** What tells answers of one route and status apart: a code, or what a good one holds. */
async function detailOf({ route }: Trace, response: Response): Promise<string[]> {
  const { headers, status } = response
  const isJson = headers.get('content-type')?.startsWith('application/json') === true
  if (status < 400 && route !== 'retrieve') return []
  if (!isJson) return route === 'retrieve' ? ['video'] : []
  const {
    authOptions,
    code,
    error,
    status: progress,
  } = Object(parseJson(await response.clone().text())) as Record<string, unknown>
  if (status < 400) return [String(progress)]
  if (authOptions !== undefined) return ['discovery']
  const inner = Object(error) as { code?: unknown; type?: unknown }
  const word = code ?? inner.code ?? inner.type ?? error
  const isWord = typeof word === 'string' && /^[A-Za-z][A-Za-z0-9_]+$/.test(word)
  return isWord ? [word.replace(/^(X402_SIGN_IN)_.*/, '$1')] : []
}
