/**
 * Makes text from outside safe to show: control, bidirectional and zero-width characters and ANSI
 * sequences go, white space is folded, and at most `max` characters stay.
 */
export function printable(text: string, max = 500): string {
  const clean = text
    // oxlint-disable-next-line no-control-regex -- control sequences are what this removes
    .replaceAll(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|.)/g, '')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return clean.length > max ? `${clean.slice(0, max - 1)}…` : clean
}
