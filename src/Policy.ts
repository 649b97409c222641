import * as z from 'zod'

import * as Errors from './Errors.js'
import * as Money from './Money.js'

/** An amount the owner sets: a JSON number or decimal string of USD, at most six decimals. */
const Usd = z
  .union([z.number().transform(String), z.string()])
  .pipe(z.string().regex(/^\d{1,6}(\.\d{1,6})?$/, 'an amount in USD, such as 2 or 0.35'))
  .transform(Money.parse)

/** The most that a rule may say, in micro-dollars. */
export const most = 999_999_999_999n

const Account = z
  .templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]{40}$/)])
  .refine((address) => BigInt(address) !== 0n, 'nobody has this address')

/** What the owner allows. Set in `config.json`, never by a tool. Money is micro-dollars. */
export const Policy = z.strictObject({
  /** Jobs and top-ups above it need a person. */
  approveAboveUsd: Usd,
  approveVia: z.enum(['cli', 'elicitation']),
  /** Whether the provider's copy is deleted once the file is safe here. */
  deleteAfterSave: z.boolean(),
  /** Outstanding prepaid credit; it cannot be withdrawn. */
  maxCreditUsd: Usd,
  /** USDC that may ever leave the wallet, whatever a server says about the credit. */
  maxPaidTotalUsd: Usd,
  maxPerVideoUsd: Usd,
  maxSpendPerDayUsd: Usd,
  maxSpendTotalUsd: Usd,
  /** Per payment. */
  maxTopUpUsd: Usd,
  /** Payments per UTC day. */
  maxTopUpsPerDay: z.int().min(0).max(1000),
  /** Models that may be bought; `null` allows all. */
  models: z.array(z.string().min(1)).nullable(),
  /** The only payee; `null` pins the first one seen. */
  payTo: Account.nullable(),
  /** A re-quote above the quote by more than this fraction aborts. */
  priceTolerance: z.number().min(0).max(1),
  /** Folders from which local media may be uploaded. */
  readFiles: z.array(z.string().min(1)),
})
export type Policy = z.output<typeof Policy>

/** Name of one of the owner's rules. */
export type Key = keyof Policy
/** The names of all rules. */
export const keys = Object.keys(Policy.shape) as readonly Key[]

/** A policy as a process brings it: whole. Keys that nobody chose are defaults. */
export type Own = { chosen: readonly Key[]; policy: Policy }

/** One version of the policy on the ledger: what holds for every process of the wallet. */
export type Version = {
  at: Date
  /** `process`: it allows less than the one before it, and needed nobody's word. */
  author: 'owner' | 'process'
  number: number
  /** Keys that the owner decided about: a default does not speak against them. */
  owned: readonly Key[]
  /** A version that is older than a key does not have it. */
  policy: Partial<Policy>
}

/** Defaults of the `venice` profile: real money, so every purchase asks a person. */
const venice: z.input<typeof Policy> = {
  approveAboveUsd: '0',
  approveVia: 'cli',
  deleteAfterSave: true,
  maxCreditUsd: '10',
  maxPaidTotalUsd: '100',
  maxPerVideoUsd: '2',
  maxSpendPerDayUsd: '10',
  maxSpendTotalUsd: '50',
  maxTopUpUsd: '5',
  maxTopUpsPerDay: 2,
  models: null,
  payTo: null,
  priceTolerance: 0.05,
  readFiles: [],
}

/** Defaults of the `sandbox` profile: play money, so approvals are off and caps generous. */
const sandbox: z.input<typeof Policy> = {
  ...venice,
  approveAboveUsd: '999999',
  maxCreditUsd: '1000',
  maxPaidTotalUsd: '999999',
  maxPerVideoUsd: '100',
  maxSpendPerDayUsd: '10000',
  maxSpendTotalUsd: '100000',
  maxTopUpUsd: '100',
  maxTopUpsPerDay: 1000,
}

/** Defaults by profile. */
export const defaults = { sandbox, venice } as const

/** How long a quote and an approval live, in milliseconds. */
export const quoteLifetime = 15 * 60_000

/** How long a job may wait for a person, in milliseconds: its price is asked again, and so are they. */
export const waitLifetime = 7 * 24 * 60 * 60_000

/** How often a person is asked about one job, or about one top-up in one call, while its price grows. */
export const mostAsked = { job: 20, topUp: 3 } as const

/** Why a purchase is refused, with the numbers; a value, because it is part of the game. */
export type Refusal = { asked: string; limit: string; rule: keyof Policy | 'max_usd' }

