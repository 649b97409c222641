import { type Context, Hono } from 'hono'
import * as z from 'zod'

import * as Money from '../../Money.js'
import { addFaults, InvalidFaultError } from '../addFaults.js'
import { keyId } from '../admit.js'
import { changeModels, InvalidModelError } from '../changeModels.js'
import { revokeConsents } from '../checkConsent.js'
import type { Env } from '../createApp.js'
import { accountOf, post } from '../credit.js'
import { faults } from '../faults.js'
import { loopback } from '../loopback.js'
import { parseBody } from '../parseBody.js'
import { readJson } from '../readJson.js'
import { refuse } from '../refuse.js'
import { serveRange } from '../serveRange.js'
import { viewState } from '../viewState.js'
import { serveRpc } from './serveRpc.js'

const Address = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]{40}$/)])
const Amount = z
  .union([z.string().regex(/^\d{1,9}(\.\d{1,6})?$/), z.number().min(0).max(1e9).transform(String)])
  .transform((text, context) => {
    if (/^\d{1,10}(\.\d{1,6})?$/.test(text)) return Money.parse(text)
    context.addIssue('a decimal number with at most six decimals')
    return z.NEVER
  })

/** Credit has up to eight decimals. */
const Exact = z
  .union([z.string(), z.number().min(0).max(1e9).transform(String)])
  .transform((text, context) => {
    if (/^\d{1,10}(\.\d{1,8})?$/.test(text)) return Money.parseExact(text)
    context.addIssue('a decimal number with at most eight decimals')
    return z.NEVER
  })

const Fund = z.strictObject({ address: Address, usdc: Amount })
const Credit = z.strictObject({
  address: Address.optional(),
  api_key: z.string().min(8).max(200).optional(),
  /** Links the wallet to a Venice account with so much DIEM; `null` takes the link away. */
  diem_usd: Amount.nullable().optional(),
  usd: Exact.optional(),
})
const Revocation = z.strictObject({ address: Address })
const Time = z.strictObject({ advance_ms: z.number().int().min(0).max(1e12) })

/** The control API under `/__sandbox`: what the real world does to a wallet, on demand. */
export function serveControl(): Hono<Env> {
  const app = new Hono<Env>()
  const body = async <Schema extends z.ZodType>(c: Context<Env>, schema: Schema) =>
    parseBody(schema, await readJson(c.req.raw, c.env.trace))

  app.use(async (c, next) => {
    // A page of another site may reach loopback too: browsers say where a request comes from. One whose
    // own name leads here by now says so in its Host, and nobody else has such a name.
    const called = new URL(c.req.url)
    const origin = c.req.header('origin')
    const isOwn = origin === undefined || [c.env.trace.origin, called.origin].includes(origin)
    if (!isOwn || !mayCall(c.env.trace.origin, called.hostname))
      return c.json({ error: 'The control API does not answer other sites' }, 403)
    return next()
  })

  app.get('/state', async (c) => {
    const requests = z.coerce.number().int().min(0).optional().catch(undefined)
    const limit = requests.parse(c.req.query('requests'))
    return c.json(await viewState(c.env.world, { requests: limit }))
  })
  app.get('/time', (c) => c.json({ now: c.env.world.now().toISOString() }))
  app.post('/time', async (c) => {
    const { advance_ms: ms } = await body(c, Time)
    c.env.world.advance(ms)
    return c.json({ now: c.env.world.now().toISOString() })
  })
  app.post('/fund', async (c) => {
    const { address, usdc } = await body(c, Fund)
    const { chain } = c.env.world
    const { transaction } = await chain.mint(address, usdc)
    const balance = Money.format(await chain.balanceOf(address))
    return c.json({ address, transaction, usdc: balance })
  })
  app.post('/credit', async (c) => {
    const { address, api_key: key, diem_usd: diem, usd } = await body(c, Credit)
    const id = address ?? (key && keyId(key))
    if (!id) return refuse(400, { error: 'address or api_key is required' }, 'no address')
    const account = accountOf(c.env.world, id)
    if (diem !== undefined) account.diem = diem ?? undefined
    if (usd) post(c.env.world, account, { amount: usd, isGift: true, type: 'TOP_UP' })
    return c.json({ address: account.id, credit_usd: Money.formatExact(account.credit) })
  })
  app.post('/revoke-consents', async (c) => {
    const { address } = await body(c, Revocation)
    return c.json({
      address,
      revoked: revokeConsents(c.env.world, accountOf(c.env.world, address).id),
    })
  })
  app.get('/faults', (c) => c.json({ faults: c.env.world.faults }))
  app.get('/faults/kinds', (c) =>
    c.json({
      kinds: Object.entries(faults).map(([kind, { does, example }]) => ({ does, example, kind })),
    }),
  )
  app.post('/faults', async (c) => {
    try {
      const added = addFaults(c.env.world, await readJson(c.req.raw, c.env.trace))
      return c.json({ added, faults: c.env.world.faults })
    } catch (error) {
      if (!(error instanceof InvalidFaultError)) throw error
      return c.json({ details: error.facts, error: error.shortMessage }, 400)
    }
  })
  app.post('/models', async (c) => {
    try {
      const input = await readJson(c.req.raw, c.env.trace)
      return c.json({ changed: changeModels(c.env.world.catalogue, input) })
    } catch (error) {
      if (!(error instanceof InvalidModelError)) throw error
      return c.json({ details: error.facts, error: error.shortMessage }, 400)
    }
  })
  app.delete('/faults/:id?', (c) => {
    const { world } = c.env
    const id = c.req.param('id')
    world.faults = id ? world.faults.filter((fault) => fault.id !== id) : []
    return c.json({ faults: world.faults })
  })
  app.post('/reset', (c) => {
    c.env.reset()
    return c.json({ ok: true })
  })
  app.get('/videos/:queue_id', (c) => {
    const media = c.env.world.jobs.get(c.req.param('queue_id'))?.media
    return media ? serveRange(c.req.raw, media) : c.json({ error: 'No such video' }, 404)
  })
  app.post('/rpc', async (c) =>
    serveRpc(c.env.world, await readJson(c.req.raw, c.env.trace), c.env.trace),
  )
  return app
}

function mayCall(origin: string, hostname: string): boolean {
  return [...loopback, new URL(origin).hostname].includes(hostname)
}
