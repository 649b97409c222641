import * as z from 'zod'

import * as Errors from './Errors.js'

/**
 * USDC and Venice's credit have six decimals here. Inside the package an amount is always a
 * `bigint` of micro-dollars (atomic USDC units); outside it is a decimal string such as `"0.35"`.
 */
export const decimals = 6

const scale = 10n ** BigInt(decimals)

/**
 * Parses a decimal USD string into micro-dollars. Never rounds.
 *
 * @example
 * ```ts
 * Money.parse('0.25')
 * // 250000n
 * ```
 * @throws {@link InvalidAmountError} when the text is not a plain decimal with at most six decimals.
 */
export function parse(value: string): bigint {
  const match = /^(\d{1,30})(?:\.(\d{1,6}))?$/.exec(value)
  if (!match) throw new InvalidAmountError({ value })
  const [, whole = '', fraction = ''] = match
  return BigInt(whole + fraction.padEnd(decimals, '0'))
}

/**
 * Formats micro-dollars as a decimal USD string, without trailing zeros.
 *
 * @example
 * ```ts
 * Money.format(250_000n)
 * // '0.25'
 * ```
 */
export function format(amount: bigint): string {
  if (amount < 0n) return `-${format(-amount)}`
  const digits = amount.toString().padStart(decimals + 1, '0')
  const fraction = digits.slice(-decimals).replace(/0+$/, '')
  return digits.slice(0, -decimals) + (fraction && `.${fraction}`)
}

/** Formats micro-dollars for people, with at least two decimals: `$0.35`, `$5.00`, `-$0.125`. */
export function display(amount: bigint): string {
  if (amount < 0n) return `-${display(-amount)}`
  const [whole = '', fraction = ''] = format(amount).split('.')
  return `$${whole}.${fraction.padEnd(2, '0')}`
}

/**
 * Reads a JSON number of USD as micro-dollars, to the nearest one, so that the artefacts of binary
 * floating point (`4.6499999999999995`) vanish. The only way a `number` becomes money.
 *
 * @throws {@link InvalidAmountError} when it is not finite or not below a billion.
 */
export function fromNumber(value: number): bigint {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e9)
    throw new InvalidAmountError({ value: String(value) })
  // toFixed is exact decimal expansion for numbers below 1e21, so the rounding happens once.
  const [whole = '0', fraction = ''] = Math.abs(value).toFixed(decimals).split('.')
  const amount = BigInt(whole + fraction)
  return value < 0 ? -amount : amount
}

/** The JSON number of USD for micro-dollars, as Venice writes it. Exact below $9 billion. */
export function toNumber(amount: bigint): number {
  return Number(format(amount))
}

/** Rounds up to a whole cent: payments are made in cents, prices are not. */
export function ceilToCent(amount: bigint): bigint {
  const cent = scale / 100n
  return ((amount + cent - 1n) / cent) * cent
}

/** A JSON number of USD on the wire, micro-dollars in memory. */
export const Wire = z
  .number()
  .refine((value) => Number.isFinite(value) && Math.abs(value) < 1e9, 'not an amount in USD')
  .transform(fromNumber)

/** A decimal USD string in our own results and inputs. */
export const Text = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,6})?$/, 'a decimal number of USD with at most six decimals, such as 0.25')

/** The text is not an amount in USD, or has more than six decimals. */
export class InvalidAmountError extends Errors.BaseError {
  override readonly code = 'INVALID_AMOUNT'
  override readonly name = 'Money.InvalidAmountError'

  constructor({ value }: { value: string }) {
    super('Not an amount in USD.', {
      facts: [`Value: ${value.slice(0, 40)}`],
      hint: 'Write a decimal number with at most six decimals, such as 0.25.',
    })
  }
}
