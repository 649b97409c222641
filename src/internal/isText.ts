/**
 * Whether bytes read like the beginning of a text: JSON, a page, a sentence. No video does: its
 * first bytes hold zeros and control characters. Nothing at all reads like a text.
 */
export function isText(head: Uint8Array): boolean {
  const controls = head.some((byte) => byte < 0x20 && !white.has(byte))
  if (controls) return false
  try {
    // As a stream, because the last character may be cut in half.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false // not UTF-8
  }
}

/** Tab, line feed, form feed, carriage return. */
const white: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0c, 0x0d])
