import { readFile, rm } from 'node:fs/promises'

import * as z from 'zod'
import { expect, test } from 'vitest'

import { runCli } from '../support/runCli.js'
import { openBrowser, serveFiles, watch } from './support/browser.js'
import { decode, ffprobe, lightAt } from './support/ffmpeg.js'

/** What the demo asks for, as its story says on stderr. */
const asked = { ratio: 16 / 9, seconds: 5 }

/** The contract of `demo --json`. */
const Result = z.strictObject({
  job_id: z.string().min(1),
  status: z.enum(['saved', 'cleaned']),
  price_usd: z.string().regex(/^\d+(\.\d{1,6})?$/),
  payments: z
    .array(
      z.strictObject({
        amount_usd: z.string(),
        pay_to: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
        transaction: z.string().regex(/^0x[0-9a-f]{64}$/),
        status: z.literal('credited'),
      }),
    )
    .length(1),
  credit_usd: z.string(),
  file: z.strictObject({
    path: z.string(),
    bytes: z.int().positive(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    duration_seconds: z.number(),
    width: z.int(),
    height: z.int(),
    codec: z.string(),
  }),
})

test("default: the demo's file plays and seeks in ffmpeg and in Chromium", async () => {
  const run = await runCli(['demo', '--json'])
  expect(run.code, run.stderr).toBe(0)
  const { file } = Result.parse(run.json())
  try {
    const probed = await ffprobe(file.path)
    expect(probed).toMatchObject({ codec: file.codec, height: file.height, width: file.width })
    expect(Math.abs(probed.duration - asked.seconds)).toBeLessThan(0.2)
    expect(Math.abs(file.duration_seconds - asked.seconds)).toBeLessThan(0.2)
    expect(file.width / file.height).toBeCloseTo(asked.ratio, 2)
    const { complaints, frames } = await decode(file.path)
    expect(complaints).toBe('')
    expect(frames).toBeGreaterThan(asked.seconds * 20)
    for (const part of [0.9, 0.1, 0.5])
      expect(await lightAt(file.path, part * asked.seconds)).toBeGreaterThan(16)

    await using server = await serveFiles()
    await using browser = await openBrowser()
    server.files.set('/demo.mp4', await readFile(file.path))
    const page = await browser.newPage()
    await page.goto(server.origin)
    const seen = await watch(page, { jumps: [0.9, 0.1, 0.5], src: '/demo.mp4' })
    expect(seen).toMatchObject({ error: null, height: file.height, width: file.width })
    expect(Math.abs(seen.duration - asked.seconds)).toBeLessThan(0.2)
    expect(seen.played).toBeGreaterThan(0.3)
    for (const shot of seen.shots) {
      expect(shot.at).toBeCloseTo(shot.asked, 1)
      expect(shot.brightest).toBeGreaterThan(100)
    }
  } finally {
    await rm(file.path, { force: true })
  }
})
