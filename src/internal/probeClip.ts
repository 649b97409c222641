import { checkMp4 } from './checkMp4.js'

/**
 * Reads length, shape and frames a second of a video in memory: MP4, MOV or WebM. Nothing is
 * decoded.
 *
 * @throws a plain `Error` whose message is the reason, when it is none with a picture in it.
 */
export async function probeClip(bytes: Buffer, type: string): Promise<probeClip.Facts> {
  if (type !== 'video/webm') await checkMp4(readerOf(bytes), bytes.length)
  const { BufferSource, Input, Logging, LogLevel, MP4, QTFF, WEBM } = await import('mediabunny')
  // It prints what it finds strange, and stdout may belong to a protocol.
  Logging.level = LogLevel.Silent
  using input = new Input({
    formats: [MP4, QTFF, WEBM],
    source: new BufferSource(new Uint8Array(withBrand(bytes, type))),
  })
  try {
    const track = await input.getPrimaryVideoTrack()
    if (!track) throw new Error('it has no video track')
    const seconds = await track.computeDuration()
    const { averagePacketRate: fps } = await track.computePacketStats(100)
    const height = Math.round(await track.getDisplayHeight())
    const width = Math.round(await track.getDisplayWidth())
    if (!(seconds > 0 && height > 0 && width > 0)) throw new Error('it shows nothing')
    return { fps, height, seconds, width }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`damaged or none: ${reason}`, { cause })
  }
}

export declare namespace probeClip {
  type Facts = { fps: number; height: number; seconds: number; width: number }
}

/**
 * A QuickTime file that is older than `ftyp` with one before it: the parser knows files by that box.
 * Where the media lie is wrong then, and nothing here reads them.
 */
function withBrand(bytes: Buffer, type: string): Buffer {
  if (type !== 'video/quicktime' || bytes.toString('latin1', 4, 8) === 'ftyp') return bytes
  return Buffer.concat([Buffer.from('\0\0\0\x14ftypqt  \0\0\0\0qt  ', 'latin1'), bytes])
}

/** Seconds of an MP3; `undefined` when it cannot be read. */
export async function mp3SecondsOf(bytes: Buffer): Promise<number | undefined> {
  const { BufferSource, Input, Logging, LogLevel, MP3 } = await import('mediabunny')
  Logging.level = LogLevel.Silent
  using input = new Input({ formats: [MP3], source: new BufferSource(new Uint8Array(bytes)) })
  try {
    const track = await input.getPrimaryAudioTrack()
    return track ? await track.computeDuration() : undefined
  } catch {
    return undefined // its length stays unknown, which is for the server to judge
  }
}

function readerOf(bytes: Buffer): checkMp4.Reader {
  return {
    async read(buffer, offset, length, position) {
      const bytesRead = bytes.copy(buffer, offset, position, position + length)
      return { bytesRead }
    },
  }
}
