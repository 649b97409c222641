import { getBalance } from '../../actions/getBalance.js'
import { call } from '../../client/call.js'
import { isPlain } from '../../internal/maskJson.js'
import * as Venice from '../../Venice.js'
import * as X402 from '../../X402.js'
import type { Probe, Step } from './createProbe.js'

const free = { credit: 0n, usdc: 0n }

/** A model and a job that do not exist, so that nothing asked about them can be bought. */
const nobody = { model: 'zecchino-no-such-model', queue_id: '00000000-0000-4000-8000-000000000000' }

/** What may be asked for nothing, without a sign-in first. None of it can buy anything. */
export function freeSteps(probe: Probe): Step[] {
  return [
    {
      asks: 'Which models there are, in which form, and what differs from what this version knows.',
      costs: free,
      id: 'models',
      run: () => askModels(probe),
    },
    {
      asks: 'What a stranger is told: on a paid route, on a balance, on a route that is retired or never was.',
      costs: free,
      id: 'strangers',
      run: () => askAsStranger(probe),
    },
    {
      asks: 'What a top-up wants to be paid. Nothing is signed.',
      costs: free,
      id: 'offer',
      run: () => askOffer(probe),
    },
    {
      asks: 'What a quote says to a model and to a length that do not exist.',
      costs: free,
      id: 'quotes',
      run: () => askQuotes(probe),
    },
    {
      asks: 'How balance and rows of this wallet look. Signed in.',
      costs: free,
      id: 'account',
      run: () => askAccount(probe),
    },
    refusalsStep(probe, 'refusals'),
  ]
}

/** How the paid routes refuse; what they say depends on whether there is credit. */
export function refusalsStep(probe: Probe, id: 'more-refusals' | 'refusals'): Step {
  return {
    asks: 'How the paid routes refuse what cannot be bought: no model, no such model, no such job. Signed in.',
    costs: free,
    id,
    run: () => askRefusals(probe),
  }
}

async function askModels({ facts, known, recorder, zecchino }: Probe): Promise<void> {
  const path = '/models?type=video'
  const run = () => call(zecchino.client, { path, signIn: false })
  const { value: answer } = await recorder.ask('models.video', run)
  const rows = Venice.ModelList.safeParse(answer.json).data?.data ?? []
  const ids = rows
    .map((row) => (Object(row) as { id?: unknown }).id)
    .filter((id): id is string => typeof id === 'string' && isPlain(id) && id.length <= 80)
  facts.models = {
    added: ids.filter((id) => !known.includes(id)).slice(0, 200),
    fields: [...new Set(rows.flatMap((row) => fieldsOf(row)))].toSorted().slice(0, 200),
    missing: known.filter((id) => !ids.includes(id)).slice(0, 200),
    rows: rows.length,
  }
}

/** Paths of the fields of a value, with their types: `model_spec.constraints.durations[]:string`. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((part) => fieldsOf(part, `${path}[]`))
  if (typeof value !== 'object' || value === null)
    return [`${path}:${value === null ? 'null' : typeof value}`]
  return Object.entries(value)
    .filter(([name]) => isPlain(name))
    .flatMap(([name, part]) => fieldsOf(part, path === '' ? name : `${path}.${name}`))
    .filter((field) => field.length <= 120)
}

async function askAsStranger({ recorder, zecchino }: Probe): Promise<void> {
  const { client, wallet } = zecchino
  const ask = (name: string, path: string, body?: object) =>
    recorder.ask(name, () =>
      call(client, { ...(body && { body }), path, repeatable: false, signIn: false }),
    )
  await ask('queue.anonymous', '/video/queue', {})
  await ask('balance.anonymous', `/x402/balance/${wallet.address}`)
  await ask('route.retired', '/video/transcriptions', {})
  await ask('route.unknown', '/video/zecchino-no-such-route')
}

async function askOffer({ facts, recorder, zecchino }: Probe): Promise<void> {
  const { client, network } = zecchino
  const run = () => call(client, { body: {}, path: '/x402/top-up', signIn: false })
  const { value: answer } = await recorder.ask('top-up.offer', run)
  const demand = X402.demandOf({ headers: answer.headers, sent: 'nothing', text: answer.text })
  const offers = 'requirements' in demand ? demand.requirements?.offers : undefined
  const offer = offers?.find((one) => one.network === network)
  if (!offer) return
  facts.offer_fields = fieldsOf(offer.raw)
    .map((field) => field.split(':')[0] ?? '')
    .filter(isPlain)
    .toSorted()
    .slice(0, 40)
}

async function askQuotes({ known, recorder, zecchino }: Probe): Promise<void> {
  const { client } = zecchino
  const ask = (name: string, body: object) =>
    recorder.ask(name, () => call(client, { body, path: '/video/quote', signIn: false }))
  await ask('quote.unknown-model', { duration: '5s', model: nobody.model })
  const model = known.find((id) => id.endsWith('text-to-video')) ?? known[0]
  if (model) await ask('quote.unlisted-duration', { duration: '9999s', model })
}

async function askAccount({ facts, recorder, zecchino }: Probe): Promise<void> {
  const { client, wallet } = zecchino
  await recorder.ask('balance.own', () => call(client, { path: `/x402/balance/${wallet.address}` }))
  const path = `/x402/transactions/${wallet.address}?limit=100&offset=0`
  const { value: answer } = await recorder.ask('transactions.own', () => call(client, { path }))
  const { data } = Object(answer.json) as { data?: { transactions?: unknown } }
  const rows = Array.isArray(data?.transactions) ? (data.transactions as unknown[]) : []
  const amounts = rows.map((row) => (Object(row) as { amount?: unknown }).amount)
  const decimals = amounts.filter((amount) => typeof amount === 'number').map(decimalsOf)
  if (decimals.length > 0) facts.decimals = Math.max(...decimals)
}

function decimalsOf(amount: number): number {
  return amount.toFixed(12).replace(/0+$/, '').split('.')[1]?.length ?? 0
}

/** All of these name what does not exist, or no model at all: there is nothing to charge for. */
async function askRefusals(probe: Probe): Promise<void> {
  const { facts, recorder, zecchino } = probe
  const { client } = zecchino
  const ask = async (name: string, path: string, body: object) => {
    const run = () => call(client, { body, path, repeatable: false })
    return (await recorder.ask(name, run)).value
  }
  const { balanceUsd: credit } = await getBalance(client)
  if (credit < Venice.floor) {
    await ask('queue.floor', '/video/queue', {})
    const { status } = await ask('retrieve.floor', '/video/retrieve', nobody)
    if (status === 402 || status === 400 || status === 404)
      facts.retrieve_below_floor = status === 402 ? 'refused' : 'admitted'
    probe.note('The rest of these answers needs credit of $0.10; it is asked after a top-up.')
    return
  }
  await ask('queue.no-model', '/video/queue', {})
  const video = { duration: '5s', model: nobody.model, prompt: 'A gondola at dawn' }
  await ask('queue.unknown-model', '/video/queue', video)
  await ask('retrieve.unknown-id', '/video/retrieve', nobody)
  await ask('complete.unknown-id', '/video/complete', nobody)
  const fields = { reference_video_total_duration: 5, zecchino_no_such_field: 1 }
  const answer = await ask('queue.unknown-fields', '/video/queue', fields)
  // Silence about a field means something only where another unknown one is named.
  if (answer.status === 400 && answer.text.includes('zecchino_no_such_field')) {
    const isNamed = answer.text.includes('reference_video_total_duration')
    facts.queue_total_duration = isNamed ? 'refused' : 'taken'
  }
}
