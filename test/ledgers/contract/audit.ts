import { expect, test } from 'vitest'

import { pay, reserve } from '../../support/purchases.js'
import { account, type Store } from '../../support/stores.js'

/** The audit log: what is written, what the database keeps, and what a check finds. */
export function audit(setup: () => Promise<Store>) {
  /** A store with ten events: five of jobs, four of a payment, one about the payee. */
  async function filled() {
    const store = await setup()
    const ledger = await store.open()
    await reserve(ledger, 'q')
    const id = await reserve(ledger, 'r')
    await ledger.moveJob(id, { from: 'reserved', patch: { detail: 'no' }, to: 'rejected' })
    for (const quote of ['s', 't']) await reserve(ledger, quote)
    await pay(ledger, 'p', { to: 'credited' })
    await ledger.pinPayee(`0x${'11'.repeat(20)}`)
    return { ledger, store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
  }

  async function unguard(store: Store) {
    for (const trigger of ['event_kept', 'event_unchanged', 'event_in_order'])
      await store.unguard('event', trigger)
  }

  test('behavior: the log is a chain with an end that is remembered', async () => {
    await using bench = await filled()
    const { ledger } = bench
    const events = await ledger.events()

    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(events.map(({ data, type }) => `${type} ${data['to'] ?? ''}`)).toMatchInlineSnapshot(`
      [
        "job reserved",
        "job reserved",
        "job rejected",
        "job reserved",
        "job reserved",
        "payment intent",
        "payment signed",
        "payment sent",
        "payment credited",
        "payee_pinned ",
      ]
    `)
    expect(events.slice(1).every(({ previous }, index) => previous === events[index]?.hash)).toBe(
      true,
    )
    expect(await ledger.verifyEvents()).toEqual({ events: 10, head: events.at(-1)?.hash, ok: true })
    expect((await ledger.events({ limit: 2 })).map(({ seq }) => seq)).toEqual([9, 10])
  })

  test('behavior: an empty log is whole', async () => {
    await using store = await setup()
    const ledger = await store.open()

    expect(await ledger.verifyEvents()).toEqual({ events: 0, head: '0'.repeat(64), ok: true })
  })

  test('behavior: more events than are read at once', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ledger.appendEvent({ data: {}, subject: 's', type: 't' })
    const { hashOf } = await import('../../../src/ledgers/events.js')
    let { hash } = (await ledger.events())[0] ?? { hash: '' }
    const values: string[] = []
    for (let seq = 2n; seq <= 2_500n; seq += 1n) {
      const row = { account, at: 1n, data: '{}', previous: hash, seq, subject: 's', type: 't' }
      hash = hashOf(row)
      values.push(`('${account}', ${seq}, 1, 't', 's', '{}', '${row.previous}', '${hash}')`)
    }
    await unguard(store)
    await store.query(`
      INSERT INTO event (account, seq, at, type, subject, data, previous, hash)
        VALUES ${values.join(', ')};
      UPDATE wallet SET events = 2500, head = '${hash}'`)

    expect(await ledger.verifyEvents()).toEqual({ events: 2_500, head: hash, ok: true })
    await store.query('UPDATE event SET at = 2 WHERE seq = 1700')
    expect(await ledger.verifyEvents()).toMatchObject({ broken: 1_700, ok: false })
  })

  test.each([
    ['UPDATE event SET at = at + 1 WHERE seq = 4'],
    ['DELETE FROM event WHERE seq = 10'],
    ['DELETE FROM event'],
    [
      `INSERT INTO event SELECT account, 99, at, type, subject, data, previous, hash FROM event
      WHERE seq = 10`,
    ],
    [
      `INSERT INTO event SELECT account, 11, at, type, subject, data, previous, hash FROM event
      WHERE seq = 10`,
    ],
    [`DELETE FROM payment`],
    [`DELETE FROM budget`],
    [`DELETE FROM approval WHERE id = 'a'`],
    [`DELETE FROM wallet`],
    [`UPDATE payment SET nonce = '0x1'`],
    [`UPDATE payment SET amount = 1`],
    [`UPDATE payment SET pay_to = '0x1'`],
    [`UPDATE payment SET valid_before = 1`],
    [`UPDATE payment SET sealed_header = 'other'`],
    [`UPDATE payment SET sealed_header = NULL`],
    [`DELETE FROM attempt`],
    [`UPDATE attempt SET envelope = 'other'`],
    [`UPDATE attempt SET number = 9`],
    [`UPDATE attempt SET at = 1`],
    [`UPDATE attempt SET refused = NULL`],
    [`UPDATE attempt SET refused = 'OTHER'`],
  ])('behavior: the database refuses: %s', async (text) => {
    await using bench = await filled()
    const { ledger, store } = bench
    if (text.includes('approval'))
      await store.query(`INSERT INTO approval
        VALUES ('a', '${account}', 'job_q', 'h', 'open', 0, 1, 1)`)
    if (text.includes('attempt'))
      await store.query(`INSERT INTO attempt (account, payment_id, envelope, number, at, refused)
        SELECT '${account}', id, 'full', 1, 2, 'CODE' FROM payment`)

    await expect(store.query(text)).rejects.toThrow(/append-only|does not follow/)

    expect(await ledger.verifyEvents()).toMatchObject({ events: 10, ok: true })
  })

  const tampering = [
    ['at', 'UPDATE event SET at = at + 1 WHERE seq = 4', 4],
    ['type', `UPDATE event SET type = 'jobs' WHERE seq = 4`, 4],
    ['subject', `UPDATE event SET subject = 'job_q' WHERE seq = 4`, 4],
    ['data', `UPDATE event SET data = replace(data, '"price_usd":"1"', '"price_usd":"2"')`, 1],
    ['white space in data', `UPDATE event SET data = data || ' ' WHERE seq = 4`, 4],
    ['data that is no JSON', `UPDATE event SET data = '' WHERE seq = 4`, 4],
    ['hash', `UPDATE event SET hash = 'ff' WHERE seq = 4`, 4],
    ['previous', `UPDATE event SET previous = 'ff' WHERE seq = 4`, 4],
    ['seq', 'UPDATE event SET seq = 40 WHERE seq = 4', 4],
    ['account', `UPDATE event SET account = 'eip155:1:0x0' WHERE seq = 4`, 4],
    ['the first row', 'UPDATE event SET at = 1 WHERE seq = 1', 1],
    ['the last row', 'UPDATE event SET at = 1 WHERE seq = 10', 10],
    ['a row deleted', 'DELETE FROM event WHERE seq = 4', 4],
    ['the first row deleted', 'DELETE FROM event WHERE seq = 1', 1],
    ['the last row deleted', 'DELETE FROM event WHERE seq = 10', 10],
    ['the last three rows deleted', 'DELETE FROM event WHERE seq > 7', 8],
    ['all rows deleted', 'DELETE FROM event', 1],
    [
      'two rows that changed places',
      `UPDATE event SET seq = 400 WHERE seq = 4; UPDATE event SET seq = 4 WHERE seq = 5;
        UPDATE event SET seq = 5 WHERE seq = 400`,
      4,
    ],
    [
      'a row added before the first',
      `INSERT INTO event SELECT account, 0, at, type, subject, data, previous, hash FROM event
        WHERE seq = 1`,
      1,
    ],
    [
      'a row added at the end',
      `INSERT INTO event SELECT account, 11, at, type, subject, data, hash, 'ff' FROM event
        WHERE seq = 10`,
      11,
    ],
    ['the end that is remembered', `UPDATE wallet SET head = 'ff'`, 10],
    ['the count that is remembered', 'UPDATE wallet SET events = 11', 11],
  ] as const

  test.each(tampering)('behavior: the check finds %s', async (_what, text, broken) => {
    await using bench = await filled()
    const { ledger, store } = bench
    await unguard(store)
    await store.query(text)

    const found = await ledger.verifyEvents()

    expect(found).toEqual({ broken, ok: false, reason: expect.any(String) as string })
    expect((await ledger.events()).length).toBeGreaterThanOrEqual(0)
  })

  test('behavior: the check does not take the log of one wallet for that of another', async () => {
    await using bench = await filled()
    const { store } = bench
    const other = 'eip155:84532:0x00000000000000000000000000000000000000cc'
    await unguard(store)
    await store.query(`UPDATE event SET account = '${other}';
      UPDATE wallet SET account = '${other}'`)

    expect(await (await store.open({ account: other })).verifyEvents()).toEqual({
      broken: 1,
      ok: false,
      reason: 'its content was changed',
    })
  })

  test('behavior: a row that was rewritten with a new hash is found by the one after it', async () => {
    await using bench = await filled()
    const { ledger, store } = bench
    const { hashOf } = await import('../../../src/ledgers/events.js')
    const [row] = await store.query('SELECT * FROM event WHERE seq = 4')
    const content = { ...row, at: 5n, seq: 4n } as unknown as Parameters<typeof hashOf>[0]
    await unguard(store)
    await store.query(`UPDATE event SET at = 5, hash = '${hashOf(content)}' WHERE seq = 4`)

    expect(await ledger.verifyEvents()).toEqual({
      broken: 5,
      ok: false,
      reason: 'it does not follow the event before it',
    })
  })

  test('behavior: the log tells no sealed value', async () => {
    await using bench = await filled()
    const { ledger } = bench
    await ledger.noteJob('job_q', { queueId: 'v1', sealedUrl: 'sealed-url' })

    const text = JSON.stringify(await ledger.events())

    expect(text).toContain('v1')
    expect(text).not.toContain('sealed-')
  })
}
