import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type * as z from 'zod'

import * as Policy from '../src/Policy.js'

const venice = Policy.Policy.parse(Policy.defaults.venice)
const withPolicy = (change: Partial<z.input<typeof Policy.Policy>>) =>
  Policy.Policy.parse({ ...Policy.defaults.venice, ...change })

test('default: what holds on mainnet', () => {
  expect(venice).toMatchInlineSnapshot(`
    {
      "approveAboveUsd": 0n,
      "approveVia": "cli",
      "deleteAfterSave": true,
      "maxCreditUsd": 10000000n,
      "maxPaidTotalUsd": 100000000n,
      "maxPerVideoUsd": 2000000n,
      "maxSpendPerDayUsd": 10000000n,
      "maxSpendTotalUsd": 50000000n,
      "maxTopUpUsd": 5000000n,
      "maxTopUpsPerDay": 2,
      "models": null,
      "payTo": null,
      "priceTolerance": 0.05,
      "readFiles": [],
    }
  `)
})

test('default: in the sandbox approvals are off and caps are generous', () => {
  const sandbox = Policy.Policy.parse(Policy.defaults.sandbox)
  expect(Policy.needsApproval(sandbox, { price: 100_000_000n, topUp: 100_000_000n })).toBe(false)
  for (const key of [
    'maxCreditUsd',
    'maxPaidTotalUsd',
    'maxPerVideoUsd',
    'maxSpendPerDayUsd',
    'maxSpendTotalUsd',
    'maxTopUpUsd',
  ] as const)
    expect(sandbox[key]).toBeGreaterThan(venice[key])
})

test.each([
  ['a number', 2, 2_000_000n],
  ['text', '0.35', 350_000n],
  ['nothing at all', 0, 0n],
  ['a micro-dollar', '0.000001', 1n],
])('behavior: an amount may be %s', (_, maxTopUpUsd, expected) => {
  expect(withPolicy({ maxTopUpUsd }).maxTopUpUsd).toBe(expected)
})

const amounts = [
  'approveAboveUsd',
  'maxCreditUsd',
  'maxPaidTotalUsd',
  'maxPerVideoUsd',
  'maxSpendPerDayUsd',
  'maxSpendTotalUsd',
  'maxTopUpUsd',
]
const notAmounts = [
  -1,
  '-1',
  '',
  '$5',
  '5,00',
  '1e3',
  1e-7,
  0.000_000_1,
  1e21,
  Number.NaN,
  Infinity,
  null,
  true,
  [5],
  {},
  '1000000',
  '0.0000001',
  ' 5',
  '5 USD',
]
const bad: [string, unknown][] = [
  ...amounts.map((key): [string, unknown] => [key, -0.01]),
  ...amounts.map((key): [string, unknown] => [key, undefined]),
  ...notAmounts.map((value): [string, unknown] => ['maxTopUpUsd', value]),
  ['approveVia', 'auto'],
  ['approveVia', 'CLI'],
  ['approveVia', null],
  ['approveVia', ['cli']],
  ['maxTopUpsPerDay', -1],
  ['maxTopUpsPerDay', 1.5],
  ['maxTopUpsPerDay', '2'],
  ['maxTopUpsPerDay', 1001],
  ['maxTopUpsPerDay', Number.NaN],
  ['maxTopUpsPerDay', null],
  ['models', 'wan'],
  ['models', ['']],
  ['models', [5]],
  ['models', {}],
  ['models', undefined],
  ['payTo', ''],
  ['payTo', '0x1234'],
  ['payTo', `0x${'0'.repeat(40)}`],
  ['payTo', `0x${'g'.repeat(40)}`],
  ['payTo', `0X${'1'.repeat(40)}`],
  ['payTo', 'venice.eth'],
  ['payTo', [`0x${'1'.repeat(40)}`]],
  ['priceTolerance', -0.01],
  ['priceTolerance', 1.01],
  ['priceTolerance', '0.05'],
  ['priceTolerance', Number.NaN],
  ['priceTolerance', null],
  ['readFiles', '/home'],
  ['readFiles', ['']],
  ['readFiles', [null]],
  ['readFiles', null],
  ['maxTopupUsd', 5],
  ['max_top_up_usd', '5'],
  ['apiKey', 'x'],
  ['__proto__x', {}],
]

