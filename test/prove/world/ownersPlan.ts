import { verdicts } from '../../../src/Verdict.js'
import type { FaultInput } from '../../../src/sandbox/faults.js'
import { createDice, type Dice } from './createDice.js'
import type { LivePlan, Scripted } from './livePlan.js'
import { pointOf } from './processesPlan.js'
import { sceneOf } from './sceneOf.js'
import type { Rule, Word } from './words.js'

const [second, minute] = [1_000, 60_000]

/** What an owner is asked about most: paid calls, payments, or what is allowed. */
const themes = ['jobs', 'jobs', 'jobs', 'payments', 'payments', 'rules'] as const

/** What they say again and again. */
const insisted: Record<(typeof themes)[number], (dice: Dice, request: number) => Word> = {
  jobs: (dice, request) => ({
    request,
    say: 'resolve',
    verdict: dice.pick(['retry', 'retry', 'retry', 'adopt', 'abandon'] as const),
  }),
  payments: (dice) => ({
    say: 'pay',
    verdict: dice.pick(['unpaid', 'unpaid', 'unpaid', 'credited', 'abandon'] as const),
  }),
  rules: (dice, request) => wordOf(dice, request),
}

/** When something is said, after a video was asked for: before, during and after all that it waits for. */
const moments = [
  200,
  700,
  1_500,
  3_000,
  8_000,
  20_000,
  50_000,
  100_000,
  4 * minute,
  11 * minute,
  17 * minute,
  29 * minute,
  31 * minute,
  33 * minute,
  44 * minute,
  46 * minute,
  50 * minute,
  66 * minute,
  82 * minute,
]

/** What the rules are set to, in USD. */
const amounts: Record<Rule, readonly string[]> = {
  approveAboveUsd: ['0', '0.05', '0.07', '1', '4.99', '999'],
  maxPaidTotalUsd: ['0', '4', '5', '15', '15'],
  maxSpendPerDayUsd: ['0.01', '0.07', '0.15', '5'],
  maxSpendTotalUsd: ['0.01', '0.07', '0.15', '5'],
  maxTopUpUsd: ['1', '5', '5'],
}

/**
 * Plans a run of an owner who says every verdict at every moment, true or not, and sets rules lower and
 * higher, while answers are lost, rows come late and processes end.
 */
export function ownersPlan({ run, seed }: { run: number; seed: string }): LivePlan {
  const dice = createDice(`${seed}:owners:${run}`)
  const theme = dice.pick(themes)
  const videos = dice.pick([1, 1, 2, 2, 3])
  const topUp = theme === 'payments' || (theme === 'rules' && dice.chance(0.6))
  const asks = dice.chance(theme === 'rules' ? 0.8 : 0.08)
  const approveAboveUsd = asks ? dice.pick(['0', '0.07', '1']) : '999'
  const scene = sceneOf({ dice, policy: { approveAboveUsd }, run, seed, topUp, videos })
  const faults = [
    ...(theme === 'jobs' || dice.chance(0.3) ? lostAnswers(dice) : []),
    ...(theme === 'payments' || (topUp && dice.chance(0.4)) ? lostPayments(dice) : []),
    ...others(dice),
  ]
  const hosts = dice.pick([1, 1, 2])
  const script: Scripted[] = [{ at: 0, do: 'faults', faults }]
  for (let host = 0; host < hosts; host += 1) script.push({ at: 0, do: 'start', host })
  const asked = [...scene.requests.keys()].map((request) => ({
    at: second + request * dice.pick([300, 5_000, 30_000, 10 * minute, 35 * minute]),
    host: dice.below(hosts),
    request,
  }))
  for (const one of asked) script.push({ ...one, do: 'buy' })
  if (asks) for (const one of asked) if (dice.chance(0.85)) script.push(...agreement(dice, one))
  for (let host = 0; host < hosts; host += 1)
    if (dice.chance(0.35)) script.push(...ending(dice, host))
  script.push(...said(dice, { asked, hosts, theme }))
  // In the end they decide about what stops everything, and mostly let it go on; then all rows show.
  const end = Math.max(...script.map(({ at }) => at)) + 5 * minute
  const last: Word[] = [
    { say: 'pay', verdict: 'abandon' },
    ...(dice.chance(0.9) ? [{ say: 'unfreeze' } as const] : []),
  ]
  for (const word of last) script.push({ at: end, do: 'say', host: 'terminal', word })
  script.push({ at: end + 40 * minute, do: 'lift', name: 'nothing' })
  const kinds = faults.map(({ kind }) => kind).join(' ')
  return { ...scene, chosen: [], outages: [], script, varied: `${approveAboveUsd}; ${kinds}` }
}

