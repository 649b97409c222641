import { expect, test } from 'vitest'

import { reserve, rowOf } from '../../support/purchases.js'
import type { Store } from '../../support/stores.js'

/** The provider's own rows: kept as they came, and each is one job's or payment's. */
export function rows(setup: () => Promise<Store>) {
  test('behavior: a row that is tied is offered to nobody else', async () => {
    await using store = await setup()
    const ledger = await store.open()
    const first = await reserve(ledger, 'a')
    const second = await reserve(ledger, 'b')
    await ledger.recordRows([rowOf('row_1'), rowOf('row_2')])

    expect(await ledger.linkRow('row_1', first)).toBe(true)
    expect(await ledger.linkRow('row_1', second)).toBe(false)

    expect((await ledger.unlinkedRows()).map(({ id }) => id)).toEqual(['row_2'])
    expect(await ledger.linkedRows(first)).toEqual([rowOf('row_1')])
    expect(await ledger.linkedRows(second)).toEqual([])
  })

  test('behavior: a row that comes again is the one that is there', async () => {
    await using store = await setup()
    const ledger = await store.open()
    await ledger.recordRows([rowOf('row', { amount: -1n })])

    await ledger.recordRows([rowOf('row', { amount: -2n }), rowOf('other')])

    expect(await ledger.unlinkedRows()).toEqual([rowOf('other'), rowOf('row', { amount: -1n })])
  })
}
