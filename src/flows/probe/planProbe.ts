import { getBalance } from '../../actions/getBalance.js'
import type { Probe, Step } from './createProbe.js'
import { freeSteps, refusalsStep } from './freeSteps.js'
import { aboveStep, minimumStep, openEnvelopes, replayStep } from './paySteps.js'
import { type Cheapest, pricesStep, videoStep } from './videoSteps.js'

/**
 * Orders the questions: what is free first, then a top-up, and the cheapest video last. Each step
 * is made when those before it are over, because what they found decides what is worth asking.
 */
export async function* planProbe(
  probe: Probe,
  { spends }: { spends: boolean },
): AsyncGenerator<Step, void, undefined> {
  const { recorder, zecchino } = probe
  yield* freeSteps(probe)
  if (!spends) return

  const { payments: before } = await zecchino.ledger.state()
  const { minimumTopUpUsd: minimum } = await getBalance(zecchino.client)
  yield minimumStep(probe, { minimum })
  if ((await zecchino.ledger.state()).payments > before) {
    const [payment] = await zecchino.ledger.payments({ limit: 1 })
    if (payment?.status === 'credited') yield replayStep(probe, payment)
  }
  if (!recorder.exchanges.some((exchange) => exchange.case === 'queue.no-model'))
    yield refusalsStep(probe, 'more-refusals')

  // Each answers for itself, and what it finds may leave nothing to ask for the next.
  for (const asked = new Set<string>(); ;) {
    const envelope = openEnvelopes(probe).find((name) => !asked.has(name))
    if (envelope === undefined) break
    asked.add(envelope)
    yield aboveStep(probe, { envelope, minimum })
  }

  let cheapest: Cheapest | undefined
  yield pricesStep(probe, (found) => (cheapest = found))
  if (cheapest) yield await videoStep(probe, cheapest)
}
