import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

import { checkMp4, readBytes } from './checkMp4.js'
import { hashFile } from './hashFile.js'

/**
 * Reads what an MP4 file really is: its size, length, shape and sha256.
 *
 * Nothing is decoded and memory does not grow with the file. A file that was cut off is refused even
 * when its header is whole, and so is one whose first or last picture is not where the header says.
 *
 * @throws a plain `Error` whose message is the reason, when the file is not a readable MP4 with a
 * video track.
 */
export async function probeMp4(path: string): Promise<probeMp4.Facts> {
  // What was put there since it was looked at is neither followed nor waited for.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const { size: bytes } = await handle.stat()
    await checkMp4(handle, bytes)
    const track = await readTrack(handle, bytes)
    return { bytes, ...track, sha256: await hashFile(handle) }
  } finally {
    await handle.close()
  }
}

export declare namespace probeMp4 {
  type Facts = {
    bytes: number
    /** As ffprobe names it, such as `h264`. */
    codec: string
    durationSeconds: number
    /** Pixels, as shown: after rotation and with square pixels. */
    height: number
    /** Hex. */
    sha256: string
    width: number
  }
}

async function readTrack(handle: FileHandle, bytes: number) {
  // Loaded here, because it takes longer to load than everything else in a process.
  const { CustomSource, EncodedPacketSink, Input, Logging, LogLevel, MP4, QTFF } =
    await import('mediabunny')
  // It prints what it finds strange, and stdout may belong to a protocol.
  Logging.level = LogLevel.Silent
  const source = new CustomSource({
    getSize: () => bytes,
    handleUnhandledError: () => {}, // of reads that nobody waits for any more
    maxCacheSize: 1024 * 1024,
    prefetchProfile: 'fileSystem',
    read: (start, end) => readBytes(handle, start, end),
  })
  using input = new Input({ formats: [MP4, QTFF], source })
  try {
    const track = await input.getPrimaryVideoTrack()
    if (!track) throw new Error('it has no video track')
    const sink = new EncodedPacketSink(track)
    const packets = [await sink.getFirstPacket(), await sink.getPacket(Number.POSITIVE_INFINITY)]
    if (packets.some((packet) => !packet?.byteLength)) throw new Error('it has no pictures')
    const codec =
      (await track.getCodec()) ?? String((await track.getInternalCodecId()) ?? 'unknown')
    const durationSeconds = await track.computeDuration()
    const width = Math.round(await track.getDisplayWidth())
    const height = Math.round(await track.getDisplayHeight())
    if (!(durationSeconds > 0 && width > 0 && height > 0)) throw new Error('it shows nothing')
    return { codec: names[codec] ?? codec, durationSeconds, height, width }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`the file is not a readable MP4: ${reason}`, { cause })
  }
}

const names: Record<string, string> = { avc: 'h264' }
