// A process of the budget prover: takes money from one ledger, attempt by attempt, as many others
// do at the same time. Everything it does follows from the number of the attempt.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { postgresLedger } from '../../../dist/ledgers/postgresLedger.js'
import { sqliteLedger } from '../../../dist/ledgers/sqliteLedger.js'

/** How many of its own reservations a process keeps before it gives the oldest back. */
const kept = 1

/** How long another process may take over its payment, in milliseconds. */
const patience = 1_000

const open = ['intent', 'signed', 'sent', 'unknown', 'paid_not_credited']

let busy = 0
let ledger

/** Reserves a job; the same attempt made twice is one job. */
async function spend({ attempt, caps, price }, held) {
  const job = {
    hash: 'h',
    id: `job_${attempt}`,
    model: 'm',
    price,
    quoteId: `quote_${attempt}`,
  }
  const result = await ledger.reserveJob({ caps, job })
  if (result.refused) return result.refused
  if (result.job.status === 'reserved') held.push(result.job.id)
  return 'granted'
}

/** Takes the one open payment and brings it to an end. */
async function pay({ attempt, caps, holdMs, settles }) {
  const id = `payment_${attempt}`
  const { payments } = await ledger.state()
  if (!(await ledger.findPayment(id))) {
    const payment = {
      amount: 5_000_000n,
      id,
      nonce: `0x${createHash('sha256').update(id).digest('hex')}`,
      payTo: '0x00000000000000000000000000000000000000bb',
      validBefore: new Date(Date.now() + 300_000),
    }
    const result = await ledger.reservePayment({
      agreed: payment.amount,
      caps,
      credit: 0n,
      payment,
      payments,
    })
    if (result.refused) {
      if (result.refused === 'open_payment') await takeOver()
      return result.refused
    }
  }
  const end = settles ? 'credited' : 'failed_unpaid'
  for (const [from, to] of [
    ['intent', 'signed'],
    ['signed', 'sent'],
    ['sent', end],
  ]) {
    await sleep(holdMs)
    await ledger.movePayment(id, { from, patch: { sealedTransfer: `sealed ${id}` }, to })
  }
  return 'granted'
}

/** Ends a payment whose process is gone. */
async function takeOver() {
  const [payment] = await ledger.payments({ limit: 1, statuses: open })
  if (!payment || Date.now() - payment.updatedAt.getTime() < patience) return
  const { id, status: from } = payment
  await ledger.movePayment(id, { from, to: from === 'sent' ? 'credited' : 'failed_unpaid' })
}

/** Tries again when too many were in the way; an attempt made twice is one. */
async function insist(run) {
  for (;;)
    try {
      return await run()
    } catch (error) {
      if (error.code !== 'LEDGER_UNAVAILABLE' || busy > 100) throw error
      busy += 1
    }
}

async function work({ attempts, dialect, ...options }) {
  ledger = await insist(() => (dialect === 'sqlite' ? sqliteLedger : postgresLedger)(options))
  const held = []
  for (const plan of attempts) {
    const outcome = await insist(() => (plan.kind === 'payment' ? pay(plan) : spend(plan, held)))
    process.send({ attempt: plan.attempt, outcome })
    // Who keeps what he has while the cap is full keeps all others from taking as well.
    const enough = held.length > kept || outcome === 'budget'
    const oldest = plan.frees && enough ? held.shift() : undefined
    if (oldest) await insist(() => ledger.moveJob(oldest, { from: 'reserved', to: 'abandoned' }))
  }
  await ledger.close()
  process.send({ busy })
}

process.on('message', (plan) => {
  work(plan).catch((error) => process.send({ error: `${error.code ?? ''} ${error.message}` }))
})
process.on('disconnect', () => process.exit())
