import type { IncomingMessage } from 'node:http'

/** What a request was refused for: a status, a sentence, and headers that go with it. */
export type Refusal = {
  /** Of the JSON-RPC error. */
  code?: number
  headers?: Record<string, string>
  message: string
  status: number
}

/** What is checked before a byte of the body is read. */
export type Gate = {
  /** Gives the principal that an `Authorization` header stands for. */
  authorize(header: string | undefined): string | undefined
  /** `Host` headers that are served, with port, in lower case. */
  hosts: ReadonlySet<string>
  /** `Origin` headers that are served, in lower case; a request without one is not a browser's. */
  origins: ReadonlySet<string>
}

/** Headers that decide something: said twice, two readers may believe different ones. */
const single = ['authorization', 'content-type', 'host', 'mcp-session-id', 'origin']

/**
 * Lets a request through, as its principal, or says why not.
 *
 * The order is: Host and Origin (403), path (404), token (401), method (405), content type (415). A
 * page that reached this port by DNS rebinding thus never learns whether a token was right.
 */
export function checkHttp(request: IncomingMessage, gate: Gate): Refusal | { principal: string } {
  const { headers, method = '', rawHeaders, url } = request
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
  const twice = single.find((name) => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice) return { message: `There is more than one ${twice} header.`, status: 400 }
  if (!gate.hosts.has((headers.host ?? '').toLowerCase()))
    return { message: 'The Host header is not this server’s.', status: 403 }
  if (headers.origin !== undefined && !gate.origins.has(headers.origin.toLowerCase()))
    return { message: 'Requests from that Origin are not served.', status: 403 }
  if (url !== '/mcp') return { message: 'There is nothing here but /mcp.', status: 404 }
  const principal = gate.authorize(headers.authorization)
  if (principal === undefined)
    return {
      headers: { 'www-authenticate': 'Bearer' },
      message: 'Send the token as "Authorization: Bearer …".',
      status: 401,
    }
  if (!['DELETE', 'GET', 'POST'].includes(method))
    return {
      headers: { allow: 'DELETE, GET, POST' },
      message: 'Use POST, GET or DELETE.',
      status: 405,
    }
  if (method === 'POST' && !isJson(headers))
    return { message: 'Send JSON: "Content-Type: application/json".', status: 415 }
  return { principal }
}

/**
 * Refuses a message that its `Mcp-Method` or `Mcp-Name` header calls something else: whoever let it
 * pass by its headers meant another call. A request need not have them.
 */
export function checkNames(
  headers: IncomingMessage['headers'],
  message: Record<string, unknown>,
): Refusal | undefined {
  const { name, uri } = Object(message['params']) as Record<string, unknown>
  const said = { 'mcp-method': message['method'], 'mcp-name': name ?? uri }
  const wrong = Object.entries(said).find(([header, value]) => {
    const given = headers[header]
    return given !== undefined && given !== value
  })
  if (!wrong) return undefined
  return { code: -32_020, message: `The ${wrong[0]} header is not the body’s.`, status: 400 }
}

function isJson(headers: IncomingMessage['headers']): boolean {
  const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = headers
  const plain = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type.trim())
  return plain && encoding.toLowerCase() === 'identity'
}
