import { afterAll, expect, test, vi } from 'vitest'

import { dataUrl, png } from '../support/media.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { type Person, request, sandboxFor, setup } from './support/connect.js'

// Ten requests for a top-up in a minute are few for all the wallets here.
const sandbox = await listenSandbox({ limits: 'none', speed: 200 })
afterAll(() => sandbox.close())
vi.setConfig({ testTimeout: 90_000 })

/** The owner has chosen to be asked in the host, about everything. */
const policy = { approveAboveUsd: '0', approveVia: 'elicitation' } as const

type Form = Parameters<Person>[0]

/** Somebody who ticks every statement, and keeps what they were shown. */
function yes() {
  const forms: Form[] = []
  const person: Person = (form) => {
    forms.push(form)
    const names = Object.keys(form.requestedSchema.properties)
    return { action: 'accept', content: Object.fromEntries(names.map((name) => [name, true])) }
  }
  return { forms, person }
}

async function quoted({ call }: Awaited<ReturnType<typeof setup>>, changes: object = {}) {
  const { quote_id } = await call('video_quote', { ...request, ...changes })
  return { quote_id }
}

test('default: a yes in the host is bound, used once and audited like one at the terminal', async () => {
  const { forms, person } = yes()
  await using setting = await setup(sandbox, { person, policy })
  const { call, zecchino } = setting
  const hostile = 'Rain.\nPrice     $0.00 \u202eX\u001b[2J'
  const quote = await quoted(setting, { prompt: hostile })
  const bought = await call('video_generate', quote)
  expect(bought).toMatchObject({ price_usd: '0.14' })
  expect(['queued', 'ready', 'saved', 'cleaned']).toContain(bought['status'])

  const [form] = forms
  expect(forms).toHaveLength(1)
  expect(setting.asked).toEqual(['elicitation/create'])
  expect(form?.message.split('\n').map((line) => line.slice(0, 28))).toEqual([
    'An agent asks to buy a video',
    'Model     seedance-1-5-pro-t',
    'Prompt    Rain. Price $0.00 ',
    'Request   {"aspect_ratio":"1',
    'Price     $0.14',
    'Top-up    $5.00 USDC to 0x99',
    'Credit    $0.00',
    expect.stringMatching(/^Until {5}2/),
  ])
  expect(form?.requestedSchema).toEqual({
    properties: {
      approve: {
        default: false,
        title: 'Buy this video for $0.14, with a top-up of $5.00 USDC if needed.',
        type: 'boolean',
      },
    },
    required: ['approve'],
    type: 'object',
  })
  const approval = await zecchino.ledger.findApprovalOfJob(bought['job_id'] as string)
  expect(approval?.status).toBe('used')
  const events = await zecchino.ledger.events()
  expect(events.filter(({ type }) => type === 'approval').map(({ data }) => data)).toEqual([
    expect.objectContaining({ hash: approval?.hash, to: 'open' }),
    { hash: approval?.hash, to: 'approved', via: 'elicitation' },
    { hash: approval?.hash, to: 'used' },
  ])
  expect(await setting.truth()).toMatchObject({ charges: ['0.14'], settlements: ['5'] })
})

const refusals: [string, unknown][] = [
  ['declined', { action: 'decline' }],
  ['accepted without a tick', { action: 'accept', content: { approve: false } }],
  ['cancelled', { action: 'cancel' }],
  ['accepted with nothing', { action: 'accept' }],
  ['accepted with a word', { action: 'accept', content: { approve: 'true' } }],
  ['accepted with more', { action: 'accept', content: { approve: true, also: true } }],
  ['accepted under another name', { action: 'accept', content: { approved: true } }],
  ['no action', { content: { approve: true } }],
  ['an unknown action', { action: 'approve', content: { approve: true } }],
  ['not an object', 'yes'],
]

test('error: whatever is not a clear yes buys nothing', async () => {
  await using setting = await setup(sandbox, {
    person: () => {
      const [, answer] = refusals[asked] ?? []
      asked += 1
      return answer
    },
    policy,
  })
  let asked = 0
  const outcomes = []
  for (const [name] of refusals) {
    const answer = await setting.call('video_generate', await quoted(setting, { prompt: name }))
    outcomes.push([name, answer['status']])
  }
  expect(outcomes).toEqual(
    refusals.map(([name], index) => [name, index < 2 ? 'abandoned' : 'needs_approval']),
  )
  expect(await setting.truth()).toEqual({ charges: [], jobs: 0, settlements: [] })
})

