/** What a video file says about itself. */
export type Source = { fps: number; height: number; seconds: number; width: number }

/** Bytes of a data URL; `undefined` for anything else. */
export function bytesOf(url: string): Buffer | undefined {
  const data = /^data:[^,]*?(;base64)?,/i.exec(url)
  if (!data) return undefined
  const text = url.slice(data[0].length)
  if (data[1]) return Buffer.from(text, 'base64')
  // Escapes stand for bytes, of which most media hold some that are no text.
  const bytes = Buffer.from(text, 'utf8').toString('latin1')
  const unescaped = bytes.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  )
  return Buffer.from(unescaped, 'latin1')
}

/** Width and height of a PNG, GIF, JPEG or WebP; `undefined` when it is none of them. */
export function imageSizeOf(bytes: Buffer): { height: number; width: number } | undefined {
  const ascii = (start: number, end: number) => bytes.toString('latin1', start, end)
  if (bytes.length < 30) return undefined
  if (ascii(1, 4) === 'PNG')
    return { height: bytes.readUInt32BE(20), width: bytes.readUInt32BE(16) }
  if (ascii(0, 4) === 'GIF8') return { height: bytes.readUInt16LE(8), width: bytes.readUInt16LE(6) }
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return webpSizeOf(bytes)
  if (bytes.readUInt16BE(0) !== 0xffd8) return undefined
  for (let at = 2; at + 9 < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at)
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf
    if (marker < 0xff00 || marker === 0xffda) return undefined
    if (isFrame && ![0xffc4, 0xffc8, 0xffcc].includes(marker))
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
  }
  return undefined
}

function webpSizeOf(bytes: Buffer): { height: number; width: number } | undefined {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { height: bytes.readUInt16LE(28) & 0x3fff, width: bytes.readUInt16LE(26) & 0x3fff }
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21)
      return { height: ((bits >> 14) & 0x3fff) + 1, width: (bits & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { height: bytes.readUIntLE(27, 3) + 1, width: bytes.readUIntLE(24, 3) + 1 }
    default:
      return undefined
  }
}

/** Seconds of a WAV with PCM in it; `undefined` when it is something else. */
export function wavSecondsOf(bytes: Buffer): number | undefined {
  if (bytes.length < 44 || bytes.toString('latin1', 0, 4) !== 'RIFF') return undefined
  const data = bytes.indexOf('data', 12, 'latin1')
  const perSecond = bytes.readUInt32LE(28)
  if (data < 0 || perSecond === 0 || data + 8 > bytes.length) return undefined
  return Math.min(bytes.readUInt32LE(data + 4), bytes.length - data - 8) / perSecond
}

/** Reads an MP4, MOV or WebM; `undefined` when it is not one with a picture. */
export async function probeVideo(bytes: Buffer): Promise<Source | undefined> {
  // Loaded here: it is big, and most jobs have no source.
  const { BufferSource, Input, MP4, QTFF, WEBM } = await import('mediabunny')
  const source = new BufferSource(Uint8Array.from(bytes))
  using input = new Input({ formats: [MP4, QTFF, WEBM], source })
  try {
    const track = await input.getPrimaryVideoTrack()
    if (!track) return undefined
    const [seconds, height, width, { averagePacketRate: fps }] = [
      await track.computeDuration(),
      Math.round(await track.getDisplayHeight()),
      Math.round(await track.getDisplayWidth()),
      await track.computePacketStats(100),
    ]
    return seconds > 0 && height > 0 && width > 0 ? { fps, height, seconds, width } : undefined
  } catch {
    return undefined // whatever is wrong with it, it is not a video
  }
}
