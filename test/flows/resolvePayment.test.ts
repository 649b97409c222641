import { expect, test } from 'vitest'

import { createRpc } from '../../src/client/createRpc.js'
import type { WalletZecchino } from '../../src/flows/createZecchino.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import { resolvePayment } from '../../src/flows/resolvePayment.js'
import type * as Ledger from '../../src/Ledger.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { control } from '../support/createBuyer.js'
import { createLab } from '../support/createLab.js'

const day = 24 * 3_600_000
/** Longer than any authorization is good for, and than anybody waits after that. */
const afterwards = 15 * 60_000

type Lab = Awaited<ReturnType<typeof createLab>>
type Look = { status: Ledger.PaymentStatus; says: string | undefined }

/** A payment that left, and whose answer never came: it did not settle, and still can. */
async function lose(lab: Lab, options: Parameters<Lab['process']>[0] = {}) {
  await lab.fund(lab.address, '50')
  const zecchino = await lab.process(options)
  await zecchino.ready()
  await lab.fault({ kind: 'reset', route: 'top-up-payment', when: 'before' })
  const { payment } = await raiseCredit(zecchino, {})
  expect(payment).toMatchObject({ status: 'unknown' })
  // From now on nobody takes it, so that only the chain can end it.
  await lab.fault({ kind: 'status', route: 'top-up-payment', status: 502, times: 'always' })
  return { id: payment?.id ?? '', zecchino }
}

/** Brings the payment a step nearer to its end, and tells where it stands. */
async function look({ id, zecchino }: { id: string; zecchino: WalletZecchino }): Promise<Look> {
  const payment = await zecchino.ledger.findPayment(id)
  if (payment) await resolvePayment(zecchino, payment)
  const { detail, status = 'intent' } = (await zecchino.ledger.findPayment(id)) ?? {}
  return { says: detail, status }
}

/** Settles what left, as a server that was slow would. */
async function settle(lab: Lab, { id, zecchino }: { id: string; zecchino: WalletZecchino }) {
  await fetch(`${lab.controlUrl}/faults`, { method: 'DELETE' })
  const { presentPayment } = await import('../../src/flows/presentPayment.js')
  return presentPayment(zecchino, id)
}

test('default: expired by every clock and unspent on the chain, it is unpaid, and its budgets are free', async () => {
  await using lab = await createLab()
  const lost = await lose(lab)
  expect(await look(lost)).toMatchObject({ status: 'unknown' })
  expect(await lost.zecchino.ledger.usage()).toMatchObject({ paid: 5_000_000n, topUpsPerDay: 1n })

  lab.advance(afterwards)

  expect((await look(lost)).status).toBe('failed_unpaid')
  expect(await lost.zecchino.ledger.usage()).toMatchObject({ paid: 0n, topUpsPerDay: 0n })
  expect((await lab.state()).settlements).toEqual([])
})

test('behavior: blocks that are a day ahead free nothing that can still settle', async () => {
  await using lab = await createLab()
  const lost = await lose(lab)
  await lab.fault({ kind: 'block-clock', ms: day, route: 'rpc', times: 'always' })

  expect((await look(lost)).status).toBe('unknown')
  await expect(raiseCredit(lost.zecchino, {})).rejects.toMatchObject({ code: 'PAYMENT_UNRESOLVED' })

  // It settles after all: $5 for one wish of $5.
  expect(await settle(lab, lost)).toMatchObject({ status: 'credited' })
  expect((await lab.state()).settlements).toHaveLength(1)
  expect(await lost.zecchino.ledger.payments()).toHaveLength(1)
})

test('behavior: nor does a Date header of tomorrow, whatever the blocks say', async () => {
  await using lab = await createLab()
  const lost = await lose(lab)
  await lab.fault({ kind: 'block-clock', ms: day, route: 'rpc', times: 'always' })
  await lab.fault({ kind: 'clock-skew', ms: day, route: '*', times: 'always' })

  await look(lost).catch(() => {}) // the server takes no sign-in of ours by that clock
  expect(lost.zecchino.client.skew()).toBeGreaterThan(day / 2)
  await look(lost).catch(() => {})

  expect(await lost.zecchino.ledger.findPayment(lost.id)).toMatchObject({ status: 'unknown' })
  expect(await settle(lab, lost)).toMatchObject({ status: 'credited' })
  expect((await lab.state()).settlements).toHaveLength(1)
})

test.each(['our own clock', 'the ledger’s clock'])(
  'behavior: nor does %s, a day ahead of the other',
  async (whose) => {
    await using lab = await createLab()
    let ahead = 0
    const later = (date: Date) => new Date(date.getTime() + ahead)
    const lost = await lose(lab, {
      wrapClient: (client) =>
        whose === 'our own clock' ? { ...client, now: () => later(client.now()) } : client,
      wrapLedger: (ledger) =>
        whose === 'our own clock'
          ? ledger
          : { ...ledger, now: async () => later(await ledger.now()) },
    })
    await lab.fault({ kind: 'block-clock', ms: day, route: 'rpc', times: 'always' })
    ahead = day

    expect((await look(lost)).status).toBe('unknown')

    ahead = 0
    expect(await settle(lab, lost)).toMatchObject({ status: 'credited' })
    expect((await lab.state()).settlements).toHaveLength(1)
  },
)