test('error: a host that fails at the form buys nothing, and is not asked again', async () => {
  let asked = 0
  await using setting = await setup(sandbox, {
    person: () => {
      asked += 1
      throw new Error('no window')
    },
    policy,
  })
  const quote = await quoted(setting)
  for (const _ of [1, 2])
    expect(await setting.call('video_generate', quote)).toMatchObject({
      next: expect.stringMatching(/run `zecchino approve approval_/),
      status: 'needs_approval',
    })
  expect(asked).toBe(1)
})

test('behavior: nobody is asked in a host that did not offer it, or against the owner’s choice', async () => {
  const { forms, person } = yes()
  await using mute = await setup(sandbox, { policy })
  await using terminal = await setup(sandbox, {
    person,
    policy: { ...policy, approveVia: 'cli' },
  })
  await using links = await setup(sandbox, { capabilities: { elicitation: { url: {} } }, policy })
  for (const setting of [mute, terminal, links]) {
    expect(await setting.call('video_generate', await quoted(setting))).toMatchObject({
      next: expect.stringContaining('`zecchino approve approval_'),
      status: 'needs_approval',
    })
    expect(await setting.call('wallet_top_up')).toMatchObject({ code: 'APPROVAL_REQUIRED' })
    expect(await setting.truth()).toMatchObject({ charges: [], settlements: [] })
    expect(setting.asked).toEqual([])
  }
  expect(forms).toEqual([])
})

test('behavior: a host that gives up on the call still hears a late yes', async () => {
  let answer: (value: unknown) => void = () => {}
  let shown: () => void = () => {}
  const seen = new Promise<void>((resolve) => (shown = resolve))
  await using setting = await setup(sandbox, {
    person() {
      shown()
      return new Promise((resolve) => (answer = resolve))
    },
    policy,
  })
  const quote = await quoted(setting)
  const hurried = new AbortController()
  const first = setting.client.callTool({ arguments: quote, name: 'video_generate' }, undefined, {
    signal: hurried.signal,
  })
  await seen
  hurried.abort()
  await expect(first).rejects.toThrow()
  expect(await setting.truth()).toMatchObject({ charges: [] })

  const second = setting.call('video_generate', quote)
  answer({ action: 'accept', content: { approve: true } })
  expect(await second).toMatchObject({ price_usd: '0.14' })
  expect(await setting.truth()).toMatchObject({ charges: ['0.14'] })
})

test('behavior: a consent takes three ticks, and the policy in the provider’s words', async () => {
  const { forms, person } = yes()
  await using setting = await setup(sandbox, {
    person,
    policy: { approveVia: 'elicitation' },
  })
  await setting.control.fault({ kind: 'needs-consent', route: 'queue' })
  const bought = await setting.call('video_generate', await quoted(setting))
  expect(['queued', 'ready', 'saved', 'cleaned']).toContain(bought['status'])
  expect(forms[0]?.message).toContain('Sandbox policy. You have the right to use this media')
  expect(forms[0]?.message).toMatch(/It is revoked only in Venice’s web application \(Settings\)/)
  expect(forms[0]?.requestedSchema.required).toEqual([
    'confirmed_terms_and_privacy',
    'confirmed_legal_right',
    'confirmed_screening_acknowledged',
  ])
  const events = await setting.zecchino.ledger.events()
  expect(events.find(({ type }) => type === 'consent')?.data).toMatchObject({
    confirmed: forms[0]?.requestedSchema.required,
    version: '2026-08-01',
    via: 'elicitation',
  })
  expect(await setting.truth()).toMatchObject({ charges: ['0.14'], jobs: 1 })
})

test('behavior: a model that is not listed asks about a face once, and again when it is taken back', async () => {
  const { forms, person } = yes()
  await using setting = await setup(sandbox, {
    person,
    policy: { approveVia: 'elicitation' },
    usdc: '0',
  })
  await setting.control.credit(setting.address, '20')
  const face = {
    duration: '4s',
    image_url: dataUrl('image/png', png(400, 300)),
    model: 'seedance-2-0-fast-image-to-video',
    prompt: 'She turns around',
    resolution: '480p',
  }
  const buy = async (changes: object = {}) => {
    const { quote_id, warnings } = await setting.call('video_quote', { ...face, ...changes })
    expect(warnings).toEqual([expect.stringContaining('seedance-2-0-fast-image-to-video')])
    return setting.call('video_generate', { quote_id })
  }
  const past = expect.stringMatching(/^(queued|ready|saved|cleaned)$/)
  expect(await buy()).toMatchObject({ status: past })
  expect(forms).toHaveLength(1)
  expect(forms[0]?.message).toMatch(/^Medium {4}image_url: 33 bytes, sha256 /m)
  expect(await buy({ prompt: 'She nods' })).toMatchObject({ status: past })
  expect(forms).toHaveLength(1)
  await setting.control.revokeConsents(setting.address)
  expect(await buy({ prompt: 'She waves' })).toMatchObject({ status: past })
  expect(forms).toHaveLength(2)
  expect((await setting.truth()).charges).toHaveLength(3)
})

