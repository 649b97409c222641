import { afterAll, expect, test, vi } from 'vitest'

import { listenSandbox } from '../../src/sandbox/index.js'
import { request, setup } from './support/connect.js'

/** Slow enough to be waited for. */
const sandbox = await listenSandbox({ speed: 20 })
afterAll(() => sandbox.close())
vi.setConfig({ testTimeout: 90_000 })

async function bought({ call }: Awaited<ReturnType<typeof setup>>) {
  const { quote_id } = await call('video_quote', request)
  const { job_id, status } = await call('video_generate', { quote_id })
  expect(status).toBe('queued')
  return job_id as string
}

test('default: a wait tells how far it is, and ends with the file', async () => {
  await using setting = await setup(sandbox)
  const job_id = await bought(setting)
  const first = await setting.call('video_retrieve', { job_id, wait_seconds: 0 })
  expect(first).toMatchObject({ progress: expect.any(Number), status: 'queued' })
  expect(first).not.toHaveProperty('file')

  const heard: { message?: string | undefined; progress: number; total?: number | undefined }[] = []
  const { structuredContent } = await setting.client.callTool(
    { arguments: { job_id, wait_seconds: 50 }, name: 'video_retrieve' },
    undefined,
    { onprogress: (progress) => heard.push(progress) },
  )
  expect(structuredContent).toMatchObject({ file: { codec: 'h264' }, job_id, progress: 1 })
  expect(heard.length).toBeGreaterThan(2)
  expect(heard.map(({ message }) => message).join('\n')).toMatch(/about \d+ s left/)
  const shares = heard.map(({ progress }) => progress)
  expect(shares).toEqual([...new Set(shares)].toSorted((a, b) => a - b))
  for (const { progress, total } of heard) expect(progress).toBeLessThanOrEqual(total ?? 0)
})

test('behavior: a host that gives up on a wait changes nothing about the job', async () => {
  await using setting = await setup(sandbox)
  const job_id = await bought(setting)
  const impatient = new AbortController()
  let heard: () => void = () => {}
  const started = new Promise<void>((resolve) => (heard = resolve))
  const waiting = setting.client.callTool(
    { arguments: { job_id, wait_seconds: 50 }, name: 'video_retrieve' },
    undefined,
    { onprogress: () => heard(), signal: impatient.signal },
  )
  await started
  impatient.abort()
  await expect(waiting).rejects.toThrow()
  await expect(
    setting.client.callTool(
      { arguments: { job_id, wait_seconds: 50 }, name: 'video_retrieve' },
      undefined,
      { timeout: 100 },
    ),
  ).rejects.toThrow('timed out')

  expect(await setting.call('video_retrieve', { job_id, wait_seconds: 50 })).toMatchObject({
    file: { codec: 'h264' },
  })
  expect(await setting.truth()).toEqual({ charges: ['0.14'], jobs: 1, settlements: ['5'] })
})

test('behavior: without anybody waiting the file arrives all the same', async () => {
  await using setting = await setup(sandbox)
  const job_id = await bought(setting)
  const { ledger } = setting.zecchino
  while ((await ledger.findJob(job_id))?.status !== 'cleaned')
    await new Promise((resolve) => setTimeout(resolve, 100))
  expect(await setting.call('video_retrieve', { job_id, wait_seconds: 50 })).toMatchObject({
    file: { codec: 'h264' },
    next: expect.stringContaining('The video is saved'),
  })
})
