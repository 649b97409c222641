import * as z from 'zod'

import * as Errors from '../Errors.js'
import { parseJson } from '../internal/base64Json.js'
import { createWire } from './createWire.js'

/** A chain's JSON-RPC, read only. */
export type Wire = {
  close(): Promise<void>
  request(method: string, params: readonly unknown[]): Promise<unknown>
}

const Reply = z.object({ error: z.looseObject({}).optional(), result: z.unknown() })

/**
 * Creates a reader of a chain over JSON-RPC. It carries no credentials and can send nothing that
 * changes the chain.
 */
export function createRpc({ url }: { url: string }): Wire {
  const wire = createWire()
  let id = 0
  return {
    close: wire.close,
    async request(method, params) {
      id += 1
      const body = JSON.stringify({ id, jsonrpc: '2.0', method, params })
      const headers = { 'content-type': 'application/json' }
      try {
        const response = await wire.fetch(url, {
          body,
          deadline: 10_000,
          headers,
          method: 'POST',
          repeatable: true,
          signIn: false,
        })
        const reply = Reply.parse(parseJson(await response.text()))
        if (reply.error) throw new SyntaxError('the chain answered with an error')
        return reply.result
      } catch (cause) {
        throw new RpcError({ cause, method, url })
      }
    },
  }
}

/** The chain cannot be read. */
export class RpcError extends Errors.BaseError {
  override readonly code = 'API_UNREACHABLE'
  override readonly name = 'RpcError'

  constructor({ cause, method, url }: { cause: unknown; method: string; url: string }) {
    super('The chain cannot be read.', {
      cause,
      facts: [`Host: ${new URL(url).host}`, `Method: ${method}`],
      hint: 'Check ZECCHINO_RPC_URL, or set it to `none` to do without.',
    })
  }
}