test('error: two ticks of three are no consent', async () => {
  await using setting = await setup(sandbox, {
    person: () => ({
      action: 'accept',
      content: {
        confirmed_legal_right: true,
        confirmed_screening_acknowledged: false,
        confirmed_terms_and_privacy: true,
      },
    }),
    policy: { approveVia: 'elicitation' },
  })
  await setting.control.fault({ kind: 'needs-consent', route: 'queue' })
  const answer = await setting.call('video_generate', await quoted(setting))
  expect(answer).toMatchObject({
    next: expect.stringMatching(/run `zecchino consent job_/),
    status: 'needs_consent',
  })
  expect(await setting.truth()).toMatchObject({ charges: [], jobs: 0 })
})

test('behavior: a top-up is agreed to for its own amount, once', async () => {
  const { forms, person } = yes()
  await using setting = await setup(sandbox, { person, policy })
  const [first, second] = await Promise.all([
    setting.call('wallet_top_up', { credit_usd: '6' }),
    setting.call('wallet_top_up', { credit_usd: '6' }),
  ])
  expect(first).toEqual(second)
  expect(first).toMatchObject({ credit_usd: '6', payment: { amount_usd: '6', status: 'credited' } })
  expect(forms.map(({ requestedSchema }) => requestedSchema.properties['approve']?.title)).toEqual([
    'Pay $6.00 USDC.',
  ])
  expect(await setting.call('wallet_top_up', { credit_usd: '6' })).toMatchObject({
    next: expect.stringContaining('Nothing was paid'),
  })
  expect(await setting.truth()).toMatchObject({ settlements: ['6'] })
})

test('behavior: a yes to one amount is no yes to the higher one that is asked for then', async () => {
  const { forms, person } = yes()
  // Of its own: a sandbox takes ten top-ups a minute from one address, as Venice does.
  const fresh = await sandboxFor()
  await using setting = await setup(fresh, { person, policy })
  const offer = (amount: string) =>
    setting.control.fault({ change: { amount }, kind: 'offer', route: 'top-up-discovery' })
  await offer('7000000')
  expect(await setting.call('wallet_top_up', { credit_usd: '5' })).toMatchObject({
    payment: { amount_usd: '7', status: 'credited' },
  })
  const titles = () =>
    forms.map(({ requestedSchema }) => requestedSchema.properties['approve']?.title)
  expect(titles()).toEqual(['Pay $5.00 USDC.', 'Pay $7.00 USDC.'])
  expect(await setting.truth()).toMatchObject({ settlements: ['7'] })

  // A server that asks for more each time is not gone along with.
  for (const amount of ['8', '9', '10', '11', '12']) await offer(`${amount}000000`)
  expect(await setting.call('wallet_top_up', { credit_usd: '12' })).toMatchObject({
    code: 'APPROVAL_REQUIRED',
    money_moved: 'no',
    next: expect.stringContaining('zecchino top-up 12'),
  })
  expect(titles().slice(2)).toEqual(['Pay $5.00 USDC.', 'Pay $8.00 USDC.', 'Pay $9.00 USDC.'])
  expect(await setting.truth()).toMatchObject({ settlements: ['7'] })
  await fresh.close()
})

test('error: a yes to the first amount and a no to the next pays nothing', async () => {
  const fresh = await sandboxFor()
  let asked = 0
  const person: Person = () => {
    asked += 1
    return asked === 1 ? { action: 'accept', content: { approve: true } } : { action: 'decline' }
  }
  await using setting = await setup(fresh, { person, policy })
  await setting.control.fault({
    change: { amount: '7000000' },
    kind: 'offer',
    route: 'top-up-discovery',
    times: 'always',
  })
  expect(await setting.call('wallet_top_up', { credit_usd: '5' })).toMatchObject({
    code: 'APPROVAL_REQUIRED',
  })
  expect(asked).toBe(2)
  expect(await setting.truth()).toMatchObject({ settlements: [] })
  expect(await setting.zecchino.ledger.payments()).toEqual([])
  await fresh.close()
})
