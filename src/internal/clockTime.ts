/** A time as people read it, such as `12:30:05 UTC`; with its date, unless that is the date of `now`. */
export function clockTime(time: Date, now: Date): string {
  const [day, hour = ''] = time.toISOString().split('T')
  const isToday = now.toISOString().startsWith(`${day}T`)
  return `${isToday ? '' : `${day} `}${hour.slice(0, 8)} UTC`
}