/** Rules about one machine: a process narrows them for itself and not for the others. */
const local: readonly Key[] = ['readFiles']

/** Of two values of a rule the one that allows less, or what both allow. */
const stricter: { readonly [key in Key]: (a: Policy[key], b: Policy[key]) => Policy[key] } = {
  approveAboveUsd: least,
  approveVia: (a, b) => (a === 'cli' ? a : b),
  // What is deleted at the provider is gone: both have to want it.
  deleteAfterSave: (a, b) => a && b,
  maxCreditUsd: least,
  maxPaidTotalUsd: least,
  maxPerVideoUsd: least,
  maxSpendPerDayUsd: least,
  maxSpendTotalUsd: least,
  maxTopUpUsd: least,
  maxTopUpsPerDay: (a, b) => Math.min(a, b),
  models: (a, b) => (a && b ? a.filter((model) => b.includes(model)) : (a ?? b)),
  payTo: (a, b) => (a && b && a.toLowerCase() !== b.toLowerCase() ? nobody : (a ?? b)),
  priceTolerance: (a, b) => Math.min(a, b),
  readFiles: (a, b) => [...new Set([...inside(a, b), ...inside(b, a)])],
}

/** The payee of two policies that name different ones: nobody can be paid there. */
export const nobody = `0x${'0'.repeat(40)}` as const

/** What both of two policies allow, rule by rule. */
export function stricterOf(a: Policy, b: Policy): Policy {
  const of = <key extends Key>(key: key) => [key, stricter[key](a[key], b[key])] as const
  return Object.fromEntries(keys.map(of)) as Policy
}

/**
 * The policy that holds for a process: what the ledger has and what the process brings both have to
 * allow it. Where nobody chose for the process and the owner has decided, the ledger's word counts.
 */
export function inForce(own: Own, version: Version | undefined): Policy {
  if (!version) return own.policy
  const known = { ...own.policy, ...version.policy }
  const yields = (key: Key) => version.owned.includes(key) && !own.chosen.includes(key)
  return stricterOf(known, { ...own.policy, ...pick(known, keys.filter(yields)) })
}

/**
 * What the ledger has to say from now on because a process brings less than it allows. `undefined`:
 * nothing else than it does. Only what somebody chose counts, and another payee is for the owner.
 */
export function lowered(own: Own, version: Version): Policy | undefined {
  const known: Policy = { ...own.policy, ...version.policy }
  const brought: Policy = {
    ...known,
    ...pick(
      own.policy,
      own.chosen.filter((key) => !local.includes(key)),
    ),
  }
  if (known.payTo) brought.payTo = known.payTo
  const next = stricterOf(known, brought)
  return keys.some((key) => !isSame(key, next, known)) ? next : undefined
}

/** Keys that somebody chose for a process and that allow more than what is in force. */
export function looserKeys(own: Own, version: Version | undefined): Key[] {
  const policy = inForce(own, version)
  return own.chosen.filter((key) => !isSame(key, own.policy, policy))
}

/** A policy, or a part of one, as JSON has it: amounts are decimal strings of USD. */
export function format(policy: Partial<Policy>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(policy).map(([key, value]) => [
      key,
      typeof value === 'bigint' ? Money.format(value) : value,
    ]),
  )
}

