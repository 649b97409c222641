import { createHash } from 'node:crypto'

/**
 * The ledger's name of the account behind an API key at an API: a hash, because the key itself has no
 * place on record. Another key is another account, and so is the same key at another host.
 */
export function accountOfKey(apiUrl: string, apiKey: string): string {
  const { host } = new URL(apiUrl)
  const hash = createHash('sha256').update(`zecchino account\n${host}\n${apiKey}`).digest('hex')
  return `key:${hash.slice(0, 16)}`
}
