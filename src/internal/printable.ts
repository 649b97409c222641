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
