import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import type { Zecchino } from '../../src/flows/createZecchino.js'
import { writeSidecar } from '../../src/flows/writeSidecar.js'
import type * as Job from '../../src/Job.js'
import * as Network from '../../src/Network.js'
import { version } from '../../src/version.js'
import { clientOf } from '../support/client.js'

const at = new Date('2026-10-01T12:00:00Z')

async function setup() {
  const outputDir = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const client = clientOf('http://127.0.0.1:9', { now: () => at })
  const zecchino = {
    client,
    network: Network.networks['base-sepolia'],
    outputDir,
  } as unknown as Zecchino
  const options: writeSidecar.Options = {
    file: {
      bytes: 9,
      codec: 'h264',
      duration_seconds: 5,
      height: 720,
      path: join(outputDir, 'job_x.mp4'),
      sha256: 'ab'.repeat(32),
      width: 1280,
    },
    job: {
      createdAt: at,
      hash: 'cd'.repeat(32),
      id: 'job_x',
      price: 350_000n,
      queueId: 'queue-1',
      sealedUrl: 'https://files.example/secret',
    } as Job.Job,
    request: { duration: '5s', model: 'wan', prompt: 'A gondola.' },
    warnings: [],
  }
  return {
    options,
    path: join(outputDir, 'job_x.json'),
    read: () => readFileSync(join(outputDir, 'job_x.json'), 'utf8'),
    zecchino,
    async [Symbol.asyncDispose]() {
      await client.close()
      rmSync(outputDir, { recursive: true })
    },
  }
}

test('default: what the video is, for its owner only', async () => {
  await using setting = await setup()
  const { options, path, read, zecchino } = setting

  await writeSidecar(zecchino, options)

  expect(JSON.parse(read())).toEqual({
    job_id: 'job_x',
    model: 'wan',
    prompt: 'A gondola.',
    request: { duration: '5s' },
    request_sha256: 'cd'.repeat(32),
    price_usd: '0.35',
    network: 'eip155:84532',
    queue_id: 'queue-1',
    file: {
      name: 'job_x.mp4',
      bytes: 9,
      codec: 'h264',
      duration_seconds: 5,
      height: 720,
      sha256: 'ab'.repeat(32),
      width: 1280,
    },
    warnings: [],
    requested_at: at.toISOString(),
    saved_at: at.toISOString(),
    made_by: `zecchino ${version}`,
  })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(zecchino.outputDir)).toEqual(['job_x.json'])
})

test('behavior: neither media nor what makes a URL a key is in it', async () => {
  await using setting = await setup()
  const { options, read, zecchino } = setting
  const request = {
    ...options.request,
    elements: [{ frontal_image_url: 'https://me:pass@host.example/a.png?token=secret#x' }],
    image_url: `data:image/png;base64,${'secret'.repeat(1_000)}`,
  }

  await writeSidecar(zecchino, { ...options, request })

  expect(read()).not.toMatch(/secret|pass/)
  expect(JSON.parse(read())).toMatchObject({
    request: {
      elements: [{ frontal_image_url: 'https://host.example/a.png' }],
      image_url: expect.stringMatching(/^image\/png, sha256 of the data URL [0-9a-f]{64}$/),
    },
  })
})

test('behavior: the first one stays', async () => {
  await using setting = await setup()
  const { options, path, read, zecchino } = setting
  writeFileSync(path, 'mine')

  await writeSidecar(zecchino, options)

  expect(read()).toBe('mine')
  expect(readdirSync(zecchino.outputDir)).toEqual(['job_x.json'])
})
