import { answers } from './planted/answers.js'
import { booking } from './planted/booking.js'
import { clocks } from './planted/clocks.js'
import { copies } from './planted/copies.js'
import { files } from './planted/files.js'
import { look } from './planted/look.js'
import { neighbours } from './planted/neighbours.js'
import { outside } from './planted/outside.js'
import { rows } from './planted/rows.js'
import { rules } from './planted/rules.js'
import { type Bug, bug } from './planted/bug.js'

const contract = 'test/ledgers/ledgers.test.ts'
const ladder = 'test/flows/presentPayment.test.ts'

/** Bugs that would cost money or a video, one at a time. */
export const plantedBugs: readonly Bug[] = [
  bug(
    'fresh nonce on retry',
    { test: 'test/crash/paymentFaults.test.ts', titles: '504 ⇒ one payment, the video' },
    [
      'flows/resolvePayment.ts',
      `        const { status } = await presentPayment(zecchino, payment.id)
        if (status === 'credited') return`,
      `        await conclude(zecchino, payment, { detail: 'try anew', to: 'failed_unpaid' })
        return`,
    ],
  ),
  bug(
    're-sign after timeout',
    { test: 'test/crash/paymentFaults.test.ts', titles: 'settled, then dropped' },
    [
      'flows/presentPayment.ts',
      `{ detail: outcome.reason, to: 'unknown' }`,
      `{ detail: outcome.reason, to: 'failed_unpaid' as 'unknown' }`,
    ],
  ),
  bug('release on timeout', { test: contract, titles: 'may have settled stays booked' }, [
    'ledgers/payments.ts',
    `if (to === 'failed_unpaid') {`,
    `if (to === 'failed_unpaid' || to === 'unknown') {`,
  ]),
  bug('topped up beyond what was agreed to', { test: contract, titles: 'at most the one that' }, [
    'ledgers/payments.ts',
    `approval?.status === 'used' ? approval.topUp :`,
    `approval?.status === 'used' ? approval.topUp * 2n :`,
  ]),
  bug('consent taken for an approval', { test: 'test/flows/consentLate.test.ts' }, [
    'flows/buyVideo.ts',
    'if (!approval && !Policy',
    'if ((!approval && isConfirmed) || !Policy',
  ]),
  bug('probe not held to its step', { test: 'test/flows/probe/videoSteps.test.ts' }, [
    'flows/probe/videoSteps.ts',
    'approveAboveUsd: -1n',
    'approveAboveUsd: probe.zecchino.policy.approveAboveUsd',
  ]),
  bug('queue retried', { test: 'test/actions/queueVideo.test.ts' }, [
    'actions/queueVideo.ts',
    'repeatable: false',
    'repeatable: true',
  ]),
  bug('server error taken for a refusal', { test: 'test/actions/queueVideo.test.ts' }, [
    'actions/queueVideo.ts',
    '422, 429])',
    '422, 429, 500, 502, 503])',
  ]),
  bug('an edge’s 503 taken for a refusal', { test: 'test/actions/queueVideo.test.ts' }, [
    'actions/queueVideo.ts',
    '(edgeStatuses.has(status) && isVenices(answer))',
    'edgeStatuses.has(status)',
  ]),
  bug('a time limit taken for a refusal', { test: 'test/flows/apiKey.test.ts' }, [
    'Venice.ts',
    '.refine((words) => !doubtWords.test(words))',
    '',
  ]),
  bug('credit rounded up', { test: 'test/Money.test.ts' }, [
    'Money.ts',
    'export const Wire = WireExact.transform(floor)',
    'export const Wire = WireExact.transform(ceil)',
  ]),
  bug('charges rounded one by one', { test: 'test/Spending.test.ts' }, [
    'Spending.ts',
    "return Money.ceil(-sumOf(rows, 'CHARGE'))",
    "return rows.reduce((sum, row) => (row.type === 'CHARGE' ? sum - row.amount : sum), 0n)",
  ]),
  bug(
    'delete before rename',
    { test: 'test/crash/download.test.ts', titles: 'checked, not named' },
    [
      'flows/track.ts',
      'retrieveVideo(client, { model, queueId, signal, urgency })',
      'retrieveVideo(client, { deleteMedia: true, model, queueId, signal, urgency })',
    ],
  ),
  bug(
    'part file under the final name',
    { test: 'test/crash/download.test.ts', titles: 'the part file grows' },
    [
      'flows/download.ts',
      'join(outputDir, `${job.id}.${client.randomHex(6)}.part`)',
      'pathOf(zecchino, job)',
    ],
  ),
  bug('dotfile media accepted', { test: 'test/flows/readMedia.test.ts', titles: 'is not read' }, [
    'internal/openWithin.ts',
    "some((part) => part.startsWith('.'))",
    "some((part) => part.startsWith('...'))",
  ]),
  bug(
    'link out of the allowed folders followed',
    { test: 'test/flows/readMedia.test.ts', titles: 'is not read' },
    [
      'internal/openWithin.ts',
      'below(folder, real))',
      'below(folder, real))\n  if (folders.some((one) => below(resolve(one), asked))) return { file: await open(real), size: 1 }',
    ],
  ),
  bug(
    'refund frees more than was set aside',
    { test: contract, titles: 'a refund (in parts|of what was never)' },
    ['Spending.ts', 'most > given ? most - given : 0n', 'most - given'],
  ),
  bug(
    'deferred transaction',
    { test: contract, titles: 'sqliteLedger behavior: (one quote|many reserved|one empty)' },
    ['ledgers/libsqlDialect.ts', `'begin immediate'`, `'begin'`],
  ),
  bug('SUM without lock', { test: contract, titles: 'postgresLedger behavior: .* one cap of' }, [
    'ledgers/postgresLedger.ts',
    'await lock(db, `${schema} ${account}`)',
    'await Promise.resolve(lock)',
  ]),
  bug(
    'cap checked before it is booked',
    { prove: 'budget', args: ['--processes', '6', '--attempts', '240'] },
    [
      'ledgers/budgets.ts',
      '.where(sql<boolean>`${used} + budget.overrun <= ${cap}`)',
      '.where(sql<boolean>`budget.used < ${cap}`)',
    ],
    [
      'ledgers/migrations.ts',
      '          CONSTRAINT budget_within_cap CHECK (used >= 0 AND used <= cap)',
      '          CONSTRAINT budget_within_cap CHECK (used >= 0)',
    ],
  ),
  bug('overruns forgotten', { test: contract, titles: 'charge beyond the price counts' }, [
    'ledgers/budgets.ts',
    '${used} + budget.overrun <= ${cap}',
    '${used} <= ${cap}',
  ]),
  bug(
    'two open payments',
    { prove: 'budget', args: ['--processes', '6', '--attempts', '240'] },
    [
      'ledgers/migrations.ts',
      `WHERE status IN ('intent', 'signed', 'sent', 'unknown', 'paid_not_credited')`,
      `WHERE status = 'paid_not_credited'`,
    ],
    [
      'ledgers/payments.ts',
      'if (payments !== options.payments)',
      'if (payments < options.payments)',
    ],
  ),
  bug(
    'one observation, two payments',
    { test: contract, titles: 'one observation of the credit' },
    [
      'ledgers/payments.ts',
      'if (payments !== options.payments)',
      'if (payments < options.payments)',
    ],
  ),
  bug('two paid calls at once', { test: contract, titles: 'many reserved jobs, one is sent' }, [
    'ledgers/migrations.ts',
    `ON job (account) WHERE status = 'sending'`,
    `ON job (account) WHERE status = 'none'`,
  ]),
  bug('approval reusable', { test: contract, titles: 'consumed by the write' }, [
    'ledgers/approvals.ts',
    `.set({ status: 'used' })`,
    `.set({ status: 'approved' })`,
  ]),
  bug(
    'approval not bound to price',
    {
      test: contract,
      titles: 'decided once, on exactly what was shown|consumed by the write|denied and expired',
    },
    ['ledgers/jobs.ts', ' || price > existing.price)', ')'],
  ),
  bug(
    'expired approval good',
    { test: contract, titles: 'denied and expired approvals buy nothing' },
    ['ledgers/jobs.ts', ' || isOver', ''],
    [
      'ledgers/approvals.ts',
      `.where('status', '=', 'approved')
    .where('expires_at', '>', ms(at))`,
      `.where('status', '=', 'approved')`,
    ],
  ),
  bug('consent renews for good', { test: contract, titles: 'a consent renews the approval' }, [
    'Ledger.ts',
    'Date.parse(renewed) + Policy.quoteLifetime',
    'Date.parse(renewed) * 2',
  ]),
  bug(
    'consent to words nobody read',
    { test: 'test/flows/consent.test.ts', titles: 'other words under the same version' },
    ['flows/giveConsent.ts', ' && text === shown.job.consent?.consent.policy_text', ''],
  ),
  bug(
    'payTo not pinned',
    { test: 'test/crash/paymentFaults.test.ts', titles: 'another payee' },
    ['flows/topUp.ts', 'if (pinned !== offered) throw', 'if (pinned === wallet.address) throw'],
    ['ledgers/payments.ts', '  if (other)\n', '  if (other === `0x`)\n'],
  ),
  bug('accepts[0]', { test: 'test/flows/topUp.test.ts', titles: 'bait' }, [
    'flows/chooseOffer.ts',
    'requirements.offers.find((offer) => offer.network === network)',
    'requirements.offers[0]',
  ]),
  bug(
    'clock skew unlimited',
    { test: 'test/crash/paymentFaults.test.ts', titles: 'a clock that is off' },
    ['X402.ts', '!(Math.abs(skew) <= maxSkew)', '!(Math.abs(skew) <= 86_400_000)'],
  ),
  bug(
    'sync NORMAL',
    { prove: 'powerloss', args: ['--purchases', '1'] },
    ['ledgers/openSqlite.ts', `'synchronous = FULL'`, `'synchronous = NORMAL'`],
    ['ledgers/openSqlite.ts', 'if (synchronous !== 2n)', 'if (synchronous !== 1n)'],
  ),
  bug('new folder not synced', { prove: 'powerloss', args: ['--purchases', '1'] }, [
    'internal/makeFolder.ts',
    `if (first === undefined) return`,
    `if (first !== '/none') return`,
  ]),
  bug('a linked row linked again', { test: contract, titles: 'a row is linked, a lease taken' }, [
    'ledgers/rows.ts',
    `.values({ account: write.account, row_id: rowId, subject })
    .onConflict((conflict) => conflict.doNothing())`,
    `.values({ account: write.account, row_id: rowId, subject })
    .onConflict((conflict) => conflict.columns(['account', 'row_id']).doUpdateSet({ subject }))`,
  ]),
  bug('adoption of a linked row', { test: contract, titles: 'a row that is tied is offered' }, [
    'ledgers/rows.ts',
    `expression('provider_link.subject', 'is', null)`,
    `expression('provider_row.id', 'is not', null)`,
  ]),
  bug(
    'freeze forgotten after restart',
    { test: contract, titles: 'a frozen wallet starts nothing' },
    [
      'ledgers/wallets.ts',
      'frozen: found.frozen_reason ?? undefined',
      'frozen: undefined as string | undefined',
    ],
  ),
  bug('credit lost, and no freeze', { test: contract, titles: 'paid and not credited freezes' }, [
    'ledgers/payments.ts',
    `if (to === 'paid_not_credited') {`,
    `if (to === 'abandoned') {`,
  ]),
  bug('audit hash not checked', { test: contract, titles: 'the check finds' }, [
    'ledgers/verifyEvents.ts',
    'if (hashOf(content) !== hash)',
    'if (hashOf(content) === genesis)',
  ]),
  bug(
    'redirect followed',
    { test: 'test/client/createWire.test.ts', titles: 'redirects are answers' },
    ['client/createWire.ts', `redirect: 'manual'`, `redirect: 'follow'`],
  ),
  bug('boolean bound to libsql', { test: 'test/ledgers/libsqlDialect.test.ts' }, [
    'ledgers/libsqlDialect.ts',
    `  if (typeof value === 'number' && Number`,
    `  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'number' && Number`,
  ]),
  bug('recovery after spending', { test: 'test/flows/recover.test.ts' }, [
    'flows/createZecchino.ts',
    '      return recovery\n',
    '      return Promise.resolve()\n',
  ]),
  bug(
    'unknown counted as unpaid',
    { test: 'test/flows/resolvePayment.test.ts', titles: 'none at all says so' },
    [
      'flows/askChain.ts',
      `return { doubt: 'no node of the chain is asked', kind: 'nothing', speaks: false }`,
      `return { kind: 'unspent' }`,
    ],
  ),
  bug(
    'unspent taken for unpaid before it expired',
    {
      test: 'test/crash/paymentFaults.test.ts',
      titles: '402 for ever',
    },
    ['flows/resolvePayment.ts', 'if (least > end + Clock.settled)', 'if (least > Clock.settled)'],
    ['flows/askChain.ts', '!used && at <= validBefore', '!used && at < new Date(0)'],
  ),
  bug(
    'download_url stored after the commit',
    { test: 'test/crash/job.test.ts', titles: 'the committed link is not lost' },
    [
      'flows/recordAnswer.ts',
      '{ queueId, queuedAt, sealedUrl, sentAt })',
      '{ queueId, queuedAt, sentAt })',
    ],
  ),
  bug(
    'consent sent by a tool',
    { test: 'test/crash/jobFaults.test.ts', titles: 'consent is needed' },
    [
      'flows/submit.ts',
      'if (!consent?.confirmed_at) return body',
      'if (consent?.confirmed_at) return body',
    ],
  ),
  bug(
    'slept, and sent all the same',
    { test: 'test/crash/stopped.test.ts', titles: 'before the paid request leaves' },
    ['Clock.ts', 'const leaving = 30_000', 'const leaving = 30_000_000_000'],
  ),
  bug(
    'price tolerance ignored',
    { test: 'test/crash/jobFaults.test.ts', titles: 'the price rises' },
    [
      'flows/buyVideo.ts',
      'if (Policy.exceedsTolerance(policy, { now, quoted }))',
      'if (Policy.exceedsTolerance(policy, { now: quoted, quoted }))',
    ],
  ),
  bug('foreign spending unnoticed', { test: 'test/flows/checkForeign.test.ts' }, [
    'flows/checkForeign.ts',
    'await ledger.freeze(wordsOf(row))',
    'if (row && seen.size < 0) await ledger.freeze(wordsOf(row))',
  ]),
  bug(
    'a row tied meanwhile taken for a stranger’s',
    { test: 'test/crash/jobFaults.test.ts', titles: 'another process has just tied' },
    ['flows/checkForeign.ts', '  await syncRows(zecchino)\n', ''],
    ['flows/checkForeign.ts', "import { syncRows } from './syncRows.js'\n", ''],
  ),
  bug(
    'refund booked before its charge',
    { test: 'test/ledgers/ledgers.test.ts', titles: 'in whichever order' },
    [
      'ledgers/rows.ts',
      `if (row?.type !== 'REFUND' && row?.type !== 'CHARGE') return`,
      `if (row?.type !== 'REFUND') return`,
    ],
  ),
  bug('unread on one answer', { test: 'test/actions/spendSignIn.test.ts' }, [
    'actions/spendSignIn.ts',
    `? 'unread' : 'perhaps_read'`,
    `? 'unread' : 'unread'`,
  ]),
  bug('any refusal taken for a sign-in', { test: 'test/actions/spendSignIn.test.ts' }, [
    'actions/spendSignIn.ts',
    `field === 'model'`,
    `field !== 'model' || true`,
  ]),
  bug('used nonce taken for a refusal', { test: 'test/actions/spendSignIn.test.ts' }, [
    'actions/queueVideo.ts',
    'if (Venice.nonceReusedWords.test(answer.text))',
    "if (answer.text === '')",
  ]),
  bug(
    'sign-in not on record before the send',
    { test: 'test/crash/job.test.ts', titles: 'J2: about to be sent ⇒ proven unread' },
    [
      'flows/submit.ts',
      'sealedSignIn: seal.seal(JSON.stringify(signedIn))',
      'sealedSignIn: seal.seal(JSON.stringify({}))',
    ],
  ),
  bug('an old send moves a new one', { test: contract, titles: 'what is known of one send' }, [
    'ledgers/jobs.ts',
    '.$if(sentAt !== undefined,',
    '.$if(sentAt?.getTime() === -1,',
  ]),
  bug(
    'a stranger’s row tied before the own one',
    { test: 'test/crash/jobFaults.test.ts', titles: 'while our own is late' },
    ['Clock.ts', 'const settling = posting + grace', 'const settling = grace / 2'],
  ),
  bug(
    'top-up after top-up for one job',
    { test: 'test/flows/lateCredit.test.ts', titles: 'for half an hour' },
    [
      'flows/uselessBecause.ts',
      'ledger.payments({ jobId: job.id, limit: 1 })',
      `ledger.payments({ jobId: job.id, limit: 1, statuses: ['intent'] })`,
    ],
  ),
  bug(
    'fresh nonce for the next form',
    { test: ladder, titles: 'all carry one signature' },
    [
      'flows/presentPayment.ts',
      'sendTopUp(client, { header })',
      'sendTopUp(client, { header: index === 0 ? header : await signAnew(zecchino, header) })',
    ],
    [
      'flows/presentPayment.ts',
      'type Told =',
      `async function signAnew({ client, network }: Zecchino, header: string) {
  const payment = JSON.parse(Buffer.from(header, 'base64').toString())
  const wire = payment.payload.authorization
  wire.nonce = '0x' + client.randomHex(32)
  const [validBefore, value] = [BigInt(wire.validBefore), BigInt(wire.value)]
  const authorization = { ...wire, validAfter: 0n, validBefore, value }
  payment.payload.signature = await client.wallet!.authorizeTransfer({ authorization, network })
  return Buffer.from(JSON.stringify(payment)).toString('base64')
}

type Told =`,
    ],
  ),
  bug(
    'next form sent before it is on record',
    { test: ladder, titles: 'on record before it leaves' },
    [
      'flows/presentPayment.ts',
      `    if (!(await ledger.beginAttempt(id, name))) break
    const outcome = await sendTopUp(client, { header })
`,
      `    const outcome = await sendTopUp(client, { header })
    if (!(await ledger.beginAttempt(id, name))) break
`,
    ],
  ),
  bug(
    'refused forms booked as unpaid',
    { test: 'test/crash/envelopes.test.ts', titles: 'a copy refused with' },
    [
      'flows/presentPayment.ts',
      `{ detail, to: 'unknown' }`,
      `{ detail, to: 'failed_unpaid' as 'unknown' }`,
    ],
  ),
  bug(
    'next form while the last is unanswered',
    { test: ladder, titles: 'the same envelope comes first' },
    [
      'flows/formsOf.ts',
      'refused === undefined ? [] : [[envelope, refused] as const]',
      `refused === '' ? [] : [[envelope, refused ?? 'unanswered'] as const]`,
    ],
  ),
  bug('refused forms sent again and again', { test: ladder, titles: 'not sent any more' }, [
    'flows/formsOf.ts',
    '!refused.has(name)',
    'name.length > refused.size - 9',
  ]),
  bug(
    'new form from a frozen wallet',
    { test: contract, titles: 'a frozen wallet tries no new envelope' },
    ['ledgers/attempts.ts', 'if (isStopped(write))', 'if (isStopped(write) && !known)'],
  ),
  bug(
    'any refusal taken for one of the form',
    { test: 'test/actions/sendTopUp.test.ts', titles: 'PAYMENT_VERIFICATION_FAILED' },
    ['actions/sendTopUp.ts', 'Venice.formCodes.has(code)', `code !== ''`],
  ),
  bug('an attempt of a payment that has ended', { test: contract, titles: 'is not presented' }, [
    'ledgers/attempts.ts',
    `if (payment?.status !== 'sent' && payment?.status !== 'unknown') return false`,
    `if (!payment) return false`,
  ]),
  bug(
    'scheme assumed of any server',
    { test: 'test/Envelope.test.ts', titles: 'leaves out what was signed' },
    ['X402.ts', 'const { scheme = defaults.scheme }', `const { scheme = 'exact' }`],
  ),
  bug(
    'signed payment in the clear',
    { test: 'test/flows/topUp.test.ts', titles: 'sealed' },
    ['flows/topUp.ts', 'sealedTransfer: seal.seal(transfer)', 'sealedTransfer: transfer'],
    ['flows/formsOf.ts', 'seal.open(payment.sealedTransfer)', 'payment.sealedTransfer'],
  ),
  bug(
    'lost answer to a key sent again',
    { test: 'test/flows/apiKey.test.ts', titles: 'accepted, then dropped' },
    ['flows/awaitAnswer.ts', `to: 'ambiguous'`, `to: 'reserved'`],
  ),
  bug(
    'refusal of a key sent again',
    { test: 'test/flows/apiKey.test.ts', titles: '429: rejected' },
    ['flows/refuseKey.ts', '[401, 402, 409, 429, 503]', '[401, 402, 409, 503]'],
  ),
  bug(
    'key judged while its answer is under way',
    { test: 'test/crash/apiKey.test.ts', titles: 'accepted, no answer' },
    ['flows/awaitAnswer.ts', '+ Clock.awaiting', '+ Clock.awaiting / 100'],
  ),
  bug('key on the ledger', { test: 'test/flows/apiKey.test.ts', titles: 'is nowhere' }, [
    'flows/submit.ts',
    `const isKey = zecchino.payer === 'key'`,
    'const isKey = Boolean(0)',
  ]),
  bug('key sent to any host', { test: 'test/cli/apiKey.test.ts', titles: 'a key goes to Venice' }, [
    'cli/readConfig.ts',
    `if (profile === 'venice' && host !== venice)`,
    `if (host === '')`,
  ]),
  bug(
    'key repeated in an error',
    { test: 'test/hostile/secrets.test.ts', titles: '401 that names the key alone' },
    ['client/call.ts', `client.hide(bytes.toString('utf8'))`, `bytes.toString('utf8')`],
  ),
  ...answers,
  ...booking,
  ...clocks,
  ...copies,
  ...files,
  ...look,
  ...neighbours,
  ...outside,
  ...rows,
  ...rules,
]
