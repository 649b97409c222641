import type { Address, Hex } from 'viem'

import { discoverTopUp } from '../actions/discoverTopUp.js'
import { readUsdc } from '../actions/readUsdc.js'
import { requireVerified } from '../client/requireVerified.js'
import * as Envelope from '../Envelope.js'
import * as Errors from '../Errors.js'
import * as Ledger from '../Ledger.js'
import * as Money from '../Money.js'
import * as Network from '../Network.js'
import * as Policy from '../Policy.js'
import * as Signature from '../Signature.js'
import * as Venice from '../Venice.js'
import * as X402 from '../X402.js'
import { chooseOffer } from './chooseOffer.js'
import type { WalletZecchino } from './createZecchino.js'
import { ownOf, policyOf } from './policyOf.js'
import { presentPayment } from './presentPayment.js'
import { errorOf } from './refusals.js'

/**
 * Tops the credit up, once: discover → check → reserve → sign → commit → present → settle. What is
 * signed is on record before it leaves, and only ever this one signature is presented again.
 *
 * @throws {@link Policy.RefusedError} {@link Policy.PayeeChangedError}
 * {@link Policy.BudgetExceededError} {@link ApprovalRequiredError} {@link InsufficientUsdcError} {@link X402.ClockSkewError}
 * {@link X402.UnsupportedPaymentError} {@link UnverifiedError}: nothing was signed.
 */
export async function topUp(
  zecchino: WalletZecchino,
  options: topUp.Options,
): Promise<Ledger.Payment> {
  const { client, ledger, seal, wallet } = zecchino
  const { credit, jobId, payments } = options
  requireVerified(client)
  const requirements = await discoverTopUp(client)
  const offer = chooseOffer(zecchino.network, requirements)
  const policy = await policyOf(zecchino)
  const payTo = await checkPayee(zecchino, { offer, policy })
  const amount = options.amount > offer.amount ? options.amount : offer.amount
  await checkUsdc(zecchino, amount)

  const { windowSeconds } = offer
  // By the clocks of this moment: each answer since, and time itself, may have moved them.
  const seconds = X402.validBeforeOf({
    now: client.now(),
    provider: client.providerTime(),
    windowSeconds,
  })
  const authorization: X402.Authorization = {
    from: wallet.address,
    nonce: `0x${client.randomHex(32)}` as Hex,
    to: payTo,
    validAfter: 0n,
    validBefore: seconds,
    value: amount,
  }
  const paymentId = `payment_${client.randomHex(10)}`
  const { network } = zecchino
  client.onEvent({ amount, network: network.title, payTo, paymentId, type: 'topup.demanded' })
  const validBefore = new Date(Number(seconds) * 1000)
  // Caps, and what a person has to agree to, are the ledger's to hold: nothing is signed without it.
  const reserved = await ledger.reservePayment({
    agreed: options.agreed,
    caps: Ledger.capsOf(policy),
    credit,
    own: ownOf(zecchino),
    payment: { amount, id: paymentId, jobId, nonce: authorization.nonce, payTo, validBefore },
    payments,
  })
  if ('refused' in reserved) throw errorOf(reserved)

  const signature = await wallet
    .authorizeTransfer({ authorization, network })
    .catch(async (error) => {
      await ledger.movePayment(paymentId, {
        from: 'intent',
        patch: {
          detail:
            error instanceof X402.ClockSkewError || error instanceof Signature.WrongSignatureError
              ? error.shortMessage
              : 'the wallet did not sign',
        },
        to: 'failed_unpaid',
      })
      throw error
    })
  const transfer = Envelope.format(Envelope.from({ authorization, offer, requirements, signature }))
  const signed = await ledger.movePayment(paymentId, {
    from: 'intent',
    patch: { sealedTransfer: seal.seal(transfer) },
    to: 'signed',
  })
  // Somebody gave this intent up while the wallet was signing: the signature dies here, unsent.
  if (!signed) throw errorOf({ refused: 'moved' })
  const { nonce } = authorization
  client.onEvent({ amount, nonce, payTo, paymentId, type: 'topup.signed', validBefore })
  return presentPayment(zecchino, paymentId, { first: options.envelope })
}

export declare namespace topUp {
  type Options = {
    /** What a person has just agreed to pay, in micro-dollars, where it is for no job. */
    agreed?: bigint | undefined
    /** Micro-dollars; raised to the server's minimum. */
    amount: bigint
    /** Credit as observed after `payments` was read. */
    credit: bigint
    /** Presented in this one first: all of them are the same payment. */
    envelope?: Envelope.Name | undefined
    jobId?: string | undefined
    /** {@link Ledger.State.payments}, so that one observation leads to one payment. */
    payments: number
  }
}

/** The payee must be the owner's, or the API's own as far as it is known, or the first one ever seen; not ourselves. */
async function checkPayee(
  { client, ledger, wallet }: WalletZecchino,
  { offer, policy }: { offer: X402.Offer; policy: Policy.Policy },
): Promise<Address> {
  const offered = offer.payTo
  if (offered === wallet.address.toLowerCase())
    throw new X402.UnsupportedPaymentError({ network: offer.network, requirements: undefined })
  const first = Venice.payeeOf(client.baseUrl, offer.network) ?? offered
  const pinned = (policy.payTo ?? (await ledger.pinPayee(first))).toLowerCase()
  if (pinned !== offered) throw new Policy.PayeeChangedError({ offered, pinned })
  return offered
}

/** Refuses before signing when the chain says that the wallet cannot pay. */
async function checkUsdc({ client, network, rpc, wallet }: WalletZecchino, amount: bigint) {
  if (!rpc) return
  const { address } = wallet
  const held = await readUsdc(rpc, { address, network }).catch((error: unknown) => {
    client.onEvent({ message: Errors.from(error).shortMessage, type: 'warning' })
  })
  if (held !== undefined && held < amount)
    throw new InsufficientUsdcError({ address, amount, held, network })
}

/** The wallet holds less USDC than the top-up takes. */
export class InsufficientUsdcError extends Errors.BaseError {
  override readonly code = 'INSUFFICIENT_USDC'
  override readonly name = 'InsufficientUsdcError'

  constructor(options: {
    address: string
    amount: bigint
    held: bigint
    network: Network.Network
  }) {
    const { address, amount, held, network } = options
    super(
      `The wallet holds ${Money.display(held)} USDC; the top-up takes ${Money.display(amount)}.`,
      {
        facts: [`Wallet: ${address}`, `Network: ${network.title}`],
        hint: `Send USDC on ${network.title} to the wallet, then quote again. Nothing was signed.`,
      },
    )
  }
}