test('error: these are more than sixty', () => {
  expect(bad.length).toBeGreaterThanOrEqual(60)
})

test.each(bad)('error: %s may not be %j', (key, value) => {
  const parsed = Policy.Policy.safeParse({ ...Policy.defaults.venice, [key]: value })
  expect(parsed.success).toBe(false)
  expect(JSON.stringify(parsed.error?.issues)).toContain(key)
})

describe('refusalOf', () => {
  test.each([
    ['within', {}, { model: 'x', price: 2_000_000n }, undefined],
    [
      'a micro-dollar above',
      {},
      { model: 'x', price: 2_000_001n },
      { asked: '$2.000001', limit: '$2.00', rule: 'maxPerVideoUsd' },
    ],
    ['a listed model', { models: ['x'] }, { model: 'x', price: 1n }, undefined],
    [
      'another model',
      { models: ['x', 'y'] },
      { model: 'z', price: 1n },
      { asked: 'z', limit: 'x, y', rule: 'models' },
    ],
    [
      'a model when none is listed',
      { models: [] },
      { model: 'x', price: 1n },
      { asked: 'x', limit: 'none', rule: 'models' },
    ],
    [
      'the beginning of a listed model',
      { models: ['wan-2'] },
      { model: 'wan', price: 1n },
      { asked: 'wan', limit: 'wan-2', rule: 'models' },
    ],
    [
      'a cap of nothing',
      { maxPerVideoUsd: 0 },
      { model: 'x', price: 1n },
      { asked: '$0.000001', limit: '$0.00', rule: 'maxPerVideoUsd' },
    ],
  ])('behavior: %s', (_, change, purchase, refusal) => {
    expect(Policy.refusalOf(withPolicy(change), purchase)).toEqual(refusal)
  })
})

describe('stricterOf', () => {
  const [a, b] = [`0x${'a'.repeat(40)}`, `0x${'b'.repeat(40)}`] as const
  const upper = `0x${'A'.repeat(40)}` as const
  /** Every rule: what two policies say, and what both allow. */
  const table: { [key in Policy.Key]: [unknown, unknown, unknown][] } = {
    approveAboveUsd: [['1', '0', '0']],
    approveVia: [
      ['cli', 'elicitation', 'cli'],
      ['elicitation', 'elicitation', 'elicitation'],
    ],
    deleteAfterSave: [
      [true, false, false],
      [true, true, true],
    ],
    maxCreditUsd: [['10', '9.999999', '9.999999']],
    maxPaidTotalUsd: [['100', '99', '99']],
    maxPerVideoUsd: [['2', '0.112', '0.112']],
    maxSpendPerDayUsd: [['10', '0', '0']],
    maxSpendTotalUsd: [['50', '49', '49']],
    maxTopUpUsd: [['5', '4', '4']],
    maxTopUpsPerDay: [[2, 1, 1]],
    models: [
      [null, ['x'], ['x']],
      [null, null, null],
      [['x', 'y'], ['y', 'z'], ['y']],
      [['x'], ['y'], []],
      [[], null, []],
    ],
    payTo: [
      [null, a, a],
      [a, upper, a],
      [a, b, Policy.nobody],
      [null, null, null],
    ],
    priceTolerance: [[0.05, 0, 0]],
    readFiles: [
      [['/media'], ['/media/in'], ['/media/in']],
      [['/media/'], ['/media'], ['/media/', '/media']],
      [['/media'], ['/mediapark'], []],
      [['/media'], ['/media/../etc'], []],
      [['/media/../etc'], ['/media/../etc'], ['/media/../etc']],
      [['C:\\in'], ['C:\\in\\deep', 'D:\\in'], ['C:\\in\\deep']],
      [['/a', '/b'], ['/b', '/c'], ['/b']],
      [['/a'], [], []],
    ],
  }
  const rows = Object.entries(table).flatMap(([key, cases]) =>
    cases.flatMap(([one, two, both]) => [
      [key, one, two, both] as const,
      [key, two, one, both] as const,
    ]),
  )

  test('behavior: the table has every rule', () => {
    expect(Object.keys(table).toSorted()).toEqual(Policy.keys.toSorted())
  })

  test.each(rows)('behavior: of %s, %j and %j allow %j', (key, one, two, both) => {
    const found = Policy.stricterOf(withPolicy({ [key]: one }), withPolicy({ [key]: two }))
    const expected = both === Policy.nobody ? both : withPolicy({ [key]: both })[key as Policy.Key]
    const sorted = (value: unknown) =>
      Array.isArray(value)
        ? value.map((one: string) => one.replace(/\/$/, '')).toSorted()
        : typeof value === 'string'
          ? value.toLowerCase()
          : value
    expect(new Set([sorted(found[key as Policy.Key])].flat())).toEqual(
      new Set([sorted(expected)].flat()),
    )
    expect({ ...found, [key]: 0 }).toEqual({ ...venice, [key]: 0 })
  })
})

