import * as z from 'zod'

import * as Errors from '../Errors.js'
import { parseJson } from '../internal/base64Json.js'
import * as Proxies from '../Proxies.js'
import { tunnelErrorOf } from './UnreachableError.js'
import { createWire } from './createWire.js'
import { readBody } from './readBody.js'

/** A chain's JSON-RPC, read only. */
export type Wire = {
  close(): Promise<void>
  /** Where it is, as far as it may be said. */
  readonly host?: string | undefined
  /** Sends one call and reads its result as the schema says. */
  request<schema extends z.ZodType>(
    method: string,
    params: readonly unknown[],
    schema: schema,
  ): Promise<z.output<schema>>
}

const Reply = z.object({ error: z.unknown().optional(), result: z.unknown().optional() })

/** The largest answer that is read, in bytes. */
const maxReplyBytes = 1024 * 1024

/**
 * Creates a reader of a chain over JSON-RPC. It carries none of the wallet's credentials and can
 * send nothing that changes the chain. A user name and password in the URL go into a header.
 *
 * @throws {@link RpcError} from `request`, for whatever goes wrong on the way.
 */
export function createRpc({ proxies, url }: createRpc.Options): Wire {
  const wire = createWire({ proxies })
  const { password, username } = new URL(url)
  const target = Object.assign(new URL(url), { password: '', username: '' }).href
  const basic = Buffer.from(decodeURIComponent(`${username}:${password}`)).toString('base64')
  let id = 0
  return {
    close: wire.close,
    host: new URL(url).host,
    async request(method, params, schema) {
      id += 1
      const body = JSON.stringify({ id, jsonrpc: '2.0', method, params })
      const headers = {
        'content-type': 'application/json',
        ...(username && { authorization: `Basic ${basic}` }),
      }
      let isAnswer = false
      try {
        const response = await wire.fetch(target, {
          body,
          deadline: 10_000,
          headers,
          method: 'POST',
          repeatable: true,
          signIn: false,
        })
        const { bytes, isCut } = await readBody(response, maxReplyBytes)
        const reply = Reply.parse(isCut ? undefined : parseJson(bytes.toString('utf8')))
        isAnswer = reply.error !== undefined && reply.error !== null
        if (isAnswer) throw new SyntaxError('the chain answered with an error')
        return schema.parse(reply.result)
      } catch (cause) {
        const via = Proxies.viaOf(proxies, url)
        throw new RpcError({ cause, isAnswer, method, url, via })
      }
    },
  }
}

export declare namespace createRpc {
  type Options = {
    /** What leads out of this network. @default nothing: every host is reached directly */
    proxies?: Proxies.Proxies | undefined
    url: string
  }
}

/** The chain cannot be read. */
export class RpcError extends Errors.BaseError {
  override readonly code = 'API_UNREACHABLE'
  override readonly name = 'RpcError'
  /** Whether the node was reached, and answered that it does not do this. */
  readonly isAnswer: boolean

  constructor(options: {
    cause: unknown
    isAnswer: boolean
    method: string
    url: string
    via?: Proxies.Via | undefined
  }) {
    const { cause, isAnswer, method, url, via } = options
    const tunnel = tunnelErrorOf(cause)
    super('The chain cannot be read.', {
      cause,
      facts: [
        `Host: ${new URL(url).host}`,
        `Method: ${method}`,
        ...(via ? [`Proxy: ${via.shown}, from ${via.from}`] : []),
        ...(tunnel ? [`Reason: ${tunnel.shortMessage}`] : []),
      ],
      hint: tunnel?.hint ?? 'Check ZECCHINO_RPC_URL, or set it to `none` to do without.',
    })
    this.isAnswer = isAnswer
  }
}
