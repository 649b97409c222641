import { getBalance } from '../../actions/getBalance.js'
import { placeholderOf } from '../../internal/maskJson.js'
import * as Envelope from '../../Envelope.js'
import * as Ledger from '../../Ledger.js'
import * as Money from '../../Money.js'
import * as X402 from '../../X402.js'
import { PaymentUnresolvedError } from '../refusals.js'
import { resolvePayment } from '../resolvePayment.js'
import { presentAgain } from '../presentAgain.js'
import { topUp } from '../topUp.js'
import type { Probe, Step } from './createProbe.js'

/** How long a balance is waited for after a credited top-up, in milliseconds. */
const patience = 60_000

/** How often a minute top-ups may be asked about, and how often one payment may need to. */
const [minute, perMinute, perPayment] = [60_000, 10, 6]

/** How far above the minimum the other payments are, in micro-dollars. */
const above = 10_000n

/** A top-up of the minimum, in the first envelope that is taken. */
export function minimumStep(probe: Probe, options: { minimum: bigint }): Step {
  const { minimum } = options
  return {
    asks: `A top-up of ${Money.display(minimum)}: in which envelope it is taken, what the answer carries, when the balance shows it.`,
    costs: { credit: 0n, usdc: minimum },
    id: 'top-up',
    run: () => pay(probe, { amount: minimum, kind: 'minimum' }),
  }
}

/**
 * A payment above the minimum that is presented in one envelope first. Where that is refused, the
 * next ones are tried with the same signature: what it costs is paid once at most.
 */
export function aboveStep(
  probe: Probe,
  { envelope, minimum }: { envelope: Envelope.Name; minimum: bigint },
): Step {
  const amount = minimum + above
  return {
    asks: `A top-up of ${Money.display(amount)}, in the envelope "${envelope}" first: whether it is taken above the minimum.`,
    costs: { credit: 0n, usdc: amount },
    id: `above-${envelope}`,
    run: () => pay(probe, { amount, envelope, kind: 'above' }),
  }
}

/** Envelopes above the minimum about which nothing is known, none of those refused at it. */
export function openEnvelopes({ facts }: Probe): Envelope.Name[] {
  const { above: known = {}, minimum = {} } = facts.envelopes ?? {}
  return Envelope.names.filter(
    (name) =>
      name !== 'v1' &&
      name !== 'kept' &&
      (minimum[name] ?? 'taken') === 'taken' &&
      known[name] === undefined,
  )
}

/** The same payment once more. */
export function replayStep(probe: Probe, payment: Ledger.Payment): Step {
  return {
    asks: 'What a payment that was credited is answered when exactly the same is sent once more. It can move money only once.',
    costs: { credit: 0n, usdc: 0n },
    id: 'replay',
    async run() {
      const { facts, note, recorder, zecchino } = probe
      const before = await getBalance(zecchino.client)
      const { answers } = await recorder.ask('top-up.replay', () =>
        presentAgain(zecchino, payment.id),
      )
      const [answer] = answers
      if (answer) {
        const { error } = Object(answer.json) as { error?: unknown }
        const code = typeof error === 'string' && /^[A-Z][A-Z_\d]{2,60}$/.test(error) && error
        facts.replay = { ...(code && { code }), status: answer.status }
      }
      const after = await getBalance(zecchino.client)
      if (after.balanceUsd > before.balanceUsd)
        note(
          `The balance rose by ${Money.display(after.balanceUsd - before.balanceUsd)} meanwhile. Look at \`zecchino audit reconcile\`.`,
        )
    },
  }
}

async function pay(
  probe: Probe,
  options: { amount: bigint; envelope?: Envelope.Name; kind: 'above' | 'minimum' },
): Promise<void> {
  const { amount, envelope, kind } = options
  const { facts, recorder, zecchino } = probe
  const { client, ledger } = zecchino
  await makeRoom(probe)
  const [open] = await ledger.payments({ limit: 1, statuses: Ledger.openPaymentStatuses })
  if (open) await resolvePayment(zecchino, open)
  const { frozen, payments } = await ledger.state()
  if (frozen) throw Ledger.stopped(frozen)
  const { balanceUsd: credit } = await getBalance(client)
  // Agreed to at the terminal a moment ago: this amount and no more.
  const run = () => topUp(zecchino, { agreed: amount, amount, credit, envelope, payments })
  const { answers, value: payment } = await recorder.ask(`pay.${envelope ?? kind}`, run, 'several')
  await learnEnvelopes(probe, { kind, payment })
  const good = answers.findLast(({ route, status }) => route === 'top-up' && status === 200)
  if (payment.status !== 'credited' || !good)
    throw new PaymentUnresolvedError({ detail: payment.detail ?? payment.status })
  facts.payment_response = good.headers.has(X402.headers.response.toLowerCase())
  if (payment.paymentId) facts.payment_id = placeholderOf(payment.paymentId)
  const lag = await lagOf(probe, { credit: credit + amount, since: good.at })
  if (lag !== undefined) facts.balance_lag_ms = lag
}

/**
 * Waits until a payment can be asked about and presented in every envelope within the minute's
 * limit: one that is broken off in the middle stays open, and nothing else may be paid meanwhile.
 */
async function makeRoom({ note, recorder, zecchino }: Probe): Promise<void> {
  const { client } = zecchino
  for (let told = false; ; told = true) {
    const since = client.now().getTime() - minute
    const lately = recorder.seen.filter(
      ({ at, route }) => route === 'top-up' && at.getTime() > since,
    )
    const [oldest] = lately
    if (!oldest || lately.length <= perMinute - perPayment) return
    if (!told) note('Waiting until top-ups may be asked about again: ten times a minute.')
    await client.sleep(oldest.at.getTime() - since + 1_000)
  }
}

/** What became of each envelope, by the ledger: what was sent is on record there. */
async function learnEnvelopes(
  { facts, zecchino }: Probe,
  { kind, payment }: { kind: 'above' | 'minimum'; payment: Ledger.Payment },
): Promise<void> {
  const found: Record<string, string> = {}
  for (const { envelope, refused } of await zecchino.ledger.attempts(payment.id))
    if (refused !== undefined)
      found[envelope] = /^[A-Z][A-Z_\d]{1,60}$/.test(refused) ? refused : 'REFUSED'
    else if (payment.status === 'credited') found[envelope] = 'taken'
  const known = facts.envelopes ?? {}
  facts.envelopes = { ...known, [kind]: { ...known[kind], ...found } }
}

/** How long it takes until the balance shows a credit. */
async function lagOf(
  { note, zecchino }: Probe,
  options: { credit: bigint; since: Date },
): Promise<number | undefined> {
  const { client } = zecchino
  for (let looks = 0; ; looks += 1) {
    const { balanceUsd } = await getBalance(client)
    const passed = client.now().getTime() - options.since.getTime()
    if (balanceUsd >= options.credit) return looks === 0 ? 0 : passed
    if (passed > patience) return undefined
    if (looks === 0) note('The balance does not show it yet; waiting up to a minute.')
    await client.sleep(Math.min(500 * 2 ** looks, 4_000))
  }
}