describe('inForce', () => {
  const version = (policy: Partial<Policy.Policy>, owned: Policy.Key[] = []): Policy.Version => ({
    at: new Date(0),
    author: 'process',
    number: 1,
    owned,
    policy: { ...venice, ...policy },
  })
  const own = (policy: Partial<Policy.Policy>, chosen = Object.keys(policy) as Policy.Key[]) => ({
    chosen,
    policy: { ...venice, ...policy },
  })

  test.each([
    ['nothing on the ledger', own({ maxPerVideoUsd: 9n }), undefined, 9n],
    ['the ledger allows less', own({ maxPerVideoUsd: 9n }), version({ maxPerVideoUsd: 5n }), 5n],
    ['the process chose less', own({ maxPerVideoUsd: 3n }), version({ maxPerVideoUsd: 5n }), 3n],
    [
      'the process chose less than its owner said',
      own({ maxPerVideoUsd: 3n }),
      version({ maxPerVideoUsd: 5n }, ['maxPerVideoUsd']),
      3n,
    ],
    [
      'a default is less than the owner said',
      own({ maxPerVideoUsd: 3n }, []),
      version({ maxPerVideoUsd: 5n }, ['maxPerVideoUsd']),
      5n,
    ],
    [
      'a default is less than another process chose',
      own({ maxPerVideoUsd: 3n }, []),
      version({ maxPerVideoUsd: 5n }),
      3n,
    ],
  ])('behavior: %s', (_, mine, ledger, expected) => {
    expect(Policy.inForce(mine, ledger).maxPerVideoUsd).toBe(expected)
  })

  test('behavior: a version that is older than a rule says nothing about it', () => {
    const { maxTopUpUsd: _, ...rest } = venice
    const old = { ...version({}), policy: rest }
    expect(Policy.inForce(own({ maxTopUpUsd: 7n }), old).maxTopUpUsd).toBe(7n)
    expect(Policy.lowered(own({}), old)).toBeUndefined()
  })

  test('behavior: only what was chosen lowers the ledger, and neither folders nor payee', () => {
    const known = version({ maxPerVideoUsd: 5n, payTo: `0x${'a'.repeat(40)}`, readFiles: ['/a'] })
    expect(Policy.lowered(own({ maxPerVideoUsd: 4n }, []), known)).toBeUndefined()
    expect(Policy.lowered(own({ maxPerVideoUsd: 5n }), known)).toBeUndefined()
    expect(Policy.lowered(own({ readFiles: [] }), known)).toBeUndefined()
    expect(Policy.lowered(own({ payTo: `0x${'b'.repeat(40)}` }), known)).toBeUndefined()
    expect(Policy.lowered(own({ payTo: null }), known)).toBeUndefined()
    expect(Policy.lowered(own({ maxPerVideoUsd: 4n }), known)).toMatchObject({
      maxPerVideoUsd: 4n,
      payTo: known.policy.payTo,
      readFiles: ['/a'],
    })
    const free = version({})
    const pinned = { payTo: `0x${'b'.repeat(40)}` } as const
    expect(Policy.lowered(own(pinned), free)).toMatchObject(pinned)
  })

  test('behavior: what a process would allow beyond it is named', () => {
    const known = version({ maxPerVideoUsd: 5n, models: ['y', 'x'] })
    const mine = own({ maxPerVideoUsd: 6n, maxTopUpsPerDay: 1, models: ['x', 'y'] })
    expect(Policy.looserKeys(mine, known)).toEqual(['maxPerVideoUsd'])
    expect(Policy.looserKeys(mine, undefined)).toEqual([])
  })

  test('behavior: a policy survives its way through JSON, with keys of a later version', () => {
    const text = JSON.stringify({ ...Policy.format(venice), maxPerMoonUsd: '3' })
    expect(Policy.parse(JSON.parse(text))).toEqual({ ...venice, maxPerMoonUsd: '3' })
    for (const bad of [{ maxPerVideoUsd: 'two' }, 'none', null, [], undefined])
      expect(Policy.parse(bad)).toBeUndefined()
  })
})

