/**
 * Encodes a value as a header: standard base64 of UTF-8 JSON, as x402 and SIGN-IN-WITH-X want it.
 * Bytes are encoded, so non-ASCII text passes.
 */
export function encodeBase64Json(value: unknown): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64')
}

/**
 * Decodes a header: `undefined` for anything that is not standard base64 of JSON. base64url is
 * refused, as the reference decoders do; missing padding is tolerated.
 */
export function decodeBase64Json(value: string): unknown {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return undefined
  return parseJson(Buffer.from(value, 'base64').toString('utf8'))
}

/** Parses JSON; `undefined` for anything else, however malformed or deeply nested. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined // the caller branches on "not JSON"; the parser's message may quote secrets
  }
}
