import { Hono } from 'hono'
import * as z from 'zod'

import * as Money from '../../Money.js'
import { keyId } from '../admit.js'
import { accountOf, post } from '../credit.js'
import { parseBody } from '../parseBody.js'
import { readJson } from '../readJson.js'
import { refuse } from '../refuse.js'
import { serveRange } from '../serveRange.js'
import { viewState } from '../viewState.js'
import type { Trace, World } from '../world.js'
import { serveRpc } from './serveRpc.js'

const Address = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]{40}$/)])
const Amount = z
  .union([z.string().regex(/^\d{1,9}(\.\d{1,6})?$/), z.number().min(0).max(1e9).transform(String)])
  .transform((text, context) => {
    if (/^\d{1,10}(\.\d{1,6})?$/.test(text)) return Money.parse(text)
    context.addIssue('a decimal number with at most six decimals')
    return z.NEVER
  })

const Fund = z.strictObject({ address: Address, usdc: Amount })
const Credit = z.strictObject({
  address: Address.optional(),
  api_key: z.string().min(8).max(200).optional(),
  /** Links the wallet to a Venice account with so much DIEM; `null` takes the link away. */
  diem_usd: Amount.nullable().optional(),
  usd: Amount.optional(),
})
const Time = z.strictObject({ advance_ms: z.number().int().min(0).max(1e12) })

/** The control API under `/__sandbox`: what the real world does to a wallet, on demand. */
export function serveControl(
  current: () => World,
  reset: () => void,
): Hono<{ Bindings: { trace: Trace } }> {
  const app = new Hono<{ Bindings: { trace: Trace } }>()
  const body = async <Schema extends z.ZodType>(schema: Schema, request: Request, trace: Trace) =>
    parseBody(schema, await readJson(request, trace))

  app.get('/state', async (c) => {
    const requests = c.req.query('requests')
    return c.json(await viewState(current(), { requests: requests ? Number(requests) : undefined }))
  })
  app.get('/time', (c) => c.json({ now: current().now().toISOString() }))
  app.post('/time', async (c) => {
    const world = current()
    world.advance((await body(Time, c.req.raw, c.env.trace)).advance_ms)
    return c.json({ now: world.now().toISOString() })
  })
  app.post('/fund', async (c) => {
    const { address, usdc } = await body(Fund, c.req.raw, c.env.trace)
    const { chain } = current()
    const { transaction } = await chain.mint(address, usdc)
    const balance = Money.format(await chain.balanceOf(address))
    return c.json({ address, transaction, usdc: balance })
  })
  app.post('/credit', async (c) => {
    const world = current()
    const fields = await body(Credit, c.req.raw, c.env.trace)
    const id = fields.address ?? (fields.api_key && keyId(fields.api_key))
    if (!id) return refuse(400, { error: 'address or api_key is required' }, 'no address')
    const account = accountOf(world, id)
    if (fields.diem_usd !== undefined) account.diem = fields.diem_usd ?? undefined
    if (fields.usd) post(world, account, { amount: fields.usd, type: 'TOP_UP' })
    return c.json({ address: account.id, credit_usd: Money.format(account.credit) })
  })
  app.post('/reset', (c) => {
    reset()
    return c.json({ now: current().now().toISOString() })
  })
  app.get('/videos/:queue_id', (c) => {
    const media = current().jobs.get(c.req.param('queue_id'))?.media
    return media ? serveRange(c.req.raw, media) : c.json({ error: 'No such video' }, 404)
  })
  app.post('/rpc', async (c) => serveRpc(current(), await readJson(c.req.raw, c.env.trace)))
  return app
}
