import { expect, test, vi } from 'vitest'

import { discoverTopUp } from '../../src/actions/discoverTopUp.js'
import { buyVideo } from '../../src/flows/buyVideo.js'
import type { WalletZecchino } from '../../src/flows/createZecchino.js'
import { decide } from '../../src/flows/decide.js'
import { giveConsent } from '../../src/flows/giveConsent.js'
import { quote } from '../../src/flows/quote.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import { linesOf, showApproval } from '../../src/flows/showApproval.js'
import { showConsent } from '../../src/flows/showConsent.js'
import * as Job from '../../src/Job.js'
import * as Policy from '../../src/Policy.js'
import { videoGenerate } from '../../src/tools/videoGenerate.js'
import { request } from '../crash/requests.js'
import { silentPrice } from '../support/cheap.js'
import { createLab } from '../support/createLab.js'

vi.setConfig({ testTimeout: 60_000 })

type Lab = Awaited<ReturnType<typeof createLab>>

const minute = 60_000

async function setup(policy: NonNullable<Parameters<Lab['process']>[0]>['policy']) {
  const lab = await createLab()
  await lab.fund(lab.address, '50')
  const zecchino = await lab.process({ ...(policy && { policy }) })
  const quoted = async (prompt: string) => (await quote(zecchino, { ...request, prompt })).quote.id
  const say = async (id: string, decision: 'approved' | 'denied' = 'approved') =>
    decide(zecchino, { decision, shown: await showApproval(zecchino, id), via: 'cli' })
  return Object.assign(lab, {
    /** Quotes, asks and lets the owner agree. */
    async approved(prompt: string) {
      const quoteId = await quoted(prompt)
      const { approval } = await buyVideo(zecchino, { quoteId })
      expect(await say(approval?.id ?? '')).toBe(true)
      return quoteId
    },
    buy: (quoteId: string) => buyVideo(zecchino, { quoteId }),
    /** Moves the clock on until the job stands still. */
    async end(quoteId: string): Promise<Job.Job> {
      for (const began = lab.now().getTime(); ;) {
        const job = await zecchino.ledger.findJobOfQuote(quoteId)
        if (job && Job.isSettled(job.status)) return job
        if (lab.now().getTime() - began > 30 * minute) throw new Error(`${job?.status}`)
        await lab.tick(1_000)
      }
    },
    quoted,
    say,
    zecchino,
  })
}

const paid = async (lab: Lab) => (await lab.state()).settlements.map(({ amount_usd: usd }) => usd)

/** All approvals of a job, by their statuses on the audit log. */
async function approvalsOf({ ledger }: WalletZecchino) {
  const last = new Map<string, unknown>()
  for (const { data, subject, type } of await ledger.events({ limit: 1_000 }))
    if (type === 'approval' && subject.startsWith('approval_')) last.set(subject, data['to'])
  return [...last.values()]
}

test('behavior: two videos approved on one credit: both come, the second after another word', async () => {
  await using lab = await setup({ approveAboveUsd: '0' })
  await lab.credit(lab.address, '0.25')
  const [first, second] = [await lab.approved('A'), await lab.approved('B')]
  // The first is not charged before the second is bought.
  await lab.fault({ kind: 'rate-limited', route: 'queue', times: 2 })
  await lab.buy(first)
  await lab.buy(second)
  expect((await lab.end(first)).status).toBe('cleaned')
  const waits = await lab.end(second)
  expect(waits).toMatchObject({
    detail:
      'The owner is asked anew: it needs a top-up of $5.00 by now, and $0.00 was shown. Nothing was bought.',
    price: silentPrice.micros,
    status: 'needs_approval',
  })
  expect(await paid(lab)).toEqual([])
  expect((await lab.zecchino.ledger.usage()).total).toBe(silentPrice.micros)

  const answer = await videoGenerate.run(lab.zecchino, { quote_id: second }, {})
  const asked = await lab.zecchino.ledger.findApprovalOfJob(waits.id)
  expect(answer).toMatchObject({
    approval_id: asked?.id,
    detail: waits.detail,
    next: expect.stringContaining(`zecchino approve ${asked?.id}`),
    status: 'needs_approval',
  })
  expect(await lab.say(waits.id)).toBe(true)
  await lab.buy(second)
  expect(await lab.end(second)).toMatchObject({ id: waits.id, status: 'cleaned' })
  expect(await paid(lab)).toEqual(['5'])
  expect(await lab.zecchino.ledger.payments()).toMatchObject([{ agreed: 5_000_000n }])
  expect((await lab.state()).charges).toHaveLength(2)
})