type Asked = { at: number; host: number; request: number }

/** Answers to paid calls that are lost, mostly so that nobody can tell whether they were read. */
function lostAnswers(dice: Dice): FaultInput[] {
  const forgets: FaultInput = { kind: 'nonce-forgotten', route: '*', times: 'always' }
  const times = dice.pick([1, 1, 2, 3])
  const lost = { kind: 'reset', route: 'queue', skip: dice.pick([0, 0, 0, 1]), times } as const
  return [
    ...dice.pick<FaultInput[]>([
      [{ ...lost, when: 'before' }],
      [{ ...lost, when: 'after' }],
      [{ ...lost, when: 'after' }, names(dice)],
      [{ ...lost, when: 'after' }, names(dice)],
    ]),
    ...(dice.chance(0.9) ? [forgets] : []),
  ]
}

/** Payments without an answer, with and without a credit for them. */
function lostPayments(dice: Dice): FaultInput[] {
  const route = 'top-up-payment'
  const nodes = dice.chance(0.7) ? [lostNodes(dice)] : []
  const lost = dice.pick<FaultInput[]>([
    [
      { kind: 'settle-then-reset', route },
      { kind: 'refuse-replay', route, times: 'always' },
    ],
    [
      { kind: 'settle-then-504', route },
      { kind: 'reset', route, times: 'always', when: 'before' },
    ],
    [{ kind: 'credit-lost', route }],
    [{ credit_after_ms: 240_000, kind: 'credit-lost', route }],
    [{ kind: 'settlement-failed', route, times: dice.pick([1, 'always'] as const) }],
    [{ kind: 'reset', route, times: dice.pick([1, 3, 'always'] as const), when: 'before' }],
  ])
  return [...lost, ...nodes]
}

/** Charges that name no job of ours. */
function names(dice: Dice): FaultInput {
  const form = dice.pick(['hex', 'chat', 'none'] as const)
  const times = dice.pick([1, 'always', 'always'] as const)
  return { form, kind: 'other-request-id', route: 'queue', times }
}

/** A node of the chain that proves nothing, or shows what is not so yet. */
function lostNodes(dice: Dice): FaultInput {
  const fault = { route: 'rpc', times: 'always' } as const
  return dice.pick<FaultInput>([
    { ...fault, kind: 'other-chain' },
    { ...fault, kind: 'status', status: 502 },
    { ...fault, kind: 'status', status: 502 },
    { ...fault, kind: 'block-clock', ms: dice.pick([-300_000, 300_000]) },
    { ...fault, kind: 'no-safe-block' },
  ])
}

function others(dice: Dice): FaultInput[] {
  const ms = dice.pick([20 * second, 3 * minute, 12 * minute, 29 * minute])
  const of = dice.pick([['CHARGE'], ['TOP_UP'], ['CHARGE', 'REFUND', 'TOP_UP']] as const)
  const refund = dice.chance(0.7)
  const choices: [number, FaultInput][] = [
    [0.4, { kind: 'late-rows', ms, of: [...of], route: 'transactions', times: 'always' }],
    [0.1, names(dice)],
    [0.15, { kind: 'job-failed', refund, route: 'retrieve', skip: dice.below(3) }],
    [0.1, { kind: 'needs-consent', route: 'queue' }],
    [0.1, { kind: 'foreign-charge', route: 'queue', usd: dice.pick(['0.08', '0.06', '0.2']) }],
    [0.08, { factor: 2, kind: 'price-lie', route: 'quote', skip: 1 }],
  ]
  return choices.flatMap(([share, fault]) => (dice.chance(share) ? [fault] : []))
}

