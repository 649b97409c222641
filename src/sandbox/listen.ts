import { createServer, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Address } from 'viem'

import * as Errors from '../Errors.js'
import type * as Network from '../Network.js'
import { createSandbox, type Sandbox } from './createSandbox.js'
import { play, wireOf } from './wire.js'

/** A sandbox that listens on loopback. */
export type Listening = {
  /** Base URL of the API, such as `http://127.0.0.1:4020/api/v1`. */
  apiUrl: string
  asset: Address
  chainId: number
  /** Base URL of the control API. */
  controlUrl: string
  network: Network.Name
  payTo: Address
  /** JSON-RPC of the token's chain. */
  rpcUrl: string
  /** The page for people. */
  url: string
  /** Stops listening, drops open connections, and stops rendering. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a sandbox on loopback.
 *
 * @example
 * ```ts
 * const sandbox = await listenSandbox({ speed: 100 })
 * const response = await fetch(`${sandbox.apiUrl}/models?type=video`)
 * await sandbox.close()
 * ```
 * @throws {@link ListenError} when the port is taken.
 */
export async function listenSandbox(options: listenSandbox.Options = {}): Promise<Listening> {
  const { host = '127.0.0.1', port = 0, ...rest } = options
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new ListenError({ cause, port })))
    server.listen(port, host, resolve)
  })
  const url = `http://${host === '::1' ? '[::1]' : host}:${(server.address() as AddressInfo).port}`
  const sandbox = start({ origin: url, ...rest }, () => server.close())
  server.on('request', handler(sandbox))

  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await Promise.all([closed, sandbox.close()])
  }
  return {
    apiUrl: `${url}/api/v1`,
    asset: sandbox.network.asset,
    chainId: sandbox.network.chainId,
    close,
    controlUrl: `${url}/__sandbox`,
    network: sandbox.network.name,
    payTo: sandbox.payTo,
    rpcUrl: `${url}/__sandbox/rpc`,
    [Symbol.asyncDispose]: close,
    url,
  }
}

export declare namespace listenSandbox {
  type Options = createSandbox.Options & {
    /** Loopback only. @default '127.0.0.1' */
    host?: '127.0.0.1' | '::1' | undefined
    /** 0 takes a free one. @default 0 */
    port?: number | undefined
  }
}

/** Creates the sandbox; when its options are wrong, nothing is left listening. */
function start(options: createSandbox.Options, stop: () => void): Sandbox {
  try {
    return createSandbox(options)
  } catch (error) {
    stop()
    throw error
  }
}

function handler(sandbox: Sandbox) {
  return getRequestListener(
    async (request, { incoming, outgoing }) => {
      const done = new Promise<void>((resolve) => outgoing.once('close', resolve))
      const response = await sandbox.fetch(request, { done, ip: incoming.socket.remoteAddress })
      const wire = wireOf(response)
      if (!wire || !(outgoing instanceof ServerResponse)) return response
      await play(wire, response, outgoing)
      return RESPONSE_ALREADY_SENT
    },
    { overrideGlobalObjects: false },
  )
}

/** The sandbox cannot listen where it should. */
export class ListenError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'Sandbox.ListenError'

  constructor({ cause, port }: { cause: unknown; port: number }) {
    super(`The sandbox cannot listen on port ${port}.`, {
      cause,
      hint: 'Another program may have it: use `--port 0` for a free one.',
    })
  }
}
