import type * as Network from '../Network.js'
import * as X402 from '../X402.js'

/** The offer that is paid on the wallet's own network. */
export function chooseOffer(network: Network.Network, requirements: X402.Requirements): X402.Offer {
  const offer = requirements.offers.find((offer) => offer.network === network)
  if (!offer) throw new X402.UnsupportedPaymentError({ network, requirements })
  return offer
}
