import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

import { generatePrivateKey } from 'viem/accounts'
import { expect, test } from 'vitest'

import { setup, shortVideo } from './support/client.js'

const hasCurl = spawnSync('curl', ['--version']).status === 0
const example = (name: string) => resolve(`examples/${name}.mjs`)
const run = promisify(execFile)

test.runIf(hasCurl)('behavior: curl alone gets from discovery to the video', async () => {
  await using it = await setup()
  const { sandbox } = it
  const folder = await mkdtemp(join(tmpdir(), 'zecchino-curl-'))
  const env = { ...process.env, ZECCHINO_PRIVATE_KEY: generatePrivateKey() }
  const header = async (name: string) =>
    (await run(process.execPath, [example(name), sandbox.apiUrl], { env })).stdout.trim()
  const curl = async (path: string, ...args: string[]) => {
    const all = ['--silent', '--max-time', '20', '--write-out', '\n%{http_code}', ...args]
    const { stdout } = await run('curl', [...all, `${sandbox.url}${path}`])
    const [status, ...lines] = stdout.split('\n').reverse()
    const text = lines.reverse().join('\n')
    return { body: text && (JSON.parse(text) as Record<string, never>), status: Number(status) }
  }
  const json = (body: object) => ['--json', JSON.stringify(body)]

  try {
    const discovery = await curl('/api/v1/video/queue', ...json(shortVideo))
    expect(discovery).toMatchObject({ body: { x402Version: 2 }, status: 402 })

    const signIn = await header('sign-in-header')
    const proof = Buffer.from(signIn.split(' ')[1] ?? '', 'base64').toString()
    const { address } = JSON.parse(proof) as { address: string }
    const balance = await curl(`/api/v1/x402/balance/${address}`, '--header', signIn)
    expect(balance).toMatchObject({ body: { data: { balanceUsd: 0 } }, status: 200 })

    await curl('/__sandbox/fund', ...json({ address, usdc: '5' }))
    const payment = await header('payment-header')
    const paid = await curl('/api/v1/x402/top-up', '--request', 'POST', '--header', payment)
    expect(paid).toMatchObject({ body: { data: { newBalance: 5 } }, status: 200 })

    const queued = await curl(
      '/api/v1/video/queue',
      '--header',
      await header('sign-in-header'),
      ...json(shortVideo),
    )
    expect(queued.status).toBe(200)
    const file = join(folder, 'video.mp4')
    for (let head = ''; head !== 'ftyp';) {
      await curl(
        '/api/v1/video/retrieve',
        '--header',
        await header('sign-in-header'),
        '--output',
        file,
        ...json(queued.body as object),
      )
      head = (await readFile(file)).subarray(4, 8).toString('latin1')
      if (head !== 'ftyp') expect(await readFile(file, 'utf8')).toContain('PROCESSING')
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})
