import { createHash } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { nameFile } from '../internal/nameFile.js'
import { syncFile } from '../internal/syncFile.js'
import type * as Job from '../Job.js'
import * as Money from '../Money.js'
import type * as Video from '../Video.js'
import { version } from '../version.js'
import type { Zecchino } from './createZecchino.js'

/**
 * Writes what a video is beside it, as `<job>.json`: prompt, model, price, hashes, times. Whole or
 * absent, and never overwritten; the first one stays. It holds no link to the file and no secret:
 * media that came with the request are named by hash, and URLs lose what may be a key.
 *
 * The caller syncs the folder. Resolves with the path.
 */
export async function writeSidecar(
  zecchino: Zecchino,
  options: writeSidecar.Options,
): Promise<string> {
  const { client, network, outputDir, payer } = zecchino
  const { file, job, request, warnings } = options
  const { path, ...facts } = file
  const { model, negative_prompt, prompt, ...rest } = request
  const text = JSON.stringify(
    {
      job_id: job.id,
      model,
      prompt,
      negative_prompt,
      request: describe(rest),
      request_sha256: job.hash,
      price_usd: Money.format(job.price),
      network: payer === 'key' ? undefined : network.caip2,
      queue_id: job.queueId,
      file: { name: basename(path), ...facts },
      warnings,
      requested_at: job.createdAt,
      sent_at: job.sentAt,
      queued_at: job.queuedAt,
      saved_at: client.now(),
      made_by: `zecchino ${version}`,
    },
    null,
    2,
  )
  const part = join(outputDir, `${job.id}.${client.randomHex(6)}.part`)
  try {
    const handle = await open(part, 'wx', 0o600)
    try {
      await handle.writeFile(`${text}\n`)
      await syncFile(handle)
    } finally {
      await handle.close()
    }
    const sidecar = join(outputDir, `${job.id}.json`)
    await nameFile(part, sidecar)
    return sidecar
  } finally {
    await rm(part, { force: true })
  }
}

export declare namespace writeSidecar {
  type Options = {
    file: Video.Facts & { path: string }
    job: Job.Job
    request: Video.Request
    warnings: readonly string[]
  }
}

/** The request without the media in it, and without what makes a URL a key. */
function describe(value: unknown): unknown {
  if (typeof value === 'string') return describeText(value)
  if (Array.isArray(value)) return value.map(describe)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, describe(one)]))
}

function describeText(text: string): string {
  if (text.startsWith('data:')) {
    const type = /^data:([\w.+-]+\/[\w.+-]+)/.exec(text)?.[1] ?? 'data'
    return `${type}, sha256 of the data URL ${createHash('sha256').update(text).digest('hex')}`
  }
  if (!/^https?:/i.test(text) || !URL.canParse(text)) return text
  const { host, pathname, protocol } = new URL(text)
  return `${protocol}//${host}${pathname}`
}
