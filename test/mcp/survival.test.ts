import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

import { afterAll, expect, test } from 'vitest'

import { listenSandbox } from '../../src/sandbox/index.js'
import { control } from '../support/createBuyer.js'
import { bin } from '../support/runCli.js'
import { request, truthOf } from './support/connect.js'
import { environment, startServer } from './support/startServer.js'

/** Slow enough to be killed in the middle of a job. */
const sandbox = await listenSandbox({ speed: 20 })
afterAll(() => sandbox.close())

type Server = Awaited<ReturnType<typeof startServer>>

/** A funded wallet with a quote. */
async function quoted({ call }: Server) {
  const { address } = (await call('wallet_status')) as unknown as { address: string }
  await control(sandbox.controlUrl).fund(address, '20')
  const { quote_id } = (await call('video_quote', request)) as unknown as { quote_id: string }
  return { address, quote_id }
}

async function saved({ call }: Server, job_id: unknown) {
  for (;;) {
    const answer = await call('video_retrieve', { job_id, wait_seconds: 50 })
    if (answer['file']) return answer['file'] as { path: string }
    expect(['reserved', 'sending', 'queued', 'ready']).toContain(answer['status'])
  }
}

test.concurrent(
  'behavior: a hundred equal calls to two servers on one ledger buy one video',
  { timeout: 90_000 },
  async () => {
    const env = environment(sandbox.apiUrl)
    await using one = await startServer(env)
    await using two = await startServer(env)
    const { address, quote_id } = await quoted(one)
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        (index % 2 ? one : two).call('video_generate', { quote_id }),
      ),
    )
    expect(new Set(answers.map(({ job_id }) => job_id)).size).toBe(1)
    for (const half of [0, 1]) {
      const own = answers.filter((_, index) => index % 2 === half)
      expect(new Set(own.map((answer) => JSON.stringify(answer))).size).toBe(1)
    }
    expect(answers[0]).toMatchObject({ price_usd: '0.14', status: 'queued' })
    await saved(two, answers[0]?.['job_id'])
    expect(await truthOf(sandbox, address)).toEqual({
      charges: ['0.14'],
      jobs: 1,
      settlements: ['5'],
    })
  },
)

test.concurrent(
  'behavior: a server killed in the middle of a job goes on after a restart, unasked',
  { timeout: 90_000 },
  async () => {
    const env = environment(sandbox.apiUrl)
    const first = await startServer(env)
    const { address, quote_id } = await quoted(first)
    const { job_id, status } = await first.call('video_generate', { quote_id })
    expect(status).toBe('queued')
    const waiting = first.call('video_retrieve', { job_id, wait_seconds: 50 })
    const lost = expect(waiting).rejects.toThrow('closed')
    await first.kill()
    await lost

    await using second = await startServer(env)
    const path = join(env['ZECCHINO_HOME'] ?? '', 'videos', `${String(job_id)}.mp4`)
    while (!existsSync(path)) await pause(100)
    expect(await saved(second, job_id)).toMatchObject({ path })
    const again = await second.call('video_generate', { quote_id })
    expect(again['job_id']).toBe(job_id)
    expect(await truthOf(sandbox, address)).toEqual({
      charges: ['0.14'],
      jobs: 1,
      settlements: ['5'],
    })
  },
)

test.concurrent(
  'behavior: a host killed in the middle of a wait takes nothing with it',
  { timeout: 90_000 },
  async () => {
    const env = environment(sandbox.apiUrl)
    const first = await startServer(env)
    const { address, quote_id } = await quoted(first)
    const { job_id } = await first.call('video_generate', { quote_id })
    await first.client.close()

    const args = JSON.stringify({ job_id, wait_seconds: 50 })
    const host = spawn(
      process.execPath,
      ['test/mcp/support/host.mjs', bin, 'video_retrieve', args],
      { env, stdio: ['ignore', 'pipe', 'ignore'] },
    )
    const [line] = (await once(createInterface({ input: host.stdout }), 'line')) as [string]
    const { pid, progress } = JSON.parse(line) as {
      pid: number
      progress: { message: string; progress: number; total: number }
    }
    expect(progress).toMatchObject({ message: expect.any(String), total: 1 })
    host.kill('SIGKILL')
    while (isAlive(pid)) await pause(50)

    await using second = await startServer(env)
    const { path } = await saved(second, job_id)
    expect(readdirSync(join(path, '..')).filter((name) => name.endsWith('.part'))).toEqual([])
    expect(await truthOf(sandbox, address)).toMatchObject({ charges: ['0.14'], jobs: 1 })
  },
)

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // gone, and its parent has noticed
  }
}
