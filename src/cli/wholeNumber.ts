import { UsageError } from './UsageError.js'

/** Reads an option that is a whole number, 0 or more. */
export function wholeNumber(name: string, value: unknown): number {
  const number = Number(value)
  if (typeof value === 'string' && /^\d{1,9}$/.test(value)) return number
  throw new UsageError({ reason: `${name} takes a whole number.` })
}
