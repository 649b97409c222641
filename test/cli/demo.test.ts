import { statSync } from 'node:fs'

import { expect, test } from 'vitest'

import { runCli } from '../support/runCli.js'

test('default: tells the purchase as a story', async () => {
  const { code, stderr, stdout } = await runCli(['demo', '--speed', '100'])
  expect(code).toBe(0)
  const story = stderr
    .replaceAll(/0x[0-9a-fA-F]{6,}…?/g, '0x…')
    .replaceAll(/\/.*\/job_\w+\.mp4/g, '<path>')
    .replaceAll(/job_\w+/g, '<job>')
    .replaceAll(/sha256 \w+/g, 'sha256 <hash>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/\d+ bytes/g, '<n> bytes')
    .split('\n')
    .filter((line) => /^( {3}|\d)/.test(line))
  expect(story).toMatchInlineSnapshot(`
    [
      "1  A wallet instead of an API key: 0x…",
      "   The sandbox gives it 20 USDC of play money on Base Sepolia.",
      "2  seedance-1-5-pro-text-to-video-basic, 5s, 720p, 16:9, no sound",
      "   "A gold coin spins on a wet Venetian stone at dawn, slow push-in."",
      "   costs $0.21; the credit is $0.00.",
      "3  402 Payment Required: $5.00 USDC on Base Sepolia, to 0x…",
      "   Signed: one EIP-3009 TransferWithAuthorization, on record before it leaves:",
      "   $5.00 to 0x…,",
      "   until <time>, nonce 0x…",
      "4  Top-up credited: 0x…",
      "5  Queued, and on record: <job>",
      "6  Saved <path>",
      "   1280×720, 5.00 s, h264, <n> bytes",
      "   sha256 <hash>",
      "7  Receipt: paid 1 × USDC, charged $0.21 once, credit left $4.79.",
      "   The same quote again would answer with the same job and pay nothing.",
    ]
  `)
  expect(statSync(stdout.trim()).size).toBeGreaterThan(10_000)
})

test('options: --json prints one document', async () => {
  const { code, json, stderr } = await runCli(['demo', '--json', '--speed', '100'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(json()).toEqual({
    job_id: expect.stringMatching(/^job_/),
    status: expect.stringMatching(/^(saved|cleaned)$/),
    price_usd: '0.21',
    payments: [
      {
        amount_usd: '5',
        pay_to: expect.stringMatching(/^0x[0-9a-f]{40}$/),
        transaction: expect.stringMatching(/^0x[0-9a-f]{64}$/),
        status: 'credited',
      },
    ],
    credit_usd: '4.79',
    file: {
      path: expect.stringMatching(/\.mp4$/),
      bytes: expect.any(Number),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      duration_seconds: 5,
      width: 1280,
      height: 720,
      codec: 'h264',
    },
  })
})
