import { expect, test } from 'vitest'

import { caps, pay, paymentOf, price, reserve } from '../../support/purchases.js'
import type { Store } from '../../support/stores.js'

/** Statements that undo the steps from one version to the next, the last one first. */
const undo: Record<number, string> = {
  1: 'ALTER TABLE job DROP COLUMN sealed_sign_in',
  2: 'DROP TABLE attempt',
  3: `ALTER TABLE schema_version DROP COLUMN ledger;
    ALTER TABLE job DROP COLUMN provider_sent_at;
    ALTER TABLE job DROP COLUMN checked_at;
    ALTER TABLE job DROP COLUMN bad_news;
    ALTER TABLE payment DROP COLUMN agreed;
    DROP INDEX job_by_hash;
    DROP INDEX approval_one_waiting;
    DROP INDEX approval_by_job;
    DROP TABLE policy;`,
  4: 'ALTER TABLE job DROP COLUMN link_uses',
}

/** What triggers stand in the way of, which the two databases say in different words. */
const untie = {
  postgres: `DROP TRIGGER provider_link_untied ON provider_link;
    ALTER TABLE budget DISABLE TRIGGER budget_kept;
    DELETE FROM budget WHERE scope = 'paid';
    ALTER TABLE budget ENABLE TRIGGER budget_kept;`,
  sqlite: `DROP TRIGGER provider_link_untied;
    DROP TRIGGER budget_kept;
    DELETE FROM budget WHERE scope = 'paid';`,
}

/** Makes of a store's schema what an earlier version has left behind. */
export async function downgrade(store: Store, to: number): Promise<void> {
  if (to < 4) await store.query(untie[store.address.dialect])
  for (const version of [4, 3, 2, 1].filter((version) => version >= to))
    await store.query(undo[version] ?? '')
  await store.query(`UPDATE schema_version SET version = ${to}`)
}

/** Ledgers of earlier versions are brought up to this one with all that is in them. */
export function migrations(setup: () => Promise<Store>) {
  test('behavior: of the fourth version, how often a link was used is counted from now on', async () => {
    await using store = await setup()
    const old = await store.open()
    const id = await reserve(old, 'q')
    await old.close()
    await downgrade(store, 4)

    const ledger = await store.open()
    expect((await ledger.findJob(id))?.linkUses).toBeUndefined()
    const linkUses = { at: new Date(5_000), count: 3 }
    await ledger.noteJob(id, { linkUses })
    expect(await ledger.findJob(id)).toMatchObject({ id, linkUses })
  })

  test('behavior: a ledger of the first version is brought up to this one, jobs and all', async () => {
    await using store = await setup()
    const old = await store.open()
    const id = await reserve(old, 'q')
    await old.close()
    await downgrade(store, 1)

    const ledger = await store.open()

    expect(ledger.readOnly).toBeUndefined()
    const patch = { sealedSignIn: 'sealed', sentAt: new Date(1_000) }
    // When its terms were looked at is not known: then it is not sent on them.
    expect(await ledger.moveJob(id, { from: 'reserved', patch, to: 'sending' })).toBe(false)
    expect(await ledger.confirmJob(id, { caps, price })).toMatchObject({ job: { id } })
    expect(await ledger.moveJob(id, { from: 'reserved', patch, to: 'sending' })).toBe(true)
    expect(await ledger.findJob(id)).toMatchObject(patch)
    expect(JSON.stringify(await ledger.events())).not.toContain('sealed')
  })

  test('behavior: of the second version, what a payment has sent is on record as it was', async () => {
    await using store = await setup()
    const old = await store.open()
    await pay(old, 'done', { to: 'credited' })
    await pay(old, 'never', { payments: 1, to: 'failed_unpaid' })
    const late = await old.reservePayment(paymentOf('late', { payments: 2 }))
    expect(late).toMatchObject({ payment: { id: 'late' } })
    await old.movePayment('late', { from: 'intent', to: 'failed_unpaid' })
    await pay(old, 'open', { payments: 3, to: 'unknown' })
    await store.query(`UPDATE payment SET sent_at = 1 WHERE id = 'never'`)
    // What was agreed to has had no column then.
    const before = (await old.payments()).map((one) => ({ ...one, agreed: undefined }))
    await old.close()
    await downgrade(store, 2)

    const ledger = await store.open()

    expect(await ledger.payments()).toEqual(before)
    const tried = { envelope: 'kept', refused: undefined }
    expect(await ledger.attempts('open')).toMatchObject([tried])
    expect(await ledger.attempts('done')).toMatchObject([tried])
    expect(await ledger.attempts('never')).toMatchObject([tried])
    expect(await ledger.attempts('late')).toEqual([])
    // It went out before, so it may go out again, frozen or not.
    await ledger.freeze('no')
    expect(await ledger.beginAttempt('open', 'kept')).toBe(true)
    expect(await ledger.beginAttempt('open', 'full')).toBe(false)
    expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
  })

  test('behavior: a payment that was signed and not sent has no attempt yet', async () => {
    await using store = await setup()
    const old = await store.open()
    await pay(old, 'p', { to: 'signed' })
    await old.close()
    await downgrade(store, 2)

    const ledger = await store.open()

    expect(await ledger.attempts('p')).toEqual([])
    expect((await ledger.findPayment('p'))?.sealedTransfer).toBe('sealed-p')
    await ledger.movePayment('p', { from: 'signed', to: 'sent' })
    expect(await ledger.beginAttempt('p', 'kept')).toBe(true)
  })

  test('behavior: of the third version, budgets and approvals stay, and what was paid counts', async () => {
    await using store = await setup()
    const old = await store.open()
    await pay(old, 'done', { to: 'credited' })
    await pay(old, 'never', { payments: 1, to: 'failed_unpaid' })
    const id = await reserve(old, 'q')
    const before = await old.usage()
    await old.close()
    await store.query(`INSERT INTO approval (id, account, job_id, hash, status, top_up, created_at, expires_at)
      VALUES ('a', '${old.account}', '${id}', 'h', 'used', 5, 1, 2)`)
    await downgrade(store, 3)

    const ledger = await store.open()

    expect(ledger.readOnly).toBeUndefined()
    expect(await ledger.usage()).toEqual(before)
    expect(await ledger.findApproval('a')).toMatchObject({ hash: 'h', jobId: id, status: 'used' })
    const [paid] = await store.query(`SELECT used FROM budget WHERE scope = 'paid'`)
    const [done] = await ledger.payments({ statuses: ['credited'] })
    expect(paid?.['used']).toBe(String(done?.amount))
    const [{ ledger: name } = {}] = await store.query('SELECT ledger FROM schema_version')
    expect(name).toMatch(/^[0-9a-f]{32}$/)
    expect(await ledger.verifyEvents()).toMatchObject({ ok: true })
  })
}