test('behavior: what nobody had to agree to is asked about when it comes to need a top-up', async () => {
  await using lab = await setup({ approveAboveUsd: '1' })
  await lab.credit(lab.address, '0.25')
  const [first, second] = [await lab.quoted('A'), await lab.quoted('B')]
  // The first is not charged before the second is bought.
  await lab.fault({ kind: 'rate-limited', route: 'queue', times: 2 })
  for (const id of [first, second]) expect((await lab.buy(id)).approval).toBeUndefined()
  expect((await lab.end(first)).status).toBe('cleaned')
  const waits = await lab.end(second)
  expect(waits).toMatchObject({
    detail: expect.stringContaining('needs a top-up of $5.00'),
    status: 'needs_approval',
  })
  expect(await paid(lab)).toEqual([])
  await lab.say(waits.id)
  await lab.buy(second)
  expect((await lab.end(second)).status).toBe('cleaned')
  expect(await paid(lab)).toEqual(['5'])
})

test('behavior: a server that takes no less than more is not paid more than was agreed to', async () => {
  await using lab = await setup({ approveAboveUsd: '0', maxTopUpUsd: '20', maxCreditUsd: '30' })
  const change = { amount: '8000000' }
  await lab.fault({ change, kind: 'offer', route: 'top-up', times: 'always' })
  const quoteId = await lab.approved('A')
  await lab.buy(quoteId)
  const waits = await lab.end(quoteId)
  expect(waits).toMatchObject({
    detail: expect.stringContaining('a top-up of $8.00 by now, and $5.00 was shown'),
    status: 'needs_approval',
  })
  expect(await paid(lab)).toEqual([])
  expect(await lab.zecchino.ledger.payments()).toEqual([])
  await lab.say(waits.id)
  await lab.buy(quoteId)
  expect((await lab.end(quoteId)).status).toBe('cleaned')
  expect(await paid(lab)).toEqual(['8'])
})

test('error: `wallet_top_up` signs nothing above the limit that nobody was asked about', async () => {
  await using lab = await setup({ approveAboveUsd: '5', maxTopUpUsd: '20' })
  const change = { amount: '8000000' }
  await lab.fault({ change, kind: 'offer', route: 'top-up', times: 'always' })
  const asked: bigint[] = []
  const approve = async (amount: bigint) => (asked.push(amount), false)
  await expect(raiseCredit(lab.zecchino, { approve })).rejects.toMatchObject({
    code: 'APPROVAL_REQUIRED',
  })
  await expect(raiseCredit(lab.zecchino, {})).rejects.toMatchObject({ code: 'APPROVAL_REQUIRED' })
  expect(asked).toEqual([8_000_000n])
  expect(await paid(lab)).toEqual([])
  expect(await lab.zecchino.ledger.payments()).toEqual([])
})

test('error: a policy that was lowered meanwhile is the one that a payment is held to', async () => {
  await using lab = await setup({ approveAboveUsd: '9' })
  const { policy } = lab.zecchino
  const { ledger } = await lab.process()
  await ledger.setPolicy({ approveAboveUsd: 1_000_000n }, { chosen: Policy.keys, policy })
  const quoteId = await lab.quoted('A')
  expect((await lab.buy(quoteId)).job.status).toBe('needs_approval')
  expect(await paid(lab)).toEqual([])
})

