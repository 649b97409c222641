import * as Errors from '../../Errors.js'
import * as Network from '../../Network.js'
import * as Siwx from '../../Siwx.js'
import * as Wallet from '../../Wallet.js'
import { NeedsTerminalError, processTerminal, requireOwner } from '../owner.js'
import type { Context } from '../runCommand.js'

/**
 * `zecchino sign-in <url>`: a header that signs one request in, for a client in any language.
 *
 * Whoever has it can make any one request as the wallet, a paid one too, past caps and ledger. So it is made for
 * the API's own URL only, good for five minutes, and where money is real the owner's passphrase is asked for:
 * an agent with a shell has none.
 *
 * @throws {@link OtherPlaceError}
 */
export async function signIn({ args, config, note, open, print }: Context): Promise<void> {
  const { apiUrl, home, network, profile } = await config()
  const url = urlWithin(args[0] ?? '', apiUrl)
  // Not by the profile alone: what is signed for a mainnet is worth money, whoever it is sent to.
  if (profile !== 'sandbox' || Network.isMainnet(network)) {
    const terminal = processTerminal()
    if (!terminal.isTerminal) throw new NeedsTerminalError()
    note('With this header one request can be made as the wallet, a paid one too, past all caps.')
    await requireOwner(home, terminal)
  }
  const { client } = await open()
  if (!client.wallet) throw new Wallet.NoWalletError()
  const [[name = '', value = ''] = []] = Object.entries(await client.signIn(url))
  note('Good for one request to that API, within five minutes.')
  print({ header: name, url, valid_seconds: Siwx.lifetime / 1_000, value }, [`${name}: ${value}`])
}

/** The URL, if it is one of the API. */
function urlWithin(text: string, apiUrl: string): string {
  const api = new URL(apiUrl)
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isWithin =
    url?.origin === api.origin &&
    `${url.pathname}/`.startsWith(`${api.pathname}/`) &&
    !url.username &&
    !url.password
  if (!url || !isWithin) throw new OtherPlaceError({ apiUrl })
  return url.href
}

/** A sign-in is for the API's own URL. */
export class OtherPlaceError extends Errors.BaseError {
  override readonly code = 'SIGN_IN_REFUSED'
  override readonly name = 'SignIn.OtherPlaceError'

  constructor({ apiUrl }: { apiUrl: string }) {
    super('That is no URL of the API that this wallet signs in at; nothing was signed.', {
      hint: `Give one below ${apiUrl}, or choose another API with ZECCHINO_API_URL.`,
    })
  }
}
