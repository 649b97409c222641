const sequences =
  // oxlint-disable-next-line no-control-regex -- control sequences are what this removes
  /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b./g

/**
 * Makes text from outside safe to show: control, bidirectional and invisible characters and ANSI
 * sequences go, white space is folded, and at most `max` characters stay.
 */
export function printable(text: string, max = 500): string {
  const clean = text
    // Nothing shown is that long; what is cut off here need not be searched.
    .slice(0, 20 * max)
    .replaceAll(sequences, '')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{DI}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return clean.length > max ? `${cut(clean, max - 1)}…` : clean
}

/** The first characters of a text; a character outside the basic plane is not cut in two. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')
}

/** What steers a terminal, turns text around or breaks a line. A new line and a tab are left as they are. */
const steering =
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/**
 * Writes characters that steer as JSON does, such as `\u001b`, and keeps all others: every way out goes
 * through this, whatever was forgotten before. JSON stays the same JSON.
 */
export function harmless(text: string): string {
  return text.replaceAll(
    steering,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The same for each text in a value that is to become JSON. */
export function harmlessAll<value>(value: value): value {
  const clean = (_key: string, part: unknown) => (typeof part === 'string' ? harmless(part) : part)
  return JSON.parse(JSON.stringify(value, clean)) as value
}