describe('needsApproval', () => {
  test.each([
    ['0', 0n, 0n, true],
    ['0', 10_000n, 0n, true],
    ['0.01', 10_000n, 0n, false],
    ['1', 10_000n, 1_000_001n, true],
    ['1', 0n, 0n, true],
    ['1', 9_999n, 0n, true],
    ['1', 1_000_000n, 1_000_000n, false],
    ['1', 1_000_001n, 0n, true],
  ])('behavior: above $%s, for %d and %d: %s', (approveAboveUsd, price, topUp, needed) => {
    expect(Policy.needsApproval(withPolicy({ approveAboveUsd }), { price, topUp })).toBe(needed)
  })
})

describe('exceedsTolerance', () => {
  test.each([
    [0.05, 1_000_000n, 1_050_000n, false],
    [0.05, 1_000_000n, 1_050_001n, true],
    [0.05, 1_000_000n, 1n, false],
    [0, 350_000n, 350_000n, false],
    [0, 350_000n, 350_001n, true],
    [0.05, 0n, 1n, true],
    [1, 350_000n, 700_000n, false],
    [1, 350_000n, 700_001n, true],
  ])('behavior: %d of %d lets %d through: not %s', (priceTolerance, quoted, now, exceeds) => {
    expect(Policy.exceedsTolerance(withPolicy({ priceTolerance }), { now, quoted })).toBe(exceeds)
  })

  test('behavior: no tolerance lets a price more than double, and none refuses the same price', () => {
    const price = fc.bigInt({ max: 10n ** 12n, min: 1n })
    fc.assert(
      fc.property(fc.double({ max: 1, min: 0, noNaN: true }), price, (priceTolerance, quoted) => {
        const policy = withPolicy({ priceTolerance })
        expect(Policy.exceedsTolerance(policy, { now: quoted, quoted })).toBe(false)
        expect(Policy.exceedsTolerance(policy, { now: 2n * quoted + 1n, quoted })).toBe(true)
      }),
    )
  })
})

test('error: each says the number, and who can change it', () => {
  const errors = [
    new Policy.RefusedError({ asked: '$3.00', limit: '$2.00', rule: 'maxPerVideoUsd' }),
    new Policy.RefusedError({ asked: '$3.00', limit: '$2.00', rule: 'max_usd' }),
    new Policy.BudgetExceededError({
      asked: '$5.00',
      cap: '$10.00',
      rule: 'maxSpendPerDayUsd',
      used: '$8.00',
    }),
    new Policy.PayeeChangedError({ offered: '0x2', pinned: '0x1' }),
    new Policy.PriceChangedError({ now: 400_000n, quoted: 350_000n }),
  ]
  expect(errors.map(({ code, message, moneyMoved }) => `${code} (${moneyMoved}) ${message}`))
    .toMatchInlineSnapshot(`
    [
      "POLICY_REFUSED (no) The owner's policy refuses it: maxPerVideoUsd is $2.00, asked was $3.00.
    Choose something within $2.00, or ask the wallet's owner to change maxPerVideoUsd with \`zecchino policy set\`.",
      "POLICY_REFUSED (no) The owner's policy refuses it: max_usd is $2.00, asked was $3.00.
    Pass a higher max_usd, or quote something cheaper.",
      "BUDGET_EXCEEDED (no) It does not fit the budget maxSpendPerDayUsd: $8.00 of $10.00 is used, asked was $5.00.
    Wait until the budget's window has passed, or ask the wallet's owner to raise maxSpendPerDayUsd.",
      "PAYEE_CHANGED (no) The server asks to be paid at another address than the pinned one; nothing was signed.
    Pinned: 0x1
    Offered: 0x2
    If Venice announced the change, the owner runs \`zecchino policy trust-payee\`.",
      "PRICE_CHANGED (no) The price is now $0.40; quoted was $0.35.
    Quote again and decide on the new price; nothing was charged.",
    ]
  `)
})
