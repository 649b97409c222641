import { existsSync, readFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'

import {
  BufferSource,
  BufferTarget,
  EncodedPacket,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  MP4,
  Mp4OutputFormat,
  Output,
} from 'mediabunny'

import { createLoopCache } from './createLoopCache.js'
import { renderFrame, variants } from './renderFrame.js'

/** What to render. */
export type Job = {
  /** Pixels, even. */
  height: number
  /** Exact length of the file. */
  seconds: number
  /** Chooses the picture. An integer. */
  seed: number
  /** Pixels, even. */
  width: number
}

/** What the thread answers: the file, or why there is none. */
export type Answer = { file: Uint8Array<ArrayBuffer> } | { reason: string }

const framesPerSecond = 24
const framesPerLoop = 36
const maxLoops = 24

/** The encoded frames of one loop, the first of them a key frame. */
type Loop = { config: VideoDecoderConfig; packets: EncodedPacket[] }

const loops = new Map<string, Loop>()

/** What makes the frames: this file, and the picture's where a bundler left it apart. */
const code = [import.meta.url, new URL('renderFrame.js', import.meta.url)]
  .map((url) => new URL(url))
  .filter((url) => existsSync(url))
  .map((url) => readFileSync(url, 'utf8'))
const cache = createLoopCache(code)

// This file is a thread of its own because encoding blocks for up to a second, and because the
// encoder hijacks `uncaughtException` and prints to stdout: here, neither reaches the process.
parentPort?.on('message', (job: Job) => {
  void render(job).then(
    (file) => parentPort?.postMessage({ file } satisfies Answer, [file.buffer]),
    (error: unknown) => parentPort?.postMessage({ reason: String(error) } satisfies Answer, []),
  )
})

async function render(job: Job): Promise<Uint8Array<ArrayBuffer>> {
  const { height, seconds, seed, width } = job
  const { config, packets } = await loopOf({ height, variant: Math.abs(seed) % variants, width })
  const source = new EncodedVideoPacketSource('avc')
  const output = new Output({
    format: new Mp4OutputFormat({ fastStart: 'in-memory' }),
    target: new BufferTarget(),
  })
  output.addVideoTrack(source)
  await output.start()
  const count = Math.ceil(seconds * framesPerSecond)
  for (let index = 0; index < count; index++) {
    const timestamp = index / framesPerSecond
    // The last frame is cut, so that the file is exactly as long as asked.
    const duration = Math.min(1 / framesPerSecond, seconds - timestamp)
    const packet = packets[index % packets.length]?.clone({ duration, timestamp })
    if (packet) await source.add(packet, { decoderConfig: config })
  }
  await output.finalize()
  if (!output.target.buffer) throw new Error('the muxer wrote nothing')
  return new Uint8Array(output.target.buffer)
}

async function loopOf(options: { height: number; variant: number; width: number }): Promise<Loop> {
  const key = JSON.stringify(options)
  const loop = loops.get(key) ?? (await makeLoop(options))
  // Taken out and put in again: the map's order is the order of last use.
  loops.delete(key)
  loops.set(key, loop)
  for (const oldest of loops.keys()) if (loops.size > maxLoops) loops.delete(oldest)
  return loop
}

async function makeLoop(options: {
  height: number
  variant: number
  width: number
}): Promise<Loop> {
  const name = `${options.width}x${options.height}-${options.variant}.mp4`
  const kept = cache.read(name)
  const loop = kept && (await readLoop(kept).catch(() => undefined)) // else it is made anew
  if (loop?.packets.length === framesPerLoop) return loop
  const file = await encodeLoop(options)
  cache.write(name, file)
  return readLoop(file)
}

async function encodeLoop(options: { height: number; variant: number; width: number }) {
  const { height, variant, width } = options
  const { default: encoders } = await import('h264-mp4-encoder')
  const encoder = await encoders.createH264MP4Encoder()
  try {
    encoder.width = width
    encoder.height = height
    encoder.frameRate = framesPerSecond
    encoder.groupOfPictures = framesPerLoop
    encoder.quantizationParameter = 28
    encoder.speed = 10
    encoder.initialize()
    for (let index = 0; index < framesPerLoop; index++)
      encoder.addFrameYuv(renderFrame({ count: framesPerLoop, height, index, variant, width }))
    encoder.finalize()
    return new Uint8Array(encoder.FS.readFile(encoder.outputFilename))
  } finally {
    // The encoder's file system is shared by all encoders and lives in memory.
    encoder.FS.unlink(encoder.outputFilename)
    encoder.delete()
  }
}

async function readLoop(file: Uint8Array<ArrayBuffer>): Promise<Loop> {
  using input = new Input({ formats: [MP4], source: new BufferSource(file) })
  const track = await input.getPrimaryVideoTrack()
  const config = await track?.getDecoderConfig()
  if (!track || !config) throw new Error('the encoder wrote no video track')
  const packets: EncodedPacket[] = []
  // Without verification every packet counts as a key frame, the file has no sync sample table,
  // and seeking shows black.
  const options = { verifyKeyPackets: true }
  for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, options))
    packets.push(packet)
  return { config, packets }
}