/** The owner agrees, and whoever wants the video calls for it again. */
function agreement(dice: Dice, { at, host, request }: Asked): Scripted[] {
  const later = at + dice.pick([2_000, 20_000, 5 * minute, 16 * minute])
  const word: Word = { request, say: 'approve' }
  return [
    { at: later, do: 'say', host: dice.pick([host, 'terminal', 'terminal'] as const), word },
    { at: later + dice.pick([500, 4_000, 40_000]), do: 'again', host, request },
  ]
}

/** A process ends where it may hurt, and another one comes in its place. */
function ending(dice: Dice, host: number): Scripted[] {
  const at = dice.pick([500, 500, 30_000])
  const back = at + dice.pick([5_000, 40_000, 6 * minute, 34 * minute])
  return [
    { at, do: 'arm', host, point: pointOf(dice) },
    { at: back, do: 'end', host, how: 'SIGKILL' },
    { at: back + second, do: 'start', host },
  ]
}

/** All that is said: some owners say one thing again and again, others a bit of everything. */
function said(
  dice: Dice,
  {
    asked,
    hosts,
    theme,
  }: { asked: readonly Asked[]; hosts: number; theme: (typeof themes)[number] },
): Scripted[] {
  const who = () => dice.pick([dice.below(hosts), 'terminal', 'terminal'] as const)
  const script: Scripted[] = []
  if (dice.chance(0.7)) {
    const [first] = asked
    const one = first && dice.chance(0.7) ? first : dice.pick(asked)
    const word = insisted[theme](dice, one.request)
    for (const moment of moments)
      if (dice.chance(0.6)) script.push({ at: one.at + moment, do: 'say', host: who(), word })
  }
  const count = 4 + dice.below(9)
  for (let index = 0; index < count; index += 1) {
    const one = dice.pick(asked)
    const at = one.at + dice.pick(moments) + dice.below(400)
    const word = wordOf(dice, one.request)
    script.push({ at, do: 'say', host: who(), word })
    if (word.say === 'approve' || word.say === 'consent')
      script.push({ at: at + second, do: 'again', host: one.host, request: one.request })
    if (word.say === 'freeze' && dice.chance(0.8))
      script.push({
        at: at + dice.pick([2_000, 5 * minute, 20 * minute]),
        do: 'say',
        host: who(),
        word: { say: 'unfreeze' },
      })
    if (word.say === 'policy' && dice.chance(0.6)) {
      const usd = amounts[word.key].at(-1) as string
      script.push({
        at: at + dice.pick([2_000, 5 * minute, 20 * minute]),
        do: 'say',
        host: who(),
        word: { ...word, usd },
      })
    }
  }
  return script
}

function wordOf(dice: Dice, request: number): Word {
  const draw = dice.below(20)
  if (draw < 9) {
    const verdict = dice.pick(['retry', 'retry', ...verdicts] as const)
    const named =
      verdict === 'adopt' ? dice.pick([undefined, 'right', 'wrong'] as const) : undefined
    return { request, say: 'resolve', verdict, ...(named && { named }) }
  }
  if (draw < 12)
    return { say: 'pay', verdict: dice.pick(['unpaid', 'unpaid', 'credited', 'abandon'] as const) }
  if (draw < 13) return { request, row: dice.below(4), say: 'tie' }
  if (draw < 14) return { request, say: 'anew' }
  if (draw < 16) return { request, say: dice.pick(['approve', 'consent', 'deny'] as const) }
  if (draw < 18) {
    const key = dice.pick(Object.keys(amounts) as Rule[])
    return { key, say: 'policy', usd: dice.pick(amounts[key]) }
  }
  return { say: dice.pick(['freeze', 'unfreeze', 'unfreeze'] as const) }
}