test('behavior: what was signed and never sent is not given up by the provider’s clock either', async () => {
  await using lab = await createLab()
  await lab.fund(lab.address, '50')
  const zecchino = await lab.process({
    wrapLedger: (ledger) => ({
      ...ledger,
      async movePayment(id, move) {
        if (move.to === 'sent') throw new Error('the process ends here')
        return ledger.movePayment(id, move)
      },
    }),
  })
  await zecchino.ready()
  await expect(raiseCredit(zecchino, {})).rejects.toThrow('the process ends here')
  const other = await lab.process()
  const { id = '' } = (await other.ledger.payments())[0] ?? {}
  const dated = { ...other, client: { ...other.client, skew: () => day } }

  expect(await look({ id, zecchino: dated })).toMatchObject({ status: 'signed' })
  expect(await look({ id, zecchino: other })).toMatchObject({ status: 'credited' })
})

test('behavior: a node of another chain proves nothing, and is named', async () => {
  await using lab = await createLab()
  const lost = await lose(lab)
  await lab.fault({ chain_id: 8453, kind: 'other-chain', route: 'rpc', times: 'always' })
  lab.advance(afterwards)

  const { says, status } = await look(lost)
  expect(status).toBe('unknown')
  expect(says).toMatch(
    /; whether it was paid is not proven: the node at 127\.0\.0\.1:\d+ is of Base \(chain 8453\), not of Base Sepolia$/,
  )
  const events = await lost.zecchino.ledger.events()
  await look(lost)
  expect(await lost.zecchino.ledger.events()).toEqual(events) // said once

  await fetch(`${lab.controlUrl}/faults`, { method: 'DELETE' })
  const end = await look(lost)
  expect(end.status).toBe('failed_unpaid')
  expect(end.says).not.toContain('not proven') // what it was refused for is told, not who doubted
})

test('behavior: a node that cannot be read proves nothing, and none at all says so', async () => {
  await using lab = await createLab()
  const lost = await lose(lab, { rpc: createRpc({ url: 'http://127.0.0.1:9/' }) })
  lab.advance(afterwards)
  expect((await look(lost)).says).toMatch(/: the node at 127\.0\.0\.1:9 cannot be read$/)

  const none = await lab.process({ rpc: [] })
  expect((await look({ ...lost, zecchino: none })).says).toMatch(/: no node of the chain is asked$/)

  expect((await look({ ...lost, zecchino: await lab.process() })).status).toBe('failed_unpaid')
})

test('behavior: of two nodes both have to say it', async () => {
  await using lab = await createLab()
  // A node that has never heard of the payment: a fork, or a lie.
  await using fork = await listenSandbox({ limits: 'none', now: lab.now })
  const truth = createRpc({ url: `${lab.controlUrl}/rpc` })
  const lie = createRpc({ url: fork.rpcUrl })
  await lab.fund(lab.address, '50')
  await control(fork.controlUrl).fund(lab.address, '50')
  const zecchino = await lab.process({ rpc: [lie, truth] })
  await zecchino.ready()
  await lab.fault({ kind: 'credit-lost', route: 'top-up-payment' })
  const { payment } = await raiseCredit(zecchino, {})
  const lost = { id: payment?.id ?? '', zecchino }
  lab.advance(afterwards)

  const { says, status } = await look(lost)
  expect(status).toBe('unknown')
  expect(says).toMatch(/: the nodes of the chain contradict each other$/)
  expect((await zecchino.ledger.state()).frozen).toBeUndefined()

  // What each of them would have said alone:
  const alone = await lab.process({ rpc: truth })
  expect((await look({ ...lost, zecchino: alone })).status).toBe('paid_not_credited')
  expect((await lab.state()).settlements).toHaveLength(1)
})

test('behavior: a node without a safe block is asked deep under its latest one', async () => {
  await using lab = await createLab()
  const lost = await lose(lab)
  await lab.fault({ kind: 'no-safe-block', route: 'rpc', times: 'always' })
  const { validBefore } = (await lost.zecchino.ledger.findPayment(lost.id)) ?? {}
  const until = (ms: number) => (validBefore?.getTime() ?? 0) + ms - lab.now().getTime()

  // The latest block is from after the end, the one a hundred under it is not.
  lab.advance(until(150_000))
  const { says, status } = await look(lost)
  expect(status).toBe('unknown')
  expect(says).toMatch(/: the node at \S+ shows no settled block from after its end$/)

  lab.advance(until(210_000))
  expect((await look(lost)).status).toBe('failed_unpaid')
})

test('behavior: a row that may be its credit is proof enough against "unpaid"', async () => {
  await using lab = await createLab()
  await using fork = await listenSandbox({ limits: 'none', now: lab.now })
  await lab.fund(lab.address, '50')
  await control(fork.controlUrl).fund(lab.address, '50')
  const zecchino = await lab.process({ rpc: createRpc({ url: fork.rpcUrl }) })
  await zecchino.ready()
  // It settles and is credited, but its row is dated by a clock that nobody of us knows.
  await lab.fault({ kind: 'row-clock', ms: -7_200_000, route: '*', times: 'always' })
  await lab.fault({ kind: 'settle-then-reset', route: 'top-up-payment' })
  const { payment } = await raiseCredit(zecchino, {})
  await lab.fault({ kind: 'status', route: 'top-up-payment', status: 502, times: 'always' })
  const lost = { id: payment?.id ?? '', zecchino }
  lab.advance(afterwards)

  const { says, status } = await look(lost)

  expect(status).toBe('unknown')
  expect(says).toMatch(/: Venice's row \S+ of \$5\.00 may be its credit$/)
  expect((await lab.state()).settlements).toHaveLength(1)
})
