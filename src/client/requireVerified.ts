import * as Errors from '../Errors.js'
import type { Client } from './createClient.js'

/**
 * Whether who answers has to prove who they are. Node asks nobody for a proof with the variable at 0, which
 * it reads at each connection: then whoever sits between is taken for the API, payee and all.
 *
 * @see https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue
 */
export function isVerified({ baseUrl }: Pick<Client, 'baseUrl'>): boolean {
  const isOff = process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0'
  return !isOff || new URL(baseUrl).protocol !== 'https:'
}

/**
 * Lets nothing be paid to whoever need not prove who they are. What costs nothing goes on.
 *
 * @throws {@link UnverifiedError}
 */
export function requireVerified(client: Pick<Client, 'baseUrl'>): void {
  if (!isVerified(client)) throw new UnverifiedError()
}

/** What a person is told while certificates are not checked. */
export const unverifiedWords = {
  next: 'Unset NODE_TLS_REJECT_UNAUTHORIZED. Where the network has a root certificate of its own, set NODE_EXTRA_CA_CERTS to it.',
  says: 'NODE_TLS_REJECT_UNAUTHORIZED is 0: nobody has to prove that they are Venice',
}

/** Nothing is paid while certificates are not checked. */
export class UnverifiedError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'UnverifiedError'

  constructor() {
    super('Nothing is paid while certificates are not checked.', {
      facts: [unverifiedWords.says],
      hint: unverifiedWords.next,
      moneyMoved: 'no',
    })
  }
}
