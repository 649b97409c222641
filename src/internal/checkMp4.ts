/**
 * Checks the skeleton of an MP4 file before a parser takes its word for anything.
 *
 * The file begins with `ftyp`, or as QuickTime files did before that box, every box that matters is
 * complete, there are no more boxes and tracks than a video has, and no table claims more entries than
 * it holds or than a video can have: a parser that believes such a claim runs for minutes. At most one
 * header, of at most 8 MB, is in memory.
 *
 * @throws a plain `Error` whose message is the reason.
 */
export async function checkMp4(handle: checkMp4.Reader, bytes: number): Promise<void> {
  if (bytes === 0) throw new Error('the file is empty')
  const complete = new Set<string>()
  const inner = { boxes: 0, tracks: 0 }
  for (let start = 0, count = 0; start < bytes; count++) {
    if (count === maxBoxes) throw tooMany(maxBoxes, 'boxes')
    const head = await readBytes(handle, start, Math.min(start + 16, bytes))
    const type = head.toString('latin1', 4, 8)
    if (start === 0 && !beginnings.includes(type)) throw new Error(`the file ${beginning(head)}`)
    const size = sizeOf(head, bytes - start)
    if (size === undefined || start + size > bytes) {
      // Whatever follows the header and the media of an ordinary file is of no use to a player.
      const whole = complete.has('moov') && complete.has('mdat') && !complete.has('moof')
      if (whole && !['mdat', 'moof', 'moov'].includes(type)) return
      throw new Error(`the file is cut off after ${bytes} bytes, or damaged`)
    }
    if (type === 'moov' || type === 'moof') {
      if (size > maxHeaderBytes) throw new Error('the file is damaged: its header is too large')
      checkTables(await readBytes(handle, start, start + size), inner)
    }
    complete.add(type)
    start += size
  }
  for (const box of ['moov', 'mdat'])
    if (!complete.has(box)) throw new Error(`the file is cut off or damaged: it has no ${box} box`)
}

export declare namespace checkMp4 {
  /** Where bytes come from: an open file, or memory. */
  type Reader = {
    read(
      buffer: Buffer,
      offset: number,
      length: number,
      position: number,
    ): Promise<{ bytesRead: number }>
  }
}

/** Reads exactly these bytes: fewer mean that the file changed meanwhile. */
export async function readBytes(
  handle: checkMp4.Reader,
  start: number,
  end: number,
): Promise<Buffer> {
  const buffer = Buffer.alloc(end - start)
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, start)
  if (bytesRead !== buffer.length) throw new Error('the file became shorter while it was read')
  return buffer
}

/** More than two hours in fragments of one second have. */
const maxBoxes = 20_000

/** Those inside of headers: as many fragments have a dozen each. */
const maxInnerBoxes = 250_000

/** From `moov` to a table there are five. */
const maxLevels = 16

/** A video has one for its pictures, and some for sound, text and time. */
const maxTracks = 64

/** Four hours of video have less than half. */
const maxHeaderBytes = 8 * 1024 * 1024

/** Pictures or chunks: four hours of video have fewer. */
const maxCount = 1_000_000

const containers = new Set(['edts', 'mdia', 'minf', 'moof', 'moov', 'mvex', 'stbl', 'traf', 'trak'])

/**
 * Where a table has its number of entries, how long one is, and which of its fields count too. In `sums`
 * each entry stands for as many pictures as its first field says.
 */
type Table = { at: number; counts: number[]; entry: number; sums?: true | undefined }

const tables: Record<string, Table> = {
  co64: { at: 4, counts: [], entry: 8 },
  ctts: { at: 4, counts: [0], entry: 8, sums: true },
  elst: { at: 4, counts: [], entry: 12 },
  stco: { at: 4, counts: [], entry: 4 },
  stsc: { at: 4, counts: [0, 4], entry: 12 },
  stsd: { at: 4, counts: [], entry: 8 },
  stss: { at: 4, counts: [0], entry: 4 },
  stsz: { at: 8, counts: [], entry: 4 },
  stts: { at: 4, counts: [0], entry: 8, sums: true },
  stz2: { at: 8, counts: [], entry: 0 },
  trun: { at: 4, counts: [], entry: 0 },
}

/** Walks into a box that is wholly in memory. */
function checkTables(box: Buffer, inner: { boxes: number; tracks: number }, level = 1): void {
  if (level > maxLevels) throw new Error(disorder)
  const children: { content: Buffer; type: string }[] = []
  for (let rest = box.subarray(8); rest.length >= 8;) {
    const size = sizeOf(rest, rest.length)
    if (size === undefined || size > rest.length) throw new Error(disorder)
    const type = rest.toString('latin1', 4, 8)
    inner.boxes += 1
    if (inner.boxes > maxInnerBoxes) throw tooMany(maxInnerBoxes, 'boxes')
    if (type === 'trak') inner.tracks += 1
    if (inner.tracks > maxTracks) throw tooMany(maxTracks, 'tracks')
    if (type in tables) children.push({ content: rest.subarray(8, size), type })
    if (containers.has(type)) checkTables(rest.subarray(0, size), inner, level + 1)
    rest = rest.subarray(size)
  }
  // Uncompressed sound has a sample for each moment, all of one size: numbers without a table.
  const reordered = children.some(({ type }) => type === 'ctts')
  for (const { content, type } of children) {
    const table = tables[type]
    const uniform = type === 'stsz' && content.length >= 12 && content.readUInt32BE(4) !== 0
    if (!table || uniform) continue
    checkTable(
      content,
      type === 'stts' && !reordered ? { ...table, counts: [], sums: undefined } : table,
    )
  }
}

function checkTable(content: Buffer, { at, counts, entry, sums }: Table) {
  if (content.length < at + 4) throw new Error(disorder)
  const count = content.readUInt32BE(at)
  if (count > maxCount || at + 4 + count * entry > content.length) throw new Error(disorder)
  for (const field of counts)
    for (let index = 0; index < count; index++)
      if (content.readUInt32BE(at + 4 + index * entry + field) > maxCount) throw new Error(disorder)
  if (!sums) return
  let sum = 0
  for (let index = 0; index < count; index++) sum += content.readUInt32BE(at + 4 + index * entry)
  if (sum > maxCount) throw new Error(disorder)
}

function tooMany(most: number, what: string): Error {
  return new Error(`the file is damaged: it has over ${most} ${what}`)
}

const disorder = 'the file is damaged: its header contradicts itself'

/** Bytes of a box with its header; `undefined` when the header is not one. */
function sizeOf(head: Buffer, rest: number): number | undefined {
  if (head.length < 8) return undefined
  const short = head.readUInt32BE(0)
  if (short === 0) return rest
  if (short !== 1) return short < 8 ? undefined : short
  const long = head.length < 16 ? 0n : head.readBigUInt64BE(8)
  return long < 16n ? undefined : Number(long)
}

const beginnings = ['ftyp', 'free', 'junk', 'mdat', 'moov', 'pnot', 'skip', 'wide']

function beginning(head: Buffer): string {
  const text = head.toString('latin1').trimStart().toLowerCase()
  if (text.startsWith('<')) return 'is a web page or XML, not an MP4'
  if (text.startsWith('{') || text.startsWith('[')) return 'is JSON, not an MP4'
  return 'does not begin like an MP4'
}
