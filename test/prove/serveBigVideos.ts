import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { listenSandbox } from '../../src/sandbox/index.js'

const chunk = randomBytes(1024 * 1024)

/** What the server tells about a video it has sent. */
export type Sent = { bytes: number; sha256: string }

/**
 * Serves a sandbox whose videos are made as large as wanted, by a box at the end that players skip.
 * They are made while they are sent, so that nobody holds them. A link to a file breaks off half-way
 * the first time, and offers ranges.
 */
export async function serveBigVideos(options: { onSent: (sent: Sent) => void }) {
  let mebibytes = 1
  const begun = new Set<string>()
  const front = createServer((incoming, outgoing) => {
    void relay(incoming, outgoing).catch(() => outgoing.destroy()) // the buyer sees a lost connection
  })
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(front.address() as AddressInfo).port}`
  const sandbox = await listenSandbox({ limits: 'none', origin, speed: 400 })

  async function relay(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { headers, method = 'GET', url = '/' } = incoming
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    const { connection: _, 'content-length': __, range, ...passed } = headers
    const answer = await fetch(sandbox.url + url, {
      ...(parts.length > 0 && { body: Buffer.concat(parts) }),
      headers: passed as Record<string, string>,
      method,
    })
    const body = Buffer.from(await answer.arrayBuffer())
    const {
      'content-encoding': ___,
      'content-length': ____,
      ...kept
    } = Object.fromEntries(answer.headers)
    if (answer.headers.get('content-type') !== 'video/mp4') {
      outgoing.writeHead(answer.status, kept).end(body)
      return
    }
    // A copy that is asked for only to be deleted is not looked at.
    const deleting = parts.join('').includes('delete_media_on_completion')
    await sendPadded(outgoing, { body, deleting, from: fromOf(range), headers: kept, url })
  }

  async function sendPadded(outgoing: ServerResponse, video: Video): Promise<void> {
    const { body, deleting, from, headers, url } = video
    const padding = deleting ? 0 : mebibytes
    const head = Buffer.concat([body, boxOf(padding)])
    const total = head.length + padding * chunk.length
    const isLink = url.includes('/storage/')
    const breaks = isLink && !begun.has(url) && padding > 0
    begun.add(url)
    outgoing.writeHead(from > 0 ? 206 : 200, {
      ...headers,
      'content-length': total - from,
      ...(from > 0 && { 'content-range': `bytes ${from}-${total - 1}/${total}` }),
    })
    const sum = createHash('sha256').update(head)
    let at = head.length
    if (from < at) await write(outgoing, head.subarray(from))
    for (let index = 0; index < padding; index += 1) {
      sum.update(chunk)
      if (breaks && index === padding >> 1) return void outgoing.destroy()
      if (from < at + chunk.length) await write(outgoing, chunk.subarray(Math.max(from - at, 0)))
      at += chunk.length
    }
    outgoing.end()
    if (!deleting) options.onSent({ bytes: total, sha256: sum.digest('hex') })
  }

  return {
    controlUrl: `${origin}/__sandbox`,
    apiUrl: `${origin}/api/v1`,
    /** Makes every video from now on that much larger. */
    grow: (by: number) => (mebibytes = by),
  }
}

type Video = {
  body: Buffer
  deleting: boolean
  /** First byte that is asked for. */
  from: number
  headers: Record<string, string>
  url: string
}

function fromOf(range: string | undefined): number {
  return Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
}

/** The head of a `free` box of so many MiB. */
function boxOf(mebibytes: number): Buffer {
  const head = Buffer.alloc(16)
  head.writeUInt32BE(1, 0)
  head.write('free', 4, 'latin1')
  head.writeBigUInt64BE(BigInt(mebibytes * chunk.length + 16), 8)
  return mebibytes > 0 ? head : Buffer.alloc(0)
}

async function write(outgoing: ServerResponse, bytes: Buffer): Promise<void> {
  if (outgoing.destroyed) throw new Error('nobody reads any more')
  if (outgoing.write(bytes)) return
  await new Promise<void>((resolve) => {
    const go = () => {
      outgoing.off('drain', go).off('close', go)
      resolve()
    }
    outgoing.once('drain', go).once('close', go)
  })
}
