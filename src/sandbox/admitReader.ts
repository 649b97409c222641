import { signInOf } from './admit.js'
import { discovery } from './challenges.js'
import { accountOf } from './credit.js'
import { takePlace, takeRate } from './limits.js'
import { refuseBody } from './readJson.js'
import { refuse } from './refuse.js'
import { verifySignIn } from './verifySignIn.js'
import type { Account, Trace, World } from './world.js'

/**
 * Lets a wallet read its own account; the last part of the path is the wallet. Its 401 has no
 * code; a missing header is answered with 402, or with 401 in the documented behaviour.
 */
export async function admitReader(world: World, options: admitReader.Options): Promise<Account> {
  const { request, route, trace } = options
  const path = new URL(request.url).pathname
  const wallet = path.split('/').at(-1) ?? ''
  if (!/^(0x[0-9a-fA-F]{40}|[1-9A-HJ-NP-Za-km-z]{32,44})$/.test(wallet))
    refuseBody([{ message: 'Not a wallet address', path: ['walletAddress'] }])
  const header = signInOf(request)
  if (header === undefined) {
    const { body, headers } = discovery(world, trace, path)
    if (world.behavior === 'live')
      refuse(402, body, 'no sign-in header: told how to sign in', headers)
    refuse(401, { error: 'Missing Sign-in-with-x authentication' }, 'no sign-in header')
  }
  const signIn = await verifySignIn(world, { header, trace })
  if ('code' in signIn)
    return refuse(
      401,
      { error: 'Invalid Sign-in-with-x signature' },
      `sign-in refused: ${signIn.words} (${signIn.code})`,
    )
  takeRate(world, trace, { route, who: signIn.address.toLowerCase() })
  takePlace(world, trace, signIn.address.toLowerCase())
  if (signIn.address.toLowerCase() !== wallet.toLowerCase())
    refuse(
      403,
      { error: 'Authenticated wallet does not match the requested wallet' },
      'signed in as another wallet than the one asked about',
    )
  return accountOf(world, signIn.address)
}

export declare namespace admitReader {
  type Options = { request: Request; route: 'balance' | 'transactions'; trace: Trace }
}