test('behavior: an approval that expired unanswered is asked for again, at the price of then', async () => {
  await using lab = await setup({ approveAboveUsd: '0', maxPerVideoUsd: '0.50' })
  await lab.credit(lab.address, '20')
  const quoteId = await lab.quoted('A')
  const before = await lab.buy(quoteId)
  lab.advance(20 * minute)
  await lab.fault({ factor: 3, kind: 'price-lie', route: 'quote' })
  const after = await lab.buy(quoteId)
  expect(after.job).toMatchObject({
    detail: expect.stringMatching(/^The owner is asked anew: its price is \$0\.24/),
    id: before.job.id,
    price: silentPrice.micros * 3n,
    status: 'needs_approval',
  })
  expect(after.approval?.id).not.toBe(before.approval?.id)
  expect(await lab.zecchino.ledger.approvals()).toMatchObject([{ id: after.approval?.id }])
  // The one before is over: neither shown nor decided, and it names the one that counts.
  await expect(lab.say(before.approval?.id ?? '')).rejects.toMatchObject({
    facts: [expect.stringContaining(after.approval?.id ?? '')],
    name: 'NoApprovalError',
  })
  const { hash = '', id = '' } = before.approval ?? {}
  expect(await lab.zecchino.ledger.decideApproval({ decision: 'approved', hash, id })).toBe(false)
  expect(await lab.say(after.approval?.id ?? '')).toBe(true)
  // Approved with five minutes to go: the quote itself ended long ago.
  lab.advance(10 * minute)
  await lab.buy(quoteId)
  expect((await lab.end(quoteId)).status).toBe('cleaned')
  const { ledger } = lab.zecchino
  expect(await ledger.findApproval(id)).toMatchObject({ status: 'superseded' })
  expect(await ledger.findApprovalOfJob(after.job.id)).toMatchObject({
    id: after.approval?.id,
    status: 'used',
  })
})

test('behavior: who is paid is shown, and asked about anew when it is another by now', async () => {
  await using lab = await setup({ approveAboveUsd: '0' })
  const { client, ledger } = lab.zecchino
  expect(await ledger.state()).toMatchObject({ payee: undefined })
  const quoteId = await lab.quoted('A')
  const { approval } = await lab.buy(quoteId)
  const { offers } = await discoverTopUp(client)
  const payee = offers.find(({ network }) => network === client.network)?.payTo ?? ''
  const shown = await showApproval(lab.zecchino, approval?.id ?? '')
  expect(linesOf(shown).join('\n')).toContain(`$5.00 USDC to ${payee}`)
  await lab.say(approval?.id ?? '')

  await ledger.trustPayee(`0x${'ba'.repeat(20)}`)
  const again = await lab.buy(quoteId)
  expect(again.job).toMatchObject({
    detail: 'The owner is asked anew: payments go to another payee by now. Nothing was bought.',
    status: 'needs_approval',
  })
  expect(await paid(lab)).toEqual([])

  await lab.say(again.approval?.id ?? '')
  await ledger.trustPayee(payee as `0x${string}`)
  const last = await lab.buy(quoteId)
  expect(last.job).toMatchObject({ status: 'needs_approval' })
  await lab.say(last.approval?.id ?? '')
  await lab.buy(quoteId)
  expect((await lab.end(quoteId)).status).toBe('cleaned')
  expect(await paid(lab)).toEqual(['5'])
})

test('behavior: an approval that was given too long ago is asked for again', async () => {
  await using lab = await setup({ approveAboveUsd: '0' })
  await lab.credit(lab.address, '20')
  const quoteId = await lab.approved('A')
  lab.advance(16 * minute)
  const { approval, job } = await lab.buy(quoteId)
  expect(job).toMatchObject({
    detail: 'The owner is asked anew: what was asked before has expired. Nothing was bought.',
    status: 'needs_approval',
  })
  expect(approval?.status).toBe('open')
  // Asking once more asks nothing new.
  expect((await lab.buy(quoteId)).approval).toEqual(approval)
  await lab.say(job.id)
  await lab.buy(quoteId)
  expect((await lab.end(quoteId)).status).toBe('cleaned')
})

