import { expect, test } from 'vitest'

import * as Ledger from '../../../src/Ledger.js'
import { version } from '../../../src/ledgers/migrations.js'
import { caps, jobOf, pay, paymentOf, price, quoteOf, reserve } from '../../support/purchases.js'
import { account, type Store } from '../../support/stores.js'

/** The wallet as a whole: frozen or not, its payee, and the clock that it trusts. */
export function wallets(setup: () => Promise<Store>) {
  test('behavior: a ledger has one name, whoever opens it, and no other has it', async () => {
    await using store = await setup()
    await using other = await setup()
    const [one, again] = [await store.open(), await store.open()]
    const wallet = await store.open({ account: account.replace('aa', 'ab') })

    expect(one.id).toMatch(/^[0-9a-f]{32}$/)
    expect([again.id, wallet.id]).toEqual([one.id, one.id])
    expect((await other.open()).id).not.toBe(one.id)
  })

  test('behavior: a frozen wallet starts nothing, and finds out what was started', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    await ledger.saveQuote(quoteOf('r'))
    await pay(ledger, 'p', { to: 'signed' })

    await ledger.freeze('the owner said so')
    await ledger.freeze('another reason')

    const refused = { reason: 'the owner said so', refused: 'frozen' }
    expect(await ledger.reserveJob({ caps, job: jobOf('r') })).toEqual(refused)
    expect(await ledger.reservePayment(paymentOf('s', { payments: 1 }))).toEqual(refused)
    expect(await ledger.moveJob(id, { from: 'reserved', to: 'sending' })).toBe(false)
    expect(await ledger.movePayment('p', { from: 'signed', to: 'sent' })).toBe(false)
    expect(await ledger.movePayment('p', { from: 'signed', to: 'failed_unpaid' })).toBe(true)

    await ledger.unfreeze('looked at')
    expect((await ledger.state()).frozen).toBeUndefined()
    expect(await ledger.moveJob(id, { from: 'reserved', to: 'sending' })).toBe(true)
    await ledger.freeze('again')
    expect(await ledger.moveJob(id, { from: 'sending', to: 'queued' })).toBe(true)
  })

  test('behavior: money that was paid and not credited freezes the wallet at once', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await pay(ledger, 'p', { to: 'unknown' })
    const detail = '$5.00 left the wallet.'

    await ledger.movePayment('p', { from: 'unknown', patch: { detail }, to: 'paid_not_credited' })

    expect((await ledger.state()).frozen?.reason).toBe(
      '$5.00 left the wallet. Run: zecchino resolve p --credited or --abandon.',
    )
  })

  test('behavior: a quote that nobody bought is forgotten an hour after its end', async () => {
    await using store = await setup()
    let now = new Date('2026-03-01T12:00:00Z')
    const ledger = await store.open({ now: () => now })
    const expiresAt = new Date('2026-03-01T12:15:00Z')
    await ledger.saveQuote({ ...quoteOf('left'), expiresAt })
    await ledger.saveQuote({ ...quoteOf('bought'), expiresAt })
    await ledger.reserveJob({ caps, job: jobOf('bought') })

    now = new Date('2026-03-01T13:15:00Z')
    await ledger.saveQuote(quoteOf('early'))
    expect(await ledger.findQuote('left')).toMatchObject({ expiresAt, id: 'left' })

    now = new Date('2026-03-01T13:15:01Z')
    await ledger.saveQuote(quoteOf('later'))
    expect(await ledger.findQuote('left')).toBeUndefined()
    expect(await ledger.findQuote('bought')).toMatchObject({ id: 'bought' })
    expect(await ledger.findQuote('early')).toMatchObject({ id: 'early' })
  })

  test('behavior: a clock that went back freezes the wallet, and stays noticed', async () => {
    await using store = await setup()
    let now = new Date('2026-03-02T12:00:00Z')
    const ledger = await store.open({ now: () => now })
    await ledger.saveQuote(quoteOf('q'))

    now = new Date('2026-03-01T12:00:00Z')
    const reason =
      'The clock went back from 2026-03-02T12:00:00.000Z to 2026-03-01T12:00:00.000Z; if it is right now, run: zecchino unfreeze.'
    expect(await ledger.reserveJob({ caps, job: jobOf('q') })).toEqual({
      reason,
      refused: 'frozen',
    })

    now = new Date('2026-03-02T12:00:01Z')
    expect((await ledger.state()).frozen?.reason).toBe(reason)
    expect(await ledger.reserveJob({ caps, job: jobOf('q') })).toEqual({
      reason,
      refused: 'frozen',
    })
    await ledger.unfreeze('the clock is right again')
    expect(await ledger.reserveJob({ caps, job: jobOf('q') })).toMatchObject({ created: true })
  })

  test('behavior: while a clock that is put right lies behind what it showed, nothing is spent', async () => {
    await using store = await setup()
    const shown = new Date('2026-03-02T00:05:00Z')
    let now = shown
    const ledger = await store.open({ now: () => now })
    await ledger.saveQuote(quoteOf('q'))
    const id = await reserve(ledger, 'r')

    // It was ten minutes ahead, and is ten minutes behind now.
    now = new Date('2026-03-01T23:45:00Z')
    const waits = { reason: expect.stringContaining('The clock was put back'), until: shown }
    expect((await ledger.state()).frozen).toEqual({ at: now, ...waits })
    const refused = { ...waits, refused: 'frozen' }
    expect(await ledger.reserveJob({ caps, job: jobOf('q') })).toEqual(refused)
    expect(await ledger.reservePayment(paymentOf('p', { at: now }))).toEqual(refused)
    expect(await ledger.moveJob(id, { from: 'reserved', to: 'sending' })).toBe(false)
    // Whatever else is written meanwhile is not dated before what was written.
    await ledger.noteJob(id, { detail: 'seen' })
    expect(await ledger.findJob(id)).toMatchObject({ updatedAt: shown })

    now = new Date('2026-03-02T00:04:01Z')
    expect((await ledger.state()).frozen).toBeUndefined()
    expect(await ledger.reserveJob({ caps, job: jobOf('q') })).toMatchObject({
      job: { createdAt: shown },
    })
    expect(await ledger.usage()).toMatchObject({ perDay: 2n * price })
    expect((await ledger.events()).map(({ type }) => type)).not.toContain('frozen')
  })

  test('behavior: the owner need not wait for a clock that was put right', async () => {
    await using store = await setup()
    let now = new Date('2026-03-02T12:10:00Z')
    const ledger = await store.open({ now: () => now })
    await ledger.saveQuote(quoteOf('q'))
    now = new Date('2026-03-02T12:00:00Z')
    await ledger.noteJob('none', { detail: 'seen' })

    await ledger.unfreeze('the clock is right now')

    expect((await ledger.state()).frozen).toBeUndefined()
    expect(await ledger.reserveJob({ caps, job: jobOf('q') })).toMatchObject({
      job: { createdAt: now },
    })
  })

  test('behavior: what else stops spending is kept while a clock is waited for', async () => {
    await using store = await setup()
    let now = new Date('2026-03-02T12:10:00Z')
    const ledger = await store.open({ now: () => now })
    await ledger.saveQuote(quoteOf('q'))
    now = new Date('2026-03-02T12:00:00Z')
    await ledger.freeze('somebody else spends.')

    now = new Date('2026-03-02T12:20:00Z')

    expect((await ledger.state()).frozen?.reason).toBe('somebody else spends.')
  })

  test('behavior: a clock that is corrected by seconds freezes nothing, and time does not run back', async () => {
    await using store = await setup()
    let now = new Date('2026-03-02T12:00:30Z')
    const ledger = await store.open({ now: () => now })
    await ledger.saveQuote(quoteOf('q'))
    now = new Date('2026-03-02T11:59:31Z')

    expect(await ledger.reserveJob({ caps, job: jobOf('q') })).toMatchObject({
      job: { createdAt: new Date('2026-03-02T12:00:30Z') },
    })

    now = new Date('2026-03-02T11:59:29Z')
    await ledger.noteJob('job_q', { detail: 'seen' })
    expect((await ledger.state()).frozen).toBeDefined()
  })

  test('behavior: the first payee stays until the owner trusts another', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const [first, second] = [`0x${'11'.repeat(20)}`, `0x${'22'.repeat(20)}`] as const

    expect((await ledger.state()).payee).toBeUndefined()
    expect(await ledger.pinPayee(first)).toBe(first)
    expect(await ledger.pinPayee(second)).toBe(first)
    await ledger.trustPayee(second)
    expect(await ledger.pinPayee(first)).toBe(second)
  })

  test('behavior: a checksummed address is the same wallet, with the same budgets', async () => {
    await using store = await setup()
    await reserve(await store.open(), 'q')

    const shouted = await store.open({ account: account.replace(/aa$/, 'AA') })

    expect(shouted.account).toBe(account)
    expect((await shouted.usage()).total).toBe(price)
  })

  test('behavior: a newer version that takes the ledger over stops all writes at once', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const id = await reserve(ledger, 'q')
    expect(ledger.readOnly).toBeUndefined()
    await store.query(`UPDATE schema_version SET version = ${version + 1}`)

    const write = ledger.moveJob(id, { from: 'reserved', to: 'sending' })
    await expect(write).rejects.toThrow(Ledger.NewerError)
    expect(ledger.readOnly).toMatchObject({ code: 'LEDGER_NEWER' })
    expect((await ledger.findJob(id))?.status).toBe('reserved')

    const again = await store.open()
    expect(again.readOnly).toMatchObject({
      facts: [`Schema found: ${version + 1}`, `Schema known: ${version}`],
    })
    await expect(again.saveQuote(quoteOf('r'))).rejects.toThrow(Ledger.NewerError)
    expect(await again.usage()).toMatchObject({ total: price })
    expect(await again.verifyEvents()).toMatchObject({ ok: true })
  })

  test('error: a ledger that lost its version', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await store.query('UPDATE schema_version SET version = 0')

    await expect(ledger.freeze('x')).rejects.toThrow(Ledger.CorruptError)

    expect(ledger.readOnly).toMatchObject({ code: 'LEDGER_CORRUPT' })
  })

  test('error: a closed ledger', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ledger.close()

    await expect(ledger.state()).rejects.toThrow(Ledger.UnavailableError)
    await expect(ledger.freeze('x')).rejects.toThrow('it was closed')
  })
}
