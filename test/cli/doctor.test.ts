import { chmodSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { expect, test } from 'vitest'

import * as Answer from '../../src/Answer.js'
import { accountOf } from '../../src/ledgers/accountOf.js'
import * as Network from '../../src/Network.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'
import { control } from '../support/createBuyer.js'
import { runBundled, startSandbox } from '../support/runCli.js'

type Findings = { findings: { check: string; next?: string; says: string; status: string }[] }

const key = '22'.repeat(32)

async function doctor(env: Record<string, string>) {
  const { code, json } = await runBundled(['doctor', '--json'], { env })
  const { findings } = json() as Findings
  return { code, found: Object.fromEntries(findings.map((one) => [one.check, one])) }
}

test('default: everything that a purchase needs is looked at', async () => {
  await using sandbox = await startSandbox()
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const env = {
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_HOME: folder,
    ZECCHINO_PRIVATE_KEY: key,
  }
  await control(sandbox.controlUrl).fund(privateKeyWallet(key).address, '20')
  const { code, found } = await doctor(env)
  expect(code).toBe(0)
  expect(Object.values(found).map(({ check, status }) => [check, status])).toEqual([
    ['configuration', 'ok'],
    ['home', 'warning'],
    ['key', 'warning'],
    ['videos', 'ok'],
    ['media folders', 'ok'],
    ['ledger folder', 'ok'],
    ['wallet and ledger', 'ok'],
    ['policy', 'ok'],
    ['answers', 'ok'],
    ['API', 'ok'],
    ['clock', 'ok'],
    ['sign-in', 'ok'],
    ['chain', 'ok'],
  ])
  expect(found['key']?.next).toContain('/proc')
  expect(found['sign-in']?.says).toBe('credit $0.00, 20 USDC')

  chmodSync(folder, 0o755)
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ maxSpendPerDayUsd: 1, readFiles: [join(folder, 'gone')] }),
  )
  const worse = (await doctor(env)).found
  expect(worse['home']?.next).toBe(`Run: chmod 700 ${folder}`)
  expect(worse['media folders']?.status).toBe('warning')
  expect(worse['sign-in']?.next).toContain('small balance')
})

test('behavior: answers to paid calls that are not on the ledger are told', async () => {
  await using sandbox = await startSandbox()
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const env = {
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_HOME: folder,
    ZECCHINO_PRIVATE_KEY: key,
  }
  await doctor(env)
  const { address } = privateKeyWallet(key)
  const account = accountOf(Network.networks['base-sepolia'], address)
  const answers = join(folder, 'answers', Answer.folderOf(account))
  mkdirSync(answers, { recursive: true })
  const leave = (jobId: string, at: number, { bytes = Answer.bytesOf('x'), told = false } = {}) => {
    const path = join(answers, Answer.fileOf({ jobId, sentAt: new Date(at) }, { told }))
    writeFileSync(path, bytes)
    return path
  }
  leave('job_room', 1_000, { bytes: Answer.roomOf(Buffer.alloc(100)) })
  expect((await doctor(env)).found['answers']).toMatchObject({ status: 'ok' })

  const path = leave('job_1', 2_000)
  leave('job_2', 3_000)
  expect((await doctor(env)).found['answers']).toMatchObject({
    next: expect.stringContaining('zecchino recover') as string,
    says: `2 to paid calls wait beside the ledger, the oldest of 1970-01-01T00:00:02.000Z for job_1: ${path}`,
    status: 'warning',
  })

  const misfit = leave('job_3', 4_000, { told: true })
  expect((await doctor(env)).found['answers']).toMatchObject({
    next: expect.stringContaining('zecchino resolve job_3') as string,
    says: expect.stringContaining(misfit) as string,
    status: 'warning',
  })
})

test('error: what is broken is named, with the next step', async () => {
  await using sandbox = await startSandbox(['--network', 'base'])
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const env = { ZECCHINO_HOME: folder, ZECCHINO_PRIVATE_KEY: key }
  const gone = await doctor({ ...env, ZECCHINO_API_URL: 'http://127.0.0.1:9/api/v1' })
  expect(gone).toMatchObject({ code: 78, found: { API: { status: 'failed' } } })
  expect(gone.found['sign-in']).toBeUndefined()

  const other = await doctor({
    ...env,
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_RPC_URL: sandbox.rpcUrl,
  })
  expect(other.found['chain']).toMatchObject({
    says: expect.stringMatching(
      /^The node at \S+ is of Base \(chain 8453\), not of Base Sepolia\.$/,
    ) as string,
    status: 'failed',
  })

  mkdirSync(join(folder, 'own'))
  writeFileSync(join(folder, 'own', 'config.json'), '{"maxPerVideo": 1}')
  const broken = await doctor({ ...env, ZECCHINO_HOME: join(folder, 'own') })
  expect(broken).toMatchObject({ code: 78, found: { configuration: { status: 'failed' } } })
  expect(Object.keys(broken.found)).toEqual(['configuration'])
})

const disk = (kind: object) => ({
  NODE_OPTIONS: `--import ${resolve('test/support/changeDisk.mjs')}`,
  TEST_DISK: JSON.stringify(kind),
})

test('behavior: what saving a file takes is tried, and nothing of it is left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const home = join(folder, 'home')
  const env = {
    ZECCHINO_API_URL: 'http://127.0.0.1:9/api/v1',
    ZECCHINO_HOME: home,
    ZECCHINO_PRIVATE_KEY: key,
  }
  const there = join(folder, 'there')
  mkdirSync(there)
  const exfat = disk({ folders: 'EINVAL', handles: true, links: 'EPERM' })
  const { found } = await doctor({ ...env, ...exfat, ZECCHINO_OUTPUT_DIR: there })
  expect(found['videos']).toMatchObject({ says: there, status: 'ok' })
  expect(found['ledger folder']).toMatchObject({ status: 'ok' })
  expect(found['wallet and ledger']).toMatchObject({ status: 'ok' })
  expect(readdirSync(there)).toEqual([])
  expect(readdirSync(home).filter((name) => name.includes('doctor'))).toEqual([])

  const open = (await doctor({ ...env, ...disk({ modes: true }), ZECCHINO_OUTPUT_DIR: there }))
    .found
  expect(open['videos']).toMatchObject({
    next: expect.stringContaining('umask'),
    status: 'warning',
  })
  expect(open['ledger folder']).toMatchObject({
    says: `others could read a ledger in ${home}`,
    status: 'failed',
  })

  const missing = join(folder, 'a', 'b')
  const later = (await doctor({ ...env, ZECCHINO_OUTPUT_DIR: missing })).found
  expect(later['videos']?.says).toBe(`${missing} (made at the first video)`)
  expect(readdirSync(folder).toSorted()).toEqual(['home', 'there'])
})

test('error: a folder in which nothing can be saved, and why', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const env = {
    ZECCHINO_API_URL: 'http://127.0.0.1:9/api/v1',
    ZECCHINO_HOME: folder,
    ZECCHINO_OUTPUT_DIR: join(file, 'videos'),
    ZECCHINO_PRIVATE_KEY: key,
  }
  const { code, found } = await doctor(env)
  expect(code).toBe(78)
  expect(found['videos']).toEqual({
    check: 'videos',
    next: 'Move it away, or set ZECCHINO_OUTPUT_DIR to another folder.',
    says: `no video can be saved in ${join(file, 'videos')}: a file stands where the folder should be`,
    status: 'failed',
  })
  expect(found['ledger folder']).toMatchObject({ says: folder, status: 'ok' })
})
