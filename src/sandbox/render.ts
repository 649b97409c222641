import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

import type { Answer, Job } from './renderWorker.js'

/** Makes videos. */
export type Renderer = {
  /** Stops the thread. Renderings under way are rejected, and so is every later one. */
  close(): Promise<void>
  /** Makes a video. The bytes are shared with everyone who asks for the same: do not change them. */
  render(job: Job): Promise<Uint8Array>
}

/** The largest short side, Full HD, and the largest long side, in pixels. */
export const maxSide = { long: 4096, short: 1080 } as const

/** The longest video, in seconds. */
export const maxSeconds = 600

const maxCacheBytes = 64 * 1024 * 1024

/**
 * Creates a renderer of playable, seekable H.264 MP4s: a moving picture, no sound.
 *
 * A thread does the work, one video at a time, and starts with the first one. A few frames are
 * encoded once per size and picture (under a second for 720p, up to two for 1080p) and repeated to any length
 * (milliseconds). Finished files are kept, the least recently used are dropped beyond 64 MB.
 * An idle thread does not keep the process alive. When it dies, the video it was making is
 * rejected and the next one starts a new thread.
 *
 * @example
 * ```ts
 * const renderer = createRenderer()
 * const file = await renderer.render({ height: 720, seconds: 5, seed: 7, width: 1280 })
 * await renderer.close()
 * ```
 */
export function createRenderer(options: createRenderer.Options = {}): Renderer {
  const files = new Map<string, Uint8Array>()
  const pending = new Map<string, Promise<Uint8Array>>()
  let closed = false
  let last: Promise<unknown> = Promise.resolve()
  let worker: Worker | undefined

  const start = () => {
    const started = new Worker(options.worker ?? findWorker())
    // Its output is dropped: the encoder prints, and stdout may belong to a protocol. Unpiped here
    // because the thread's own `stdout: true` keeps the process alive as soon as it prints.
    for (const output of [started.stdout, started.stderr]) output.unpipe().resume()
    const forget = () => {
      if (worker === started) worker = undefined
    }
    // Whoever waits has listeners of its own; when nobody waits, the next video restarts it.
    started.once('error', forget)
    started.once('exit', forget)
    return started
  }

  const run = async (job: Job) => {
    if (closed) throw new Error('the renderer is closed')
    worker ??= start()
    worker.ref()
    try {
      return await answerOf(worker, job)
    } finally {
      worker?.unref()
    }
  }

  const keep = (key: string, file: Uint8Array) => {
    files.set(key, file)
    let bytes = [...files.values()].reduce((sum, { byteLength }) => sum + byteLength, 0)
    for (const [oldest, { byteLength }] of files) {
      if (bytes <= maxCacheBytes) break
      files.delete(oldest)
      bytes -= byteLength
    }
  }

  return {
    async close() {
      closed = true
      files.clear()
      await worker?.terminate()
    },
    async render({ height, seconds, seed, width }) {
      const job = { height, seconds, seed, width }
      check(job)
      const key = JSON.stringify(job)
      const file = files.get(key)
      if (file) {
        files.delete(key)
        files.set(key, file)
        return file
      }
      const same = pending.get(key)
      if (same) return same

      const made = last.then(() => run(job))
      last = made.catch(() => {}) // the next in line does not fail because this one did
      pending.set(key, made)
      try {
        keep(key, await made)
        return await made
      } finally {
        pending.delete(key)
      }
    },
  }
}

export declare namespace createRenderer {
  type Options = {
    /** The thread's JavaScript file. @default the built `sandbox/renderWorker.js` */
    worker?: URL | undefined
  }
}

function check({ height, seconds, seed, width }: Job) {
  const even = [width, height].every((side) => Number.isInteger(side / 2) && side >= 16)
  const fits = Math.min(width, height) <= maxSide.short && Math.max(width, height) <= maxSide.long
  if (!even || !fits) throw new Error(`cannot render ${width} × ${height} pixels`)
  if (!(seconds > 0 && seconds <= maxSeconds)) throw new Error(`cannot render ${seconds} seconds`)
  if (!Number.isSafeInteger(seed)) throw new Error('a seed is an integer')
}

/** Hands over a job and waits for the answer to it: the thread has one job at a time. */
function answerOf(worker: Worker, job: Job): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
    }
    const onMessage = (answer: Answer) => {
      stop()
      if ('file' in answer) resolve(answer.file)
      else reject(new Error(`the video was not rendered: ${answer.reason}`))
    }
    const onError = (cause: unknown) => {
      stop()
      reject(new Error('the rendering thread crashed', { cause }))
    }
    const onExit = () => {
      stop()
      reject(new Error('the rendering thread ended before the video was made'))
    }
    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
    worker.postMessage(job, [])
  })
}

/**
 * Finds the built worker. Beside this module, in a bundle above or beside it, and, where the
 * TypeScript source runs (Node cannot start a thread from it), in the build of the same checkout.
 */
function findWorker(): URL {
  const places = [
    './renderWorker.js',
    './sandbox/renderWorker.js',
    '../sandbox/renderWorker.js',
    '../../dist/sandbox/renderWorker.js',
  ]
  const found = places
    .map((place) => new URL(place, import.meta.url))
    .find((url) => existsSync(url))
  if (!found) throw new Error('dist/sandbox/renderWorker.js is missing: run `npm run build`')
  return found
}
