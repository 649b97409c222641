import { type Bug, bug } from './bug.js'

const contract = 'test/ledgers/ledgers.test.ts'
const kept = 'test/crash/keptAnswers.test.ts'
const no = 'test/crash/saidNo.test.ts'
const tunnel = 'test/client/openTunnel.test.ts'
const proof = 'test/flows/resolvePayment.test.ts'

/** A paid answer lost, or a payment freed that can still settle. */
export const answers: readonly Bug[] = [
  bug(
    'answer on the disk after the ledger',
    { test: 'test/crash/job.test.ts', titles: 'the answer on the disk is not lost' },
    ['flows/keepAnswer.ts', 'let isOnDisk = room.write(answer)', 'let isOnDisk = false'],
  ),
  bug('no room for the answer', { test: kept, titles: 'the room was there' }, [
    'flows/reserveRoom.ts',
    `Buffer.from(client.randomHex(size), 'hex')`,
    'Buffer.alloc(0)',
  ]),
  bug('sent without room', { test: kept, titles: 'no room, because' }, [
    'flows/submit.ts',
    `    return reserveRoom(zecchino, { jobId: job.id, sentAt })
  } catch (error) {`,
    `    return reserveRoom(zecchino, { jobId: job.id, sentAt })
  } catch (error) {
    if (sentAt) return { leave() {}, path: '', remove() {}, write: () => false }`,
  ]),
  bug('kept answer taken for any send', { test: kept, titles: 'for its own call only' }, [
    'Answer.ts',
    `account, jobId, sentAt.getTime()].join`,
    `account, jobId, typeof sentAt].join`,
  ]),
  bug('kept answer removed before it is on record', { test: kept, titles: 'stays while' }, [
    'flows/takeAnswers.ts',
    'if (await recordAnswer(zecchino, answer)) {',
    `rmSync(path, { force: true })
    if (await recordAnswer(zecchino, answer)) {`,
  ]),
  bug('misfit answer thrown away', { test: kept, titles: 'kept and told once' }, [
    'flows/takeAnswers.ts',
    'else if (!call.told) await tellKept(zecchino, { answer, path })',
    'else rmSync(path, { force: true })',
  ]),
  bug('newer schema takes no answer', { test: contract, titles: 'made newer during the call' }, [
    'ledgers/createSqlLedger.ts',
    `answers.record(write, id, answer), 'newer')`,
    `answers.record(write, id, answer), 'known')`,
  ]),
  bug('a tunnel that died taken for none', { test: tunnel, titles: 'the tunnel stood' }, [
    'client/UnreachableError.ts',
    'this.sent = connected || isReached',
    'this.sent = (connected && !via) || isReached',
  ]),
  bug('a proxy’s page taken for Venice’s no', { test: tunnel, titles: 'proxy’s word' }, [
    'client/call.ts',
    `if (via !== undefined && json === undefined) return`,
    `if (via !== undefined && json === null) return`,
  ]),
  bug('no tunnel taken for one that died', { test: tunnel, titles: 'were not sent' }, [
    'client/openTunnel.ts',
    `readonly syscall = 'connect'`,
    `readonly syscall = 'read'`,
  ]),
  bug('a paid call over a tunnel that waited', { test: tunnel, titles: 'may not has its own' }, [
    'client/createWire.ts',
    `    const line = repeatable
      ? undefined`,
    `    const line = repeatable || via
      ? undefined`,
  ]),
  bug('unpaid by one clock', { test: proof, titles: 'a day ahead of the other' }, [
    'flows/resolvePayment.ts',
    'const least = Math.min(ours, ledgers)',
    'const least = Math.max(ours, ledgers)',
  ]),
  bug('unpaid by the provider’s clock', { test: proof, titles: 'Date header of tomorrow' }, [
    'flows/resolvePayment.ts',
    'const least = Math.min(ours, ledgers)',
    'const least = Math.min(ours, ledgers) + client.skew()',
  ]),
  bug('unpaid by any chain', { test: proof, titles: 'another chain proves nothing' }, [
    'actions/readAuthorization.ts',
    '  await checkChain(rpc, network)\n',
    '',
  ]),
  bug('unpaid by the better of two nodes', { test: proof, titles: 'both have to say it' }, [
    'flows/askChain.ts',
    'if (spent.length > 0)',
    'if (spent.length > 1)',
  ]),
  bug('unpaid although a row fits', { test: proof, titles: 'may be its credit' }, [
    'flows/resolvePayment.ts',
    `if (row.type !== 'TOP_UP') return false`,
    `if (row.type !== 'TOP_UP' || row.id) return false`,
  ]),
  bug('refunded overrun kept', { test: contract, titles: 'charged more and refunded in full' }, [
    'ledgers/budgets.ts',
    'CASE WHEN overrun > ${amount} THEN overrun - ${amount} ELSE 0 END',
    'CASE WHEN overrun > ${amount} THEN overrun ELSE overrun END',
  ]),
  bug(
    'mnemonic seals by its words',
    { test: 'test/cli/openWallet.test.ts', titles: 'seal the same' },
    [
      'wallets/secretsOfMnemonic.ts',
      `return [secretOf(Buffer.from(privateKey).toString('hex')), secretOf(phrase)]`,
      `return [secretOf(phrase), secretOf(Buffer.from(privateKey).toString('hex'))]`,
    ],
  ),
  bug(
    'texts cut at their first NUL',
    { test: contract, titles: 'found again, with the queue id' },
    [
      'ledgers/plainValues.ts',
      `typeof value === 'string' && !isPlain(value) ?`,
      `typeof value === 'string' && value === mark ?`,
    ],
  ),
  bug(
    'any refusal says that nothing was taken',
    { test: no, titles: '503, charged all the same' },
    ['flows/submit.ts', 'return status === 401 || status === 402', 'return status !== 400'],
  ),
  bug('a lateness of rows is not waited out', { test: no, titles: '503, charged all the same' }, [
    'flows/awaitRows.ts',
    'if (age <= Clock.horizon) {',
    'if (age <= Clock.grace) {',
  ]),
  bug('what was refused is known to its process only', { test: no, titles: 'takes over' }, [
    'Job.ts',
    'return sentAt !== undefined && sealedSignIn',
    'return sentAt === undefined && sealedSignIn',
  ]),
  bug(
    'no commit after waiting in vain',
    { test: 'test/ledgers/libsqlDialect.test.ts', titles: 'waited for another in vain' },
    [
      'ledgers/libsqlDialect.ts',
      `this.#database.exec(settings?.accessMode === 'read only' ? 'begin' : 'begin immediate')`,
      `this.#database.prepare(settings?.accessMode === 'read only' ? 'begin' : 'begin immediate').run()`,
    ],
  ),
  bug('a question is worth more than an answer', { test: kept, titles: 'is asked anew takes' }, [
    'ledgers/answers.ts',
    'if (job.reserved !== job.price) await rows.setAside(write, id)',
    'if (job.reserved !== job.price) return false',
  ]),
  bug('set aside beside its charge', { test: contract, titles: 'books no charge twice' }, [
    'ledgers/rows.ts',
    'before: booked(job.reserved), now: booked(job.price)',
    'before: 0n, now: booked(job.price)',
  ]),
]
