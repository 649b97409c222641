import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { expect, test } from 'vitest'

import { createMcpServer } from '../../src/mcp/createMcpServer.js'
import { serveHttp } from '../../src/mcp/serveHttp.js'
import { connect, type Person, request, sandboxFor, setup } from './support/connect.js'

const policy = { approveAboveUsd: '0', approveVia: 'elicitation' } as const

test(
  'behavior: over HTTP a person is asked, also when the call has given up, and changes are heard',
  { timeout: 90_000 },
  async () => {
    const sandbox = await sandboxFor()
    await using setting = await setup(sandbox, { policy })
    await using http = await serveHttp({
      authorize: () => 'owner',
      createServer: () => createMcpServer(async () => setting.zecchino),
    })
    let answer: (value: unknown) => void = () => {}
    let shown: () => void = () => {}
    const seen = new Promise<void>((resolve) => (shown = resolve))
    const person: Person = () => {
      shown()
      return new Promise((resolve) => (answer = resolve))
    }
    const { call, client, updated } = await connect(async () => setting.zecchino, {
      person,
      transport: new StreamableHTTPClientTransport(new URL(http.url), {
        requestInit: { headers: { authorization: 'Bearer token' } },
      }) as Transport,
    })
    const { quote_id } = await call('video_quote', request)
    const hurried = new AbortController()
    const first = client.callTool({ arguments: { quote_id }, name: 'video_generate' }, undefined, {
      signal: hurried.signal,
    })
    await seen
    hurried.abort()
    await expect(first).rejects.toThrow()
    const second = call('video_generate', { quote_id })
    answer({ action: 'accept', content: { approve: true } })
    const { job_id, status } = await second
    expect(['queued', 'ready', 'saved', 'cleaned']).toContain(status)

    const uri = `zecchino://jobs/${String(job_id)}`
    await client.subscribeResource({ uri })
    await call('video_retrieve', { job_id, wait_seconds: 50 })
    while (updated.length === 0) await new Promise((resolve) => setTimeout(resolve, 50))
    expect(new Set(updated)).toEqual(new Set([uri]))
    expect(await setting.truth()).toMatchObject({ charges: ['0.14'], jobs: 1 })
    await client.close()
    await sandbox.close()
  },
)
