import { setTimeout as sleep } from 'node:timers/promises'

import { encodeBase64Json } from '../../internal/base64Json.js'
import * as Money from '../../Money.js'
import * as X402 from '../../X402.js'
import { RevertError } from '../chain.js'
import { requirements } from '../challenges.js'
import { accountOf, post } from '../credit.js'
import { takeRate } from '../limits.js'
import { refuse } from '../refuse.js'
import { type Payment, verifyFunds, verifyPayment } from '../verifyPayment.js'
import type { Settlement, Trace, World } from '../world.js'

/** How long a transfer takes to be in a block, before `--speed`. Milliseconds. */
const settlementTime = 2_000

const messages: Record<string, string> = {
  AMOUNT_TOO_HIGH: 'Top-up amount is above the maximum',
  AMOUNT_TOO_LOW: 'Top-up amount is below the minimum',
  INVALID_AMOUNT: 'Payment amount is not valid',
  INVALID_PAYMENT: 'Payment is not valid',
  INVALID_PAYMENT_FORMAT: 'Invalid payment header',
  INVALID_PAYMENT_PAYER: 'Payer is not valid',
  INVALID_PAYMENT_RECIPIENT: 'Payment is for another recipient',
  PAYMENT_VERIFICATION_FAILED: 'Payment verification failed',
  UNSUPPORTED_NETWORK: 'Payment network is not supported',
  UNSUPPORTED_SCHEME: 'Payment scheme is not supported',
  UNSUPPORTED_TOKEN: 'Payment token is not supported',
}

/**
 * `POST /x402/top-up`: without a payment what can be paid, with one the credit. A payment is
 * credited once however often it is sent; a re-send gets the first answer again.
 */
export async function serveTopUp(world: World, request: Request, trace: Trace): Promise<Response> {
  takeRate(world, 'topUp', trace.ip)
  const header = X402.headers.payment
    .map((name) => request.headers.get(name))
    .find((value) => value !== null)
  if (!header) {
    trace.verdict = 'no payment: told what can be paid'
    return demand(world)
  }

  const payment = await verifyPayment(world, header)
  if ('code' in payment) return refusePayment(payment.code, payment.words)
  const { from, nonce } = payment.authorization
  trace.wallet = from
  const key = `${from}:${nonce}`.toLowerCase()
  const known = world.settlements.get(key)
  if (known) return answerAgain(world, trace, known, payment)
  if (world.settling.has(key))
    return refuse(
      409,
      { error: 'PAYMENT_IN_PROGRESS', message: 'This payment is being settled' },
      'this payment is still settling',
    )
  world.settling.add(key)
  try {
    const problem = await verifyFunds(world, payment)
    if (problem) return refusePayment(problem.code, problem.words)
    await sleep(settlementTime / world.speed)
    return await settle(world, trace, payment)
  } finally {
    world.settling.delete(key)
  }
}

async function settle(world: World, trace: Trace, payment: Payment): Promise<Response> {
  const { authorization, digest, signature } = payment
  const { from, nonce, value } = authorization
  try {
    const transfer = await world.chain.transferWithAuthorization(authorization, signature)
    const settlement: Settlement = {
      amount: value,
      at: world.now().getTime(),
      credited: true,
      digest,
      nonce,
      payer: from,
      paymentId: `payment_${world.id()}`,
      presented: 1,
      transaction: transfer.transaction,
    }
    world.settlements.set(`${from}:${nonce}`.toLowerCase(), settlement)
    post(world, accountOf(world, from), { amount: value, type: 'TOP_UP' })
    trace.verdict = `settled and credited ${Money.display(value)}`
    return credited(world, settlement)
  } catch (error) {
    if (!(error instanceof RevertError)) throw error
    trace.verdict = `settlement failed: ${error.reason}`
    return settlementFailed(world, payment)
  }
}

function answerAgain(
  world: World,
  trace: Trace,
  settlement: Settlement,
  payment: Payment,
): Response {
  settlement.presented += 1
  if (settlement.digest !== payment.digest)
    return refusePayment('PAYMENT_VERIFICATION_FAILED', 'invalid_exact_evm_nonce_already_used')
  trace.verdict = `credited before; presented ${settlement.presented} times, credited once`
  return credited(world, settlement)
}

function credited(world: World, settlement: Settlement): Response {
  const { amount, payer, paymentId, transaction } = settlement
  const account = accountOf(world, payer)
  return Response.json(
    {
      data: {
        amountCredited: Money.toNumber(amount),
        newBalance: Money.toNumber(account.credit),
        paymentId,
        walletAddress: account.id,
      },
      success: true,
    },
    { headers: receipt(world, { payer, success: true, transaction }) },
  )
}

/** The document knows only one 402 here, so the documented behaviour says it in the header. */
function settlementFailed(world: World, payment: Payment): Response {
  const headers = receipt(world, {
    errorReason: 'settlement_failed',
    payer: payment.authorization.from,
    success: false,
    transaction: '',
  })
  if (world.behavior === 'documented') return demand(world, headers)
  const body = { error: 'SETTLEMENT_FAILED', message: 'The payment could not be settled' }
  return Response.json(body, { headers, status: 402 })
}

function demand(world: World, headers: Record<string, string> = {}): Response {
  const body = requirements(world)
  const required = { [X402.headers.required]: encodeBase64Json(body) }
  return Response.json(body, { headers: { ...required, ...headers }, status: 402 })
}

function receipt(world: World, fields: X402.Settlement): Record<string, string> {
  const value = encodeBase64Json({ network: world.network.caip2, ...fields })
  return { [X402.headers.response]: value }
}

function refusePayment(code: string, words: string): never {
  const body = { details: { reason: words }, error: code, message: messages[code] ?? code }
  refuse(400, body, `payment refused: ${words} (${code})`)
}
