import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { expect, test } from 'vitest'

import type { Entry } from '../../src/cli/hosts.js'
import { readSandboxFile } from '../../src/cli/sandboxFile.js'
import { bin, cleanEnv, runCli } from '../support/runCli.js'

/** A server of a home that runs its own sandbox, and a host's client of it. */
async function startHost({ args, command, env }: Entry) {
  const transport = new StdioClientTransport({ args: [...args], command, env: { ...env } })
  const client = new Client({ name: 'test', version: '0' })
  await client.connect(transport)
  return {
    async call(name: string, input: object = {}) {
      const { structuredContent } = await client.callTool({ name, arguments: { ...input } })
      return structuredContent as Record<string, unknown>
    },
    close: () => client.close(),
    kill: () => process.kill(transport.pid ?? 0, 'SIGKILL'),
  }
}

function setup() {
  const home = join(mkdtempSync(join(tmpdir(), 'zecchino test ')), 'sandbox')
  const env = cleanEnv({ ZECCHINO_HOME: home, ZECCHINO_SANDBOX: 'own' })
  const state = async () => {
    const { apiUrl = '' } = readSandboxFile(home) ?? {}
    const response = await fetch(new URL('/__sandbox/state', apiUrl))
    return (await response.json()) as {
      chain: { transfers: { amount_usdc: string }[] }
      charges: { amount_usd: string }[]
    }
  }
  return { entry: { args: [bin, 'mcp'], command: process.execPath, env }, env, home, state }
}

const request = {
  aspect_ratio: '16:9',
  duration: '5s',
  model: 'seedance-1-5-pro-text-to-video-basic',
  prompt: 'A gold coin spins',
  resolution: '480p',
  audio: false,
}

/** Waits until a sandbox has ended: nothing answers for it any more. */
async function hasEnded(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    await setTimeout(100)
  }
  return false
}

test('default: one line of install, and an agent buys a video; the world outlives host and sandbox', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino test '))
  const main = join(folder, '.zecchino')
  const key = '5ec2e7'.repeat(10).padEnd(64, '0')
  const shell = { HOME: folder, ZECCHINO_HOME: main, ZECCHINO_PRIVATE_KEY: key }
  expect(await runCli(['install', 'cursor', '--sandbox'], { env: shell })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('ask it for a video'),
  })
  const { mcpServers } = JSON.parse(readFileSync(join(folder, '.cursor/mcp.json'), 'utf8')) as {
    mcpServers: { zecchino: Entry }
  }
  const entry = mcpServers.zecchino
  const home = join(main, 'sandbox')
  expect(entry.env).toEqual({
    ZECCHINO_HOME: home,
    ZECCHINO_PROFILE: 'sandbox',
    ZECCHINO_SANDBOX: 'own',
  })

  // What a host hands on besides has no say: its wallet is its own.
  const host = await startHost({ ...entry, env: { ...entry.env, ZECCHINO_PRIVATE_KEY: key } })
  const { quote_id } = await host.call('video_quote', request)
  const { job_id } = await host.call('video_generate', { quote_id })
  const { file, status } = await host.call('video_retrieve', { job_id, wait_seconds: 50 })
  expect(status).toMatch(/saved|cleaned/)
  const { path } = file as unknown as { path: string }
  expect({ isThere: existsSync(path), path }).toEqual({
    isThere: true,
    path: expect.stringContaining(home),
  })
  const before = await host.call('wallet_status')
  const { apiUrl, pid = 0 } = readSandboxFile(home) ?? {}
  host.kill()
  expect(await hasEnded(pid)).toBe(true)

  const again = await startHost(entry)
  const after = await again.call('wallet_status')
  expect(after).toMatchObject({
    address: before['address'],
    credit_usd: before['credit_usd'],
    usdc: before['usdc'],
  })
  expect(readSandboxFile(home)?.apiUrl).toBe(apiUrl)
  const { jobs } = await again.call('video_list')
  expect(jobs).toEqual([expect.objectContaining({ job_id })])
  const second = readSandboxFile(home)?.pid ?? 0
  await again.close()
  expect(await hasEnded(second)).toBe(true)
}, 180_000)

test('behavior: servers that start at once share one world, and go on when it is killed', async () => {
  const { entry, home, state } = setup()
  const hosts = await Promise.all([startHost(entry), startHost(entry), startHost(entry)])
  const wallets = await Promise.all(hosts.map((host) => host.call('wallet_status')))
  expect(new Set(wallets.map(({ address }) => address)).size).toBe(1)
  expect((await state()).chain.transfers).toHaveLength(1) // its play money, once

  const [one, two, three] = hosts
  const quoted = await one?.call('video_quote', request)
  const { job_id } = (await one?.call('video_generate', { quote_id: quoted?.['quote_id'] })) ?? {}
  for (let tries = 0; (await state()).charges.length === 0 && tries < 300; tries += 1)
    await setTimeout(50)
  const { pid = 0 } = readSandboxFile(home) ?? {}
  process.kill(pid, 'SIGKILL')
  one?.kill()
  const found = await two?.call('video_retrieve', { job_id, wait_seconds: 50 })
  expect(found).toMatchObject({ status: expect.stringMatching(/saved|cleaned/) })
  const { chain, charges } = await state()
  expect(chain.transfers.map(({ amount_usdc }) => Number(amount_usdc))).toEqual([100, 5])
  expect(charges).toHaveLength(1)
  expect(readSandboxFile(home)?.pid).not.toBe(pid)

  await two?.close()
  expect(await three?.call('wallet_status')).toMatchObject({ address: wallets[0]?.['address'] })
  const last = readSandboxFile(home)?.pid ?? 0
  await three?.close()
  expect(await hasEnded(last)).toBe(true)
}, 180_000)

test.each([
  ['a home with real money', {}, 'venice.keystore.json', 'the home of a wallet with real money'],
  ['another profile', { ZECCHINO_PROFILE: 'venice' }, undefined, 'it is sandbox'],
  ['a URL', { ZECCHINO_API_URL: 'http://127.0.0.1:1' }, undefined, 'has its own URL'],
  ['another word', { ZECCHINO_SANDBOX: 'yes' }, undefined, 'it is own'],
])('error: %s runs no sandbox', async (_, more, file, why) => {
  const { env, home } = setup()
  mkdirSync(home, { mode: 0o700, recursive: true })
  if (file) writeFileSync(join(home, file), '{}')
  const { code, stderr } = await runCli(['wallet'], { env: { ...env, ...more } })
  expect({ code, stderr }).toEqual({ code: 78, stderr: expect.stringContaining(why) })
  expect(readSandboxFile(home)).toBeUndefined()
})
