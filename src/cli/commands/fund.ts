import { fetch } from 'undici'

import * as Errors from '../../Errors.js'
import * as Money from '../../Money.js'
import * as Wallet from '../../Wallet.js'
import { openPayer } from '../openPayer.js'
import type { Context } from '../runCommand.js'

/** The most that is given at once, in micro-dollars. */
const most = Money.parse('10000')

/**
 * `zecchino fund [usd]`: play money for the wallet, which only a sandbox has.
 *
 * @throws {@link RealMoneyError}
 */
export async function fund({ args, config, print }: Context): Promise<void> {
  const settings = await config()
  const { apiUrl, network, profile } = settings
  if (profile !== 'sandbox') throw new RealMoneyError({ network: network.title })
  const usdc = Money.format(amountOf(args[0] ?? '20'))
  const { wallet } = await openPayer(settings)
  if (!wallet) throw new Wallet.NoWalletError()
  const { address } = wallet
  const has = await give(new URL('/__sandbox/fund', apiUrl), { address, usdc })
  print({ address, given_usdc: usdc, usdc: has }, [
    `Given     $${usdc} of play money`,
    `Wallet    ${address}`,
    `USDC      $${has}`,
  ])
}

function amountOf(text: string): bigint {
  const amount = Money.parse(text)
  if (amount > 0n && amount <= most) return amount
  throw new Money.InvalidAmountError({ value: text })
}

async function give(url: URL, body: { address: string; usdc: string }): Promise<string> {
  try {
    const response = await fetch(url, {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
    })
    const { usdc } = (await response.json()) as { usdc?: unknown }
    if (!response.ok || typeof usdc !== 'string') throw new Error(`status ${response.status}`)
    return usdc
  } catch (cause) {
    throw new NoSandboxError({ cause, url: url.origin })
  }
}

/** Real money is not given away by anybody. */
export class RealMoneyError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'Fund.RealMoneyError'

  constructor({ network }: { network: string }) {
    super('This is the profile of real money, which nobody gives; nothing was done.', {
      hint: `Send USDC on ${network} to the address that \`zecchino wallet\` shows, or play: \`ZECCHINO_PROFILE=sandbox zecchino fund\`.`,
    })
  }
}

/** Where the sandbox should be there is none. */
export class NoSandboxError extends Errors.BaseError {
  override readonly code = 'API_UNREACHABLE'
  override readonly name = 'Fund.NoSandboxError'

  constructor({ cause, url }: { cause: unknown; url: string }) {
    super(`There is no sandbox at ${url}.`, {
      cause,
      hint: 'Start one with `zecchino sandbox`, or let one run by itself: `ZECCHINO_SANDBOX=own zecchino fund`.',
    })
  }
}