/** Reads what {@link format} wrote. `undefined`: it is not that. Unknown keys stay. */
export function parse(value: unknown): Partial<Policy> | undefined {
  const parsed = z.looseObject(Policy.shape).partial().safeParse(value)
  return parsed.success ? (parsed.data as Partial<Policy>) : undefined
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

/** Folders that lie in one of some others, or are one. */
function inside(folders: readonly string[], others: readonly string[]): string[] {
  const bare = (path: string) => path.replace(/[\\/]+$/, '')
  const isIn = (folder: string, other: string) =>
    folder.startsWith(other) && /^([\\/]|$)/.test(folder.slice(other.length))
  const climbs = (folder: string) => /(^|[\\/])\.\.([\\/]|$)/.test(folder)
  return folders.filter(
    (folder) =>
      others.includes(folder) ||
      (!climbs(folder) && others.some((other) => isIn(bare(folder), bare(other)))),
  )
}

function pick(policy: Policy, chosen: readonly Key[]): Partial<Policy> {
  return Object.fromEntries(chosen.map((key) => [key, policy[key]]))
}

/** Whether two policies say the same under a key. */
export function isSame(key: Key, a: Policy, b: Policy): boolean {
  return textOf(a[key]) === textOf(b[key])
}

/** A rule as text: neither the order of a list nor the case of an address makes another of it. */
function textOf(value: Policy[Key]): string {
  if (Array.isArray(value)) return JSON.stringify(value.toSorted())
  return String(value).toLowerCase()
}

/** Checks what can be known before money is touched. `undefined`: within the policy. */
export function refusalOf(policy: Policy, purchase: refusalOf.Options): Refusal | undefined {
  const { model, price } = purchase
  if (policy.models && !policy.models.includes(model))
    return { asked: model, limit: policy.models.join(', ') || 'none', rule: 'models' }
  if (price > policy.maxPerVideoUsd)
    return {
      asked: Money.display(price),
      limit: Money.display(policy.maxPerVideoUsd),
      rule: 'maxPerVideoUsd',
    }
  return undefined
}

export declare namespace refusalOf {
  type Options = { model: string; price: bigint }
}

/** Below it is no price of a video: whoever asks so little takes what it is worth in another way. */
const leastPrice = Money.parse('0.01')

/** Whether a job may be bought for so much without a person's word. */
export function isFree(policy: Policy, price: bigint): boolean {
  return price >= leastPrice && price <= policy.approveAboveUsd
}

/** Whether a person has to agree to a job of this price and its top-up, or to a top-up alone. */
export function needsApproval(
  policy: Policy,
  { price, topUp }: { price?: bigint; topUp: bigint },
): boolean {
  return (price !== undefined && !isFree(policy, price)) || topUp > policy.approveAboveUsd
}

/** Whether a re-quoted price is more than the tolerance above the quoted one. */
export function exceedsTolerance(
  policy: Pick<Policy, 'priceTolerance'>,
  prices: { quoted: bigint; now: bigint },
): boolean {
  const permille = BigInt(Math.round(policy.priceTolerance * 1_000_000))
  return prices.now * 1_000_000n > prices.quoted * (1_000_000n + permille)
}

/** The owner's policy refuses the purchase. */
export class RefusedError extends Errors.BaseError {
  override readonly code = 'POLICY_REFUSED'
  override readonly name = 'Policy.RefusedError'

  constructor({ asked, limit, rule }: Refusal) {
    super(`The owner's policy refuses it: ${rule} is ${limit}, asked was ${asked}.`, {
      hint:
        rule === 'max_usd'
          ? 'Pass a higher max_usd, or quote something cheaper.'
          : `Choose something within ${limit}, or ask the wallet's owner to change ${rule} with \`zecchino policy set\`.`,
    })
  }
}

/** A program brings rules that are none. */
export class InvalidError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'Policy.InvalidError'

  constructor() {
    super('The policy is not valid; nothing was spent.', {
      hint: 'Make it with `Policy.Policy.parse`, which names what is wrong.',
    })
  }
}

/** Not enough is left of a budget. Nothing was reserved or signed. */
export class BudgetExceededError extends Errors.BaseError {
  override readonly code = 'BUDGET_EXCEEDED'
  override readonly name = 'Policy.BudgetExceededError'

  constructor({
    asked,
    cap,
    rule,
    used,
  }: {
    asked: string
    cap: string
    rule: string
    used: string
  }) {
    super(`It does not fit the budget ${rule}: ${used} of ${cap} is used, asked was ${asked}.`, {
      hint: `Wait until the budget's window has passed, or ask the wallet's owner to raise ${rule}.`,
    })
  }
}

/** The server wants to be paid at another address than before. */
export class PayeeChangedError extends Errors.BaseError {
  override readonly code = 'PAYEE_CHANGED'
  override readonly name = 'Policy.PayeeChangedError'

  constructor({ offered, pinned }: { offered: string; pinned: string }) {
    if (pinned === nobody)
      super('This process and the ledger name different payees; nothing was signed.', {
        facts: [`Offered: ${offered}`],
        hint: 'The owner corrects payTo where it is wrong, or runs `zecchino policy set payTo`.',
      })
    else
      super(
        'The server asks to be paid at another address than the pinned one; nothing was signed.',
        {
          facts: [`Pinned: ${pinned}`, `Offered: ${offered}`],
          hint: 'If Venice announced the change, the owner runs `zecchino policy trust-payee`.',
        },
      )
  }
}

/** The price rose between quote and purchase. */
export class PriceChangedError extends Errors.BaseError {
  override readonly code = 'PRICE_CHANGED'
  override readonly name = 'Policy.PriceChangedError'

  constructor({ now, quoted }: { now: bigint; quoted: bigint }) {
    super(`The price is now ${Money.display(now)}; quoted was ${Money.display(quoted)}.`, {
      hint: 'Quote again and decide on the new price; nothing was charged.',
    })
  }
}
