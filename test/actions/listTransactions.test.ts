import { describe, expect, test } from 'vitest'

import { listTransactions } from '../../src/actions/listTransactions.js'
import { clientOf, wallet } from '../support/client.js'
import { type Seen, serve } from '../support/serve.js'

const noon = Date.parse('2026-10-01T12:00:00Z')

/** The row with this number; each is a minute newer than the one before. */
const rowOf = (index: number) => ({
  id: `row_${index}`,
  amount: -0.01,
  balanceAfter: 1,
  type: 'CHARGE',
  createdAt: new Date(noon + index * 60_000).toISOString(),
  requestId: null,
  modelId: null,
})

/** A provider with so many rows, of which `posted` more appear before each page but the first. */
function provider(options: {
  dates?: Record<number, string>
  hasMore?: boolean
  posted?: number
  rows: number
}) {
  const dated = (row: ReturnType<typeof rowOf>, index: number) => {
    return { ...row, createdAt: options.dates?.[index] ?? row.createdAt }
  }
  let count = options.rows
  return ({ path }: Seen, asked: number) => {
    if (asked > 1) count += options.posted ?? 0
    const query = new URL(path, 'http://x').searchParams
    const [limit, offset] = [Number(query.get('limit')), Number(query.get('offset'))]
    const all = Array.from({ length: count }, (_, index) =>
      dated(rowOf(count - 1 - index), count - 1 - index),
    )
    const transactions = all.slice(offset, offset + limit)
    const hasMore = options.hasMore ?? offset + limit < count
    const pagination = { hasMore, limit, offset }
    return {
      data: { currentBalance: 1, pagination, transactions, walletAddress: 'x' },
      success: true,
    }
  }
}

async function listed(
  options: Parameters<typeof provider>[0],
  query: Parameters<typeof listTransactions>[1] = {},
) {
  await using server = await serve(provider(options))
  await using client = clientOf(server.origin)
  const rows = await listTransactions(client, query)
  return {
    pages: server.requests.map(({ path }) => path),
    rows: rows.map(({ id }) => Number(id.slice(4))),
  }
}

const down = (from: number, to = 0) =>
  Array.from({ length: from - to + 1 }, (_, index) => from - index)

test('default: page by page, newest first', async () => {
  const { pages, rows } = await listed({ rows: 250 })
  expect(rows).toEqual(down(249))
  const path = `/api/v1/x402/transactions/${wallet.address}`
  expect(pages).toEqual([0, 100, 200].map((offset) => `${path}?limit=100&offset=${offset}`))
})

test('behavior: nothing there', async () => {
  expect(await listed({ rows: 0 })).toMatchObject({ rows: [] })
})

test.each([1, 7, 50])(
  'behavior: %d rows that appear between pages shift none out, and none comes twice',
  async (posted) => {
    const { rows } = await listed({ posted, rows: 350 })
    expect(new Set(rows).size).toBe(rows.length)
    expect(rows.filter((index) => index < 350)).toEqual(down(349))
  },
)

describe('options', () => {
  test.each([1, 99, 100, 101, 250])('options: limit %d', async (limit) => {
    const { pages, rows } = await listed({ rows: 300 }, { limit })
    expect(rows).toEqual(down(299).slice(0, limit))
    expect(pages).toHaveLength(Math.ceil(limit / 100))
  })

  test('options: since stops at the first page with older rows, and keeps what was read', async () => {
    const since = new Date(noon + 180 * 60_000)
    const { pages, rows } = await listed({ rows: 900 }, { since })
    expect(rows).toEqual(down(899, 100))
    expect(pages).toHaveLength(8)
  })

  test.each([
    ['the last of a page', 800],
    ['the first', 899],
    ['one in between', 850],
  ])('behavior: %s, dated years ago, does not hide those after it', async (_, odd) => {
    const since = new Date(noon + 780 * 60_000)
    const dates = { [odd]: '2020-01-01T00:00:00Z' }
    const { pages, rows } = await listed({ dates, rows: 900 }, { since })
    expect(rows).toEqual(down(899, 700))
    expect(pages).toHaveLength(2)
  })

  test('behavior: rows of the far future do not make it read on', async () => {
    const since = new Date(noon + 880 * 60_000)
    const dates = { 801: '2099-01-01T00:00:00Z', 899: '2099-01-01T00:00:00Z' }
    expect((await listed({ dates, rows: 900 }, { since })).pages).toHaveLength(1)
  })

  test('behavior: a last page of few rows ends it', async () => {
    const since = new Date(noon + 880 * 60_000)
    expect((await listed({ rows: 3 }, { since })).rows).toEqual(down(2))
  })
})

describe('hostile', () => {
  test('error: pages without end', async () => {
    const { pages, rows } = await listed({ hasMore: true, rows: 30 })
    expect(rows).toEqual(down(29))
    expect(pages.length).toBeLessThanOrEqual(2)
  })

  test('error: the same page for ever', async () => {
    const page = provider({ hasMore: true, rows: 100 })
    await using server = await serve((seen) => page({ ...seen, path: '/?limit=100&offset=0' }, 1))
    await using client = clientOf(server.origin)
    await expect(listTransactions(client)).rejects.toMatchObject({ code: 'API_MALFORMED' })
    expect(server.requests).toHaveLength(4)
  })

  test.each<[string, object]>([
    ['no time', { createdAt: 'soon' }],
    ['no amount', { amount: null }],
    ['endless money', { amount: '1e999' }],
    ['no id', { id: '' }],
  ])('error: a row with %s: none is believed', async (_, change) => {
    await using server = await serve(() => {
      const transactions = [rowOf(1), { ...rowOf(0), ...change }]
      const pagination = { hasMore: false, limit: 100, offset: 0 }
      return {
        data: { currentBalance: 1, pagination, transactions, walletAddress: 'x' },
        success: true,
      }
    })
    await using client = clientOf(server.origin)
    await expect(listTransactions(client)).rejects.toMatchObject({ code: 'API_MALFORMED' })
  })
})

test('error: without a wallet there is nothing to ask for', async () => {
  await using server = await serve(() => ({}))
  await using client = clientOf(server.origin, { wallet: undefined })
  await expect(listTransactions(client)).rejects.toMatchObject({ code: 'NO_WALLET' })
  expect(server.connections()).toBe(0)
})

describe('rows that no honest ledger has', () => {
  const long = 'x'.repeat(201)

  async function read(rows: readonly object[]) {
    const pagination = { hasMore: false, limit: 100, offset: 0 }
    const data = { currentBalance: 1, pagination, transactions: rows, walletAddress: 'x' }
    await using server = await serve(() => ({ data, success: true }))
    await using client = clientOf(server.origin)
    return await listTransactions(client)
  }

  test.each([
    ['a long id', [{ ...rowOf(1), id: long }]],
    ['a long type', [{ ...rowOf(1), type: long }]],
    ['a long date', [{ ...rowOf(1), createdAt: `2026-10-01T12:00:00.${'0'.repeat(200)}Z` }]],
    ['more rows than ten pages', Array.from({ length: 1_001 }, (_, index) => rowOf(index))],
  ])('error: %s', async (_, rows) => {
    await expect(read(rows)).rejects.toMatchObject({ code: 'API_MALFORMED' })
  })

  test('behavior: a name that is too long names nothing', async () => {
    const rows = await read([{ ...rowOf(1), modelId: long, requestId: long }])
    expect(rows).toMatchObject([{ modelId: null, requestId: null }])
    expect(await read([{ ...rowOf(1), requestId: long.slice(1) }])).toMatchObject([
      { requestId: long.slice(1) },
    ])
  })
})
