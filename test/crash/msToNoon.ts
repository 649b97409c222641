/** Milliseconds until the next noon: what starts there ends on the same day, whenever it is run. */
export function msToNoon(now: Date): number {
  const day = 86_400_000
  return (day + new Date(now).setUTCHours(12, 0, 0, 0) - now.getTime()) % day
}
