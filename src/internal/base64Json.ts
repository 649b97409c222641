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

/** Parses JSON; `undefined` for anything else, and for what is nested deeper or holds more than is honest. */
export function parseJson(text: string): unknown {
  if (!isModest(text)) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined // the caller branches on "not JSON"; the parser's message may quote secrets
  }
}

/** What JSON may hold before it is parsed. Venice's longest answer has 4,085 values in 3 levels. */
const most = { levels: 64, values: 50_000 }

const code = (character: string) => character.charCodeAt(0)
const [comma, quote, backslash] = [code(','), code('"'), code('\\')]
const opening = new Set([code('['), code('{')])
const closing = new Set([code(']'), code('}')])

/**
 * Whether text that is to be parsed as JSON has at most {@link most} levels and values: what has more
 * takes seconds to parse, check or write. It is looked through once, and need not be JSON.
 */
function isModest(text: string): boolean {
  let isText = false
  let levels = 0
  let values = 1
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (isText) {
      if (character === backslash) at += 1
      else if (character === quote) isText = false
    } else if (character === quote) isText = true
    else if (character === comma) values += 1
    else if (opening.has(character)) {
      levels += 1
      values += 1
    } else if (closing.has(character)) levels -= 1
    if (levels > most.levels || values > most.values) return false
  }
  return true
}
