/** Media that are real in every byte that is looked at, and as small as can be. */

/** A PNG's header: signature, size, colour type. Filled up to `bytes`. */
export function png(width = 400, height = 400, bytes = 33): Buffer {
  const header = Buffer.alloc(Math.max(bytes, 33))
  header.write('\u0089PNG\r\n\u001a\n', 'latin1')
  header.writeUInt32BE(13, 8)
  header.write('IHDR', 12, 'latin1')
  header.writeUInt32BE(width, 16)
  header.writeUInt32BE(height, 20)
  return header
}

/** A JPEG up to the marker that tells its size, behind a comment. */
export function jpeg(width = 400, height = 400): Buffer {
  const comment = Buffer.from('fffe000461620000', 'hex').subarray(0, 6)
  const frame = Buffer.alloc(30)
  frame.writeUInt16BE(0xffc0)
  frame.writeUInt16BE(17, 2)
  frame.writeUInt16BE(height, 5)
  frame.writeUInt16BE(width, 7)
  return Buffer.concat([Buffer.from('ffd8', 'hex'), comment, frame])
}

/** Silence in a WAV of 100 bytes a second. */
export function wav(seconds: number): Buffer {
  const sound = Buffer.alloc(44 + Math.round(seconds * 100))
  sound.write('RIFF')
  sound.write('WAVEfmt ', 8)
  sound.writeUInt32LE(16, 16)
  sound.writeUInt32LE(100, 28)
  sound.write('data', 36)
  sound.writeUInt32LE(Math.round(seconds * 100), 40)
  return sound
}

/** Silent MP3 frames of MPEG 1, layer III, 128 kbit/s at 44.1 kHz: 26 ms each. */
export function mp3(seconds: number): Buffer {
  const frame = Buffer.alloc(417)
  frame.writeUInt32BE(0xfffb9064)
  return Buffer.concat(Array.from({ length: Math.ceil((seconds * 44_100) / 1152) }, () => frame))
}

/** As a request carries it. */
export function dataUrl(type: string, bytes: Uint8Array): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
}
