import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { expect, test, vi } from 'vitest'

import { listenSandbox } from '../../src/sandbox/index.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { cheap, cheapFlags } from '../support/cheap.js'
import { control } from '../support/createBuyer.js'
import { bundledBin, cleanEnv, runBundled } from '../support/runCli.js'
import { removeFolder } from '../support/removeFolder.js'

vi.setConfig({ testTimeout: 90_000 })

const program = await bundledBin()

/** A wallet with credit, at a sandbox whose jobs take minutes, and a `generate` of it under way. */
async function setup({ flags = [], speed = 0.2 }: { flags?: string[]; speed?: number } = {}) {
  const sandbox = await listenSandbox({ limits: 'none', speed })
  const world = control(sandbox.controlUrl)
  const key = randomBytes(32).toString('hex')
  await world.credit(privateKeyWallet(key).address, '20')
  const env = {
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_HOME: mkdtempSync(join(tmpdir(), 'zecchino-test-')),
    ZECCHINO_PRIVATE_KEY: key,
  }
  const generate = () => {
    const args = [program, 'generate', cheap.model, 'A bell', ...cheapFlags, '--yes', ...flags]
    const child = spawn(process.execPath, args, { env: cleanEnv(env) })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => void (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()))
    const closed = new Promise<object>((done) =>
      child.once('close', (code, signal) => done({ code, signal, stderr, stdout })),
    )
    return {
      child,
      closed,
      /** Waits until it has said something. */
      async says(words: string) {
        while (!stderr.includes(words) && child.exitCode === null) await setTimeout(20)
      },
    }
  }
  const requests = async (path: string) =>
    (await world.state()).requests.filter((one) => one.path.endsWith(path)).length
  return {
    ...world,
    generate,
    /** Waits until Venice has heard so many requests. */
    async heard(path: string, count = 1) {
      while ((await requests(path)) < count) await setTimeout(20)
    },
    list: async () => {
      const { json } = await runBundled(['list', '--json'], { env })
      return (json() as { jobs: { job_id: string; status: string }[] }).jobs
    },
    run: (...args: string[]) => runBundled(args, { env }),
    async [Symbol.asyncDispose]() {
      await sandbox.close()
      removeFolder(env.ZECCHINO_HOME)
    },
  }
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)(
  'behavior: %s while it renders ends the waiting, and tells how to fetch it',
  async (signal, code) => {
    await using scene = await setup()
    const { child, closed, says } = scene.generate()
    await says('rendering')
    const began = performance.now()

    child.kill(signal)

    const ended = await closed
    expect(performance.now() - began).toBeLessThan(10_000)
    const [job] = await scene.list()
    expect(job).toMatchObject({ status: 'queued' })
    expect(ended).toMatchObject({ code, signal: null, stdout: '' })
    expect(ended).toMatchObject({
      stderr: expect.stringMatching(
        new RegExp(
          `\\nStopped waiting\\. The video is paid for, and Venice goes on making it\\. To fetch it, within 24 hours: zecchino retrieve ${job?.job_id}\\n$`,
        ),
      ),
    })
    // Whoever comes next need not wait for a lease to run out.
    await scene.advance(30 * 60_000)
    const fetched = await scene.run('retrieve', job?.job_id ?? '')
    expect(fetched).toMatchObject({ code: 0, stdout: expect.stringContaining('Saved ') })
    expect((await scene.state()).charges).toHaveLength(1)
  },
)

test('behavior: Ctrl-C while the paid call is under way keeps its answer', async () => {
  await using scene = await setup()
  await scene.fault({ kind: 'delay', ms: 2_500, route: 'queue', when: 'after' })
  const { child, closed, says } = scene.generate()
  await says('its answer is awaited')

  child.kill('SIGINT')
  child.kill('SIGINT') // as a wrapper that passes it on: an echo, and no second one

  expect(await closed).toMatchObject({
    code: 130,
    stderr: expect.stringMatching(
      /The paid request is under way, and its answer is waited for; Ctrl-C again ends at once\.\nStopped waiting\. The video is paid for, /,
    ),
  })
  expect(await scene.list()).toMatchObject([{ status: 'queued' }])
})

test('behavior: a second Ctrl-C ends at once', async () => {
  await using scene = await setup()
  await scene.fault({ kind: 'hang', route: 'queue', when: 'after' })
  const { child, closed, says } = scene.generate()
  await says('its answer is awaited')
  child.kill('SIGINT')
  await says('Ctrl-C again ends at once')
  await setTimeout(800)
  const began = performance.now()

  child.kill('SIGINT')

  expect(await closed).toMatchObject({ code: 130 })
  expect(performance.now() - began).toBeLessThan(2_000)
  const [job] = await scene.list()
  expect(job).toMatchObject({ status: 'sending' })
})

test('behavior: with --json it prints one document', async () => {
  await using scene = await setup({ flags: ['--json'] })
  const { child, closed } = scene.generate()
  await scene.heard('/video/retrieve')

  child.kill('SIGINT')

  const ended = (await closed) as { stdout: string }
  const [job] = await scene.list()
  expect(ended).toMatchObject({ code: 130, stderr: '' })
  expect(JSON.parse(ended.stdout)).toEqual({
    job_id: job?.job_id,
    next: expect.stringContaining('It is paid for: do not quote or buy it again.'),
    status: 'queued',
  })
})

test('behavior: whoever reads its words may go away, and the video is saved all the same', async () => {
  await using scene = await setup({ speed: 20 })
  const { child, closed, says } = scene.generate()
  await says('rendering')
  child.stderr.destroy()
  child.stdout.destroy()
  expect(await closed).toMatchObject({ code: 0, signal: null })
  expect((await scene.list()).map(({ status }) => status)).toEqual([
    expect.stringMatching(/^(saved|cleaned)$/),
  ])
})
