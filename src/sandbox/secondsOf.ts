/** Seconds of a `duration`: `5s`, or a number as text; `undefined` where a source decides. */
export function secondsOf(duration: string | undefined): number | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,3})?)s?$/.exec(duration ?? '')
  return match ? Number(match[1]) : undefined
}
