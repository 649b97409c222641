/** The most boxes that are walked to see what a file is. */
const maxBoxes = 64

/**
 * Media type of a file by what is in it: signatures, and in containers the boxes and tags that come
 * before whatever tells. `undefined` when it is none that anybody takes here.
 */
export function mediaTypeOf(bytes: Buffer): string | undefined {
  const ascii = (start: number, end: number) => bytes.toString('latin1', start, end)
  if (ascii(0, 8) === '\u0089PNG\r\n\u001a\n') return 'image/png'
  if (ascii(0, 3) === '\u00ff\u00d8\u00ff') return 'image/jpeg'
  if (/^GIF8[79]a/.test(ascii(0, 6))) return 'image/gif'
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return 'image/webp'
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WAVE') return 'audio/wav'
  if (ascii(0, 3) === 'ID3')
    return isOtherSound(bytes.subarray(soundAt(bytes))) ? undefined : 'audio/mpeg'
  if (isMp3Frame(bytes)) return 'audio/mpeg'
  if (ascii(0, 5) === '%PDF-') return 'application/pdf'
  if (ascii(0, 4) === '\u001aE\u00df\u00a3')
    return ascii(4, 80).includes('webm') ? 'video/webm' : undefined
  return typeOfBoxes(bytes)
}

/** Where the sound begins: behind all ID3v2 tags (id3.org, 3.1: size in four times seven bits) and padding. */
function soundAt(bytes: Buffer): number {
  let at = 0
  while (bytes.toString('latin1', at, at + 3) === 'ID3' && at + 10 <= bytes.length) {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at + 6, at + 10)
    const hasFooter = ((bytes[at + 5] ?? 0) & 0x10) !== 0
    at += 10 + ((a & 0x7f) << 21) + ((b & 0x7f) << 14) + ((c & 0x7f) << 7) + (d & 0x7f)
    if (hasFooter) at += 10
  }
  while (bytes[at] === 0) at += 1
  return at
}

/** FLAC, AAC in ADTS (layer 0), Ogg, APE or Musepack, which also stand behind an ID3 tag. */
function isOtherSound(bytes: Buffer): boolean {
  const [a = 0, b = 0] = bytes
  if (a === 0xff && (b & 0xf6) === 0xf0) return true
  return /^(fLaC|OggS|MAC |MP\+|MPCK|ADIF|wvpk|TTA1)/.test(bytes.toString('latin1', 0, 4))
}

/** Eleven bits of sync, layer III, and a bit rate and sampling rate that exist. */
function isMp3Frame(bytes: Buffer): boolean {
  const [a = 0, b = 0, c = 0] = bytes
  const rates = (c >> 4) % 15 !== 0 && ((c >> 2) & 3) !== 3
  return a === 0xff && (b & 0xe6) === 0xe2 && ((b >> 3) & 3) !== 1 && rates
}

/** What QuickTime files without `ftyp` begin with: they are older than that box. */
const early = ['free', 'junk', 'mdat', 'moov', 'pnot', 'skip', 'wide']

/** Walks boxes up to the one that tells: `ftyp` by its brands, or a `moov` that has none before it. */
function typeOfBoxes(bytes: Buffer): string | undefined {
  for (let at = 0, count = 0; at + 8 <= bytes.length && count < maxBoxes; count += 1) {
    const type = bytes.toString('latin1', at + 4, at + 8)
    const size = sizeOfBox(bytes, at)
    if (type === 'ftyp') return typeOfBrands(bytes.subarray(at + 8, at + Math.min(size, 512)))
    if (!early.includes(type) || size < 8) return undefined
    if (type === 'moov') return 'video/quicktime'
    at += size
  }
  return undefined
}

function sizeOfBox(bytes: Buffer, at: number): number {
  const size = bytes.readUInt32BE(at)
  if (size === 0) return bytes.length - at
  return size === 1 && at + 16 <= bytes.length ? Number(bytes.readBigUInt64BE(at + 8)) : size
}

/** By the major brand, and where that says no more than “an image”, by those it is compatible with. */
function typeOfBrands(brands: Buffer): string | undefined {
  const known = [...brands.toString('latin1').matchAll(/.{4}/gs)].map(([brand]) => brand)
  const [major = '', , ...compatible] = known
  if (/^(avif|avis)$/.test(major)) return 'image/avif'
  if (/^(hei[cxms]|hev[cxms])$/.test(major)) return 'image/heic'
  if (/^(mif1|mif2|msf1|miaf|MiHB|MiHE|MiPr)$/.test(major))
    return compatible.some((brand) => /^avi[fs]$/.test(brand)) ? 'image/avif' : 'image/heic'
  // Sound alone, raw photographs, and pictures that nobody takes.
  if (/^(M4[ABP] |F4[AB] |crx |jp[2hmx] |j2[ki][s1i]|jxl |vvic|evbi|aax |aaxc)$/.test(major))
    return undefined
  return major === 'qt  ' ? 'video/quicktime' : 'video/mp4'
}
