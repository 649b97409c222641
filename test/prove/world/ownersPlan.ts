import { verdicts } from '../../../src/Verdict.js'
import type { FaultInput } from '../../../src/sandbox/faults.js'
import { createDice, type Dice } from './createDice.js'
import type { LivePlan, Scripted } from './livePlan.js'
import { pointOf } from './processesPlan.js'
import { sceneOf } from './sceneOf.js'
import { lostCalls, lostPayment, names, stories, type Story } from './stories.js'
import type { Rule, Word } from './words.js'

const [second, minute] = [1_000, 60_000]

/** What a run is about: something that an owner has to decide about, or what is allowed. */
const themes = [
  'lost',
  'lost',
  'lost',
  'found',
  'found',
  'unproven',
  'unproven',
  'uncredited',
  'asked',
  'asked',
  'givenUp',
  'rules',
  'rules',
]

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
  96 * minute,
  130 * minute,
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
  const about = dice.chance(0.7) ? 0 : dice.below(videos)
  const story = (stories[theme] ?? ruled)(dice, about)
  const isPaying = theme === 'unproven' || theme === 'uncredited'
  const topUp = isPaying || (theme === 'rules' && dice.chance(0.6))
  const asks = dice.chance(theme === 'rules' ? 0.8 : 0.08) || story.asks === true
  const approveAboveUsd = asks ? dice.pick(['0', '0.07', '1']) : '999'
  const scene = sceneOf({ dice, policy: { approveAboveUsd }, run, seed, topUp, videos })
  const faults = [
    ...story.faults,
    ...(theme !== 'lost' && theme !== 'found' && dice.chance(0.2) ? lostCalls(dice) : []),
    ...(!isPaying && topUp && dice.chance(0.4) ? lostPayment(dice) : []),
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
  const subject = asked[about] as Asked
  if (story.hidden) {
    const { faults: hidden, until } = story.hidden
    script.push({ at: 0, do: 'faults', faults: hidden, name: 'hidden' })
    script.push({ at: subject.at + until, do: 'lift', name: 'hidden' })
  }
  if (asks) for (const one of asked) if (dice.chance(0.85)) script.push(...agreement(dice, one))
  for (let host = 0; host < hosts; host += 1)
    if (dice.chance(0.35)) script.push(...ending(dice, host))
  script.push(...said(dice, { asked, hosts, story, subject }))
  // In the end they decide about what stops everything, and mostly let it go on; then all rows show.
  const end = Math.max(...script.map(({ at }) => at)) + 5 * minute
  const last: Word[] = [
    { say: 'pay', verdict: 'abandon' },
    ...(dice.chance(0.9) ? [{ say: 'unfreeze' } as const] : []),
  ]
  for (const word of last) script.push({ at: end, do: 'say', host: 'terminal', word })
  script.push({ at: end + 40 * minute, do: 'lift', name: 'nothing' })
  const kinds = faults.map(({ kind }) => kind).join(' ')
  const varied = `${theme}; ${approveAboveUsd}; ${kinds}`
  return { ...scene, chosen: [], outages: [], script, varied }
}

type Asked = { at: number; host: number; request: number }

/** Nothing has to be decided about: rules are set lower and higher. */
function ruled(dice: Dice, request: number): Story {
  return { faults: [], word: wordOf(dice, request) }
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

/** All that is said: most owners say one thing again and again, and all a bit of everything. */
function said(dice: Dice, { asked, hosts, story, subject }: said.Options): Scripted[] {
  const who = () => dice.pick([dice.below(hosts), 'terminal', 'terminal'] as const)
  const script: Scripted[] = []
  if (dice.chance(0.8)) {
    const { once, word } = story
    if (once)
      script.push({ at: subject.at + once.at, do: 'say', host: 'terminal', word: once.word })
    for (const moment of moments)
      if (dice.chance(0.6)) script.push({ at: subject.at + moment, do: 'say', host: who(), word })
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

declare namespace said {
  type Options = { asked: readonly Asked[]; hosts: number; story: Story; subject: Asked }
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
