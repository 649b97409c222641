import * as z from 'zod'

import * as Errors from './Errors.js'

/**
 * USDC and Venice's credit have six decimals here. Inside the package an amount is always a
 * `bigint` of micro-dollars (atomic USDC units); outside it is a decimal string such as `"0.35"`.
 */
export const decimals = 6

/**
 * Venice's wire has up to eight decimals: an *exact* amount is a `bigint` of hundred-millionths of a
 * dollar. It becomes micro-dollars in one of two ways only: what we have is rounded down, what we spend
 * is rounded up. So a sum is made of exact amounts, and rounded once.
 */
export const wireDecimals = 8

const scale = 10n ** BigInt(decimals)

/** Exact units in a micro-dollar. */
const grain = 10n ** BigInt(wireDecimals - decimals)

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
  if (!/^\d{1,30}(\.\d{1,6})?$/.test(value)) throw new InvalidAmountError({ value })
  return unitsOf(value, decimals)
}

/**
 * Parses a decimal USD string of up to eight decimals into an exact amount.
 *
 * @throws {@link InvalidAmountError} when the text is not such a decimal.
 */
export function parseExact(value: string): bigint {
  if (!/^-?\d{1,30}(\.\d{1,8})?$/.test(value)) throw new InvalidAmountError({ value })
  return unitsOf(value, wireDecimals)
}

/** Units of a decimal text with at most so many decimals. */
function unitsOf(text: string, places: number): bigint {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.')
  const amount = BigInt(whole + fraction.padEnd(places, '0'))
  return text.startsWith('-') ? -amount : amount
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
  return textOf(amount, decimals)
}

/** Formats an exact amount as a decimal USD string, without trailing zeros: `-0.00053844`. */
export function formatExact(amount: bigint): string {
  return textOf(amount, wireDecimals)
}

function textOf(amount: bigint, places: number): string {
  if (amount < 0n) return `-${textOf(-amount, places)}`
  const digits = amount.toString().padStart(places + 1, '0')
  const fraction = digits.slice(-places).replace(/0+$/, '')
  return digits.slice(0, -places) + (fraction && `.${fraction}`)
}

/** Formats micro-dollars for people, with at least two decimals: `$0.35`, `$5.00`, `-$0.125`. */
export function display(amount: bigint): string {
  if (amount < 0n) return `-${display(-amount)}`
  const [whole = '', fraction = ''] = format(amount).split('.')
  return `$${whole}.${fraction.padEnd(2, '0')}`
}

/**
 * Reads a JSON number of USD as micro-dollars, to the nearest one: for numbers of our own making.
 *
 * @throws {@link InvalidAmountError} when it is not finite or not below a billion.
 */
export function fromNumber(value: number): bigint {
  return numberOf(value, decimals)
}

/**
 * Reads a JSON number of USD as an exact amount, to the nearest one, so that the artefacts of binary
 * floating point (`4.6499999999999995`) vanish. The only way a `number` of the wire becomes money.
 *
 * @throws {@link InvalidAmountError} when it is not finite or not below a billion.
 */
export function exactOf(value: number): bigint {
  return numberOf(value, wireDecimals)
}

function numberOf(value: number, places: number): bigint {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e9)
    throw new InvalidAmountError({ value: String(value) })
  // toFixed is exact decimal expansion for numbers below 1e21, so the rounding happens once.
  return unitsOf(value.toFixed(places), places)
}

/** Micro-dollars of an exact amount, rounded down: what we have. A debt gets no smaller by it. */
export function floor(exact: bigint): bigint {
  return exact >= 0n ? exact / grain : -ceil(-exact)
}

/** Micro-dollars of an exact amount, rounded up: what we spend. */
export function ceil(exact: bigint): bigint {
  return exact >= 0n ? (exact + grain - 1n) / grain : -(-exact / grain)
}

/** The exact amount of so many micro-dollars. */
export function exact(amount: bigint): bigint {
  return amount * grain
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

/** The JSON number of USD for an exact amount. Exact below $10 million. */
export function exactToNumber(amount: bigint): number {
  return Number(formatExact(amount))
}

/** A JSON number of USD on the wire, an exact amount in memory. */
export const WireExact = z
  .number()
  .refine((value) => Number.isFinite(value) && Math.abs(value) < 1e9, 'not an amount in USD')
  .transform(exactOf)

/** What we have, or what was taken as a negative number: micro-dollars in memory, rounded down. */
export const Wire = WireExact.transform(floor)

/** What something costs, or has to be there at least: micro-dollars in memory, rounded up. */
export const WirePrice = WireExact.transform(ceil)

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