test('error: the caps of the owner and of the caller hold for what is asked anew', async () => {
  await using lab = await setup({ approveAboveUsd: '0', maxPerVideoUsd: '0.15' })
  await lab.credit(lab.address, '20')
  const quoteId = await lab.quoted('A')
  await lab.buy(quoteId)
  lab.advance(16 * minute)
  await lab.fault({ factor: 3, kind: 'price-lie', route: 'quote' })
  await expect(lab.buy(quoteId)).rejects.toMatchObject({ code: 'POLICY_REFUSED' })
  await expect(
    buyVideo(lab.zecchino, { maxPrice: silentPrice.micros - 1n, quoteId }),
  ).rejects.toMatchObject({ code: 'POLICY_REFUSED' })
  expect(await approvalsOf(lab.zecchino)).toEqual(['open'])
})

test('error: a no is a no', async () => {
  await using lab = await setup({ approveAboveUsd: '0' })
  const quoteId = await lab.quoted('A')
  const { approval, job } = await lab.buy(quoteId)
  // Whoever wrote it down was killed before the job was moved.
  const { hash = '', id = '' } = approval ?? {}
  await lab.zecchino.ledger.decideApproval({ decision: 'denied', hash, id })
  for (const later of [0, 20 * minute]) {
    lab.advance(later)
    expect((await lab.buy(quoteId)).job).toMatchObject({ id: job.id, status: 'abandoned' })
  }
  expect(await approvalsOf(lab.zecchino)).toEqual(['denied'])
})

test('error: after a week nobody is asked about it any more', async () => {
  await using lab = await setup({ approveAboveUsd: '0' })
  const quoteId = await lab.quoted('A')
  await lab.buy(quoteId)
  lab.advance(Policy.waitLifetime + minute)
  await expect(lab.buy(quoteId)).rejects.toMatchObject({ code: 'QUOTE_EXPIRED' })
  expect(await approvalsOf(lab.zecchino)).toEqual(['open'])
})

test('behavior: many who ask anew at once open one approval', async () => {
  await using lab = await setup({ approveAboveUsd: '0' })
  await lab.credit(lab.address, '20')
  const quoteId = await lab.approved('A')
  lab.advance(16 * minute)
  const twin = await lab.process({ policy: { approveAboveUsd: '0' } })
  const all = await Promise.all(
    Array.from({ length: 8 }, (_, index) => buyVideo(index % 2 ? twin : lab.zecchino, { quoteId })),
  )
  expect(new Set(all.map(({ approval }) => approval?.id)).size).toBe(1)
  expect(await approvalsOf(lab.zecchino)).toEqual(['superseded', 'open'])
})

test.each([
  ['16 minutes', 16 * minute],
  ['three days', 3 * 24 * 60 * minute],
])(
  'behavior: a consent that comes after %s is followed by another word, and by the video',
  async (_, later) => {
    await using lab = await setup({ approveAboveUsd: '0' })
    await lab.credit(lab.address, '20')
    await lab.fault({ kind: 'needs-consent', route: 'queue' })
    const quoteId = await lab.approved('A')
    await lab.buy(quoteId)
    const waits = await lab.end(quoteId)
    expect(waits.status).toBe('needs_consent')
    await giveConsent(lab.zecchino, {
      shown: await showConsent(lab.zecchino, waits.id),
      via: 'cli',
    })
    lab.advance(later)
    const { approval, job } = await lab.buy(quoteId)
    expect(job).toMatchObject({ id: waits.id, status: 'needs_approval' })
    expect(await lab.say(approval?.id ?? '')).toBe(true)
    await lab.buy(quoteId)
    expect(await lab.end(quoteId)).toMatchObject({ id: waits.id, status: 'cleaned' })
    const { charges, requests } = await lab.state()
    expect(charges).toHaveLength(1)
    const sent = requests.filter(({ path }) => path.endsWith('/video/queue'))
    expect(sent.map(({ status }) => status)).toEqual([409, 200])
  },
)
