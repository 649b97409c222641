import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Keeps the nonce of each payment that a wallet signs in its home: whatever ends the process next,
 * how often it signed is known.
 */
export function noteSignatures(home) {
  return (call, [options]) => {
    if (call !== 'wallet.authorizeTransfer') return
    appendFileSync(join(home, 'signed'), `${options.authorization.nonce}\n`)
  }
}
