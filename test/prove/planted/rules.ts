import { type Bug, bug } from './bug.js'

const contract = 'test/ledgers/ledgers.test.ts'
const late = 'test/flows/recheck.test.ts'

/** The owner's rules passed by. */
export const rules: readonly Bug[] = [
  bug('a looser caller has its caps', { test: contract, titles: 'a cap lowered on the ledger' }, [
    'ledgers/policies.ts',
    'return [scope, asked < cap ? asked : cap]',
    'return [scope, asked < cap ? asked : asked]',
  ]),
  bug(
    'another process’s rules not heard',
    { test: contract, titles: 'holds for every other, at its next booking' },
    [
      'Policy.ts',
      'return stricterOf(known, { ...own.policy,',
      'return stricterOf(own.policy, { ...own.policy,',
    ],
  ),
  bug('a default against the owner’s word', { test: 'test/Policy.test.ts', titles: 'inForce' }, [
    'Policy.ts',
    'version.owned.includes(key) && !own.chosen.includes(key)',
    'version.owned.includes(key) && own.chosen.includes(key)',
  ]),
  bug(
    'a process allows more than is on record',
    { test: contract, titles: 'does not allow more than there is on record' },
    [
      'Policy.ts',
      '  const next = stricterOf(known, brought)\n',
      '  const next = stricterOf(brought, brought)\n',
    ],
  ),
  bug('a new policy for new jobs only', { test: contract, titles: 'makes every job that waits' }, [
    'ledgers/policies.ts',
    `'needs_consent', 'reserved', 'sending'`,
    `'needs_consent', 'sending'`,
  ]),
  bug('sent on old terms', { test: contract, titles: 'is not sent, by any path' }, [
    'ledgers/jobs.ts',
    'ms(at) - BigInt(Policy.quoteLifetime)',
    'ms(at) - 99n * BigInt(Policy.quoteLifetime)',
  ]),
  bug(
    'never looked at again',
    { test: late, titles: 'five times the price' },
    [
      'Job.ts',
      'now.getTime() - checkedAt.getTime() > Policy.quoteLifetime',
      'now.getTime() - checkedAt.getTime() > 99 * Policy.quoteLifetime',
    ],
    [
      'ledgers/jobs.ts',
      'ms(at) - BigInt(Policy.quoteLifetime)',
      'ms(at) - 99n * BigInt(Policy.quoteLifetime)',
    ],
  ),
  bug('a late job on the budget of its first day', { test: contract, titles: 'the day of a job' }, [
    'ledgers/terms.ts',
    'const day = isTied ?',
    'const day = row.budget_day ?',
  ]),
  bug('an outage of prices taken for none', { test: late, titles: 'while no price can be had' }, [
    'flows/recheck.ts',
    'new Set([400, 404, 410, 422])',
    'new Set([400, 404, 410, 422, 503])',
  ]),
  bug('a changed body sent', { test: late, titles: 'changed after it was agreed to' }, [
    'flows/approvedQuote.ts',
    'if (quote && isBody(quote, job.hash)) return quote',
    'if (quote) return quote',
  ]),
  bug('play money’s caps for real money', { test: 'test/cli/readConfig.test.ts' }, [
    'cli/readConfigFile.ts',
    `profile === 'sandbox' ? known : Policy`,
    `profile !== undefined ? known : Policy`,
  ]),
  bug('two wallets, and one is guessed', { test: 'test/cli/openPayer.test.ts' }, [
    'cli/openPayer.ts',
    'found.map(({ address }) => address)).size > 1)',
    'found.map(({ address }) => address)).size > 9)',
  ]),
  bug('any ledger is taken', { test: 'test/cli/homeLedger.test.ts' }, [
    'cli/homeLedger.ts',
    `record === 'unreadable' || record.ledger !== ledger`,
    `record === 'unreadable' || ledger === ''`,
  ]),
  bug(
    'another account’s signature',
    { test: 'test/Signature.test.ts', titles: 'another account|signs with another key' },
    [
      'Signature.ts',
      'if (signer && isAddressEqual(signer, address)) return known',
      'if (signer) return known',
    ],
  ),
  bug(
    'any wallet’s signature taken',
    { test: 'test/flows/signer.test.ts', titles: 'of any kind' },
    [
      'client/withWindow.ts',
      'return Signature.of({ address: wallet.address, hash, signature })',
      'return Signature ? signature : hash',
    ],
  ),
  bug(
    'a video for nothing',
    { test: 'test/flows/buyVideo.test.ts', titles: 'a price of nothing' },
    ['Policy.ts', 'return price >= leastPrice && price <=', 'return price <='],
  ),
  bug(
    'whoever Venice names at first',
    { test: 'test/flows/topUp.test.ts', titles: 'at first sight' },
    [
      'flows/topUp.ts',
      'Venice.payeeOf(client.baseUrl, offer.network) ?? offered',
      '(Venice.payeeOf(client.baseUrl, offer.network), offered)',
    ],
  ),
  bug(
    'an approval for whichever payee',
    { test: 'test/flows/askAnew.test.ts', titles: 'another by now' },
    ['flows/askAnew.ts', '...(topUp > 0n && { payee }),', '...(topUp < 0n && { payee }),'],
  ),
  bug(
    'paid to whoever sits between',
    { test: 'test/cli/proxy.test.ts', titles: 'certificates are not checked' },
    [
      'client/requireVerified.ts',
      '  if (!isVerified(client)) throw',
      '  if (!client.baseUrl) throw',
    ],
  ),
  bug('a payment freed by whoever sits between', { test: 'test/flows/askChain.test.ts' }, [
    'flows/askChain.ts',
    'if (!isVerified(client))',
    'if (!client.baseUrl)',
  ]),
]
