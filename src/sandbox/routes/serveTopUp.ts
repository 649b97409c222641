import { setTimeout as sleep } from 'node:timers/promises'

import { encodeBase64Json } from '../../internal/base64Json.js'
import * as Money from '../../Money.js'
import type * as Venice from '../../Venice.js'
import * as X402 from '../../X402.js'
import { RevertError } from '../chain.js'
import { requirements } from '../challenges.js'
import { accountOf } from '../credit.js'
import { takeRate } from '../limits.js'
import { refuse } from '../refuse.js'
import { paymentOf } from '../routeOf.js'
import { settle } from '../settle.js'
import { takeFault } from '../takeFault.js'
import { type Payment, verifyFunds, verifyPayment } from '../verifyPayment.js'
import type { Settlement, Trace, World } from '../world.js'

/** How long a transfer takes to be in a block, before `--speed`. Milliseconds. */
const settlementTime = 2_000

const messages: Record<Venice.TopUpCode, string> = {
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
  takeRate(world, trace, { route: 'topUp', who: trace.ip })
  const header = paymentOf(request)
  if (header === undefined) {
    trace.verdict = 'no payment: told what can be paid'
    return demand(world, trace)
  }
  const payment = await verifyPayment(world, trace, header)
  if ('code' in payment) return refusePayment(payment.code, payment.words)
  const { from, nonce } = payment.authorization
  trace.wallet = from
  const endless = takeFault(world, trace, 'endless-402')
  if (endless?.when === 'before') {
    trace.verdict = 'the payment is left alone, and another one is asked for'
    return demand(world, trace)
  }
  const key = `${from}:${nonce}`.toLowerCase()
  const known = world.settlements.get(key)
  if (known) return answerAgain(world, { payment, settlement: known, trace })
  if (world.settling.has(key))
    return refuse(
      409,
      { error: 'PAYMENT_IN_PROGRESS', message: 'This payment is being settled' },
      'this payment is still settling',
    )
  world.settling.add(key)
  try {
    const response = await pay(world, trace, payment)
    return endless ? demand(world, trace) : response
  } finally {
    world.settling.delete(key)
  }
}

async function pay(world: World, trace: Trace, payment: Payment): Promise<Response> {
  const problem = await verifyFunds(world, trace, payment)
  if (problem) return refusePayment(problem.code, problem.words)
  const slow = takeFault(world, trace, 'settle-slowly')
  await sleep(slow?.ms ?? settlementTime / world.speed)
  if (takeFault(world, trace, 'settlement-failed')) {
    trace.verdict = 'settlement failed: nothing moved'
    return settlementFailed(world, trace, payment)
  }
  try {
    const settlement = await settle(world, trace, payment)
    trace.verdict = `settled ${Money.display(settlement.amount)}`
    return outcome(world, trace, settlement)
  } catch (error) {
    if (!(error instanceof RevertError)) throw error
    trace.verdict = `settlement failed: ${error.reason}`
    return settlementFailed(world, trace, payment)
  }
}

function answerAgain(
  world: World,
  options: { payment: Payment; settlement: Settlement; trace: Trace },
): Response {
  const { payment, settlement, trace } = options
  settlement.presented += 1
  trace.case = 'top-up.replay'
  const refused = takeFault(world, trace, 'refuse-replay')
  if (refused?.code) return refusePayment(refused.code, 'this payment is not taken again')
  if (settlement.digest !== payment.digest || refused)
    return refusePayment('PAYMENT_VERIFICATION_FAILED', 'invalid_exact_evm_nonce_already_used')
  trace.verdict = `settled before; presented ${settlement.presented} times`
  return outcome(world, trace, settlement)
}

/** What a settled payment is answered with: the credit, or nothing certain while it is missing. */
function outcome(world: World, trace: Trace, settlement: Settlement): Response {
  const { amount, credited, payer, paymentId, transaction } = settlement
  trace.verdict += credited ? ', credited once' : ', not credited'
  if (!credited)
    return Response.json(
      { error: 'SETTLEMENT_TIMEOUT', message: 'The settlement was not confirmed in time' },
      { status: 504 },
    )
  const account = accountOf(world, payer)
  const unheard = takeFault(world, trace, 'receipt-missing')
  return Response.json(
    {
      data: {
        amountCredited: Money.toNumber(amount),
        newBalance: Money.exactToNumber(account.credit),
        paymentId,
        walletAddress: account.id,
      },
      success: true,
    },
    { headers: unheard ? {} : receipt(world, { payer, success: true, transaction }) },
  )
}

/** The document knows only one 402 here, so the documented behaviour says it in the header. */
function settlementFailed(world: World, trace: Trace, payment: Payment): Response {
  const headers = receipt(world, {
    errorReason: 'settlement_failed',
    payer: payment.authorization.from,
    success: false,
    transaction: '',
  })
  if (world.behavior === 'documented') return demand(world, trace, headers)
  const body = { error: 'SETTLEMENT_FAILED', message: 'The payment could not be settled' }
  return Response.json(body, { headers, status: 402 })
}

function demand(world: World, trace: Trace, headers: Record<string, string> = {}): Response {
  const body = requirements(world, trace)
  const required = { [X402.headers.required]: encodeBase64Json(body) }
  return Response.json(body, { headers: { ...required, ...headers }, status: 402 })
}

function receipt(world: World, fields: X402.Settlement): Record<string, string> {
  const value = encodeBase64Json({ network: world.network.caip2, ...fields })
  return { [X402.headers.response]: value }
}

function refusePayment(code: Venice.TopUpCode, words: string): never {
  const body = { details: { reason: words }, error: code, message: messages[code] }
  refuse(400, body, `payment refused: ${words} (${code})`)
}
