import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** What keeps the file of a job from being the whole MP4 that a tool told of; nothing, where it is. */
export function breachOf({ bytes, path, sha256 }) {
  const file = readFileSync(path)
  if (file.length !== bytes) return `the file has ${file.length} bytes, not ${bytes}`
  if (createHash('sha256').update(file).digest('hex') !== sha256) return 'the file is another one'
  const boxes = boxesOf(file)
  const missing = ['ftyp', 'moov', 'mdat'].filter((box) => !boxes.includes(box))
  return missing.length > 0 ? `the file has no whole ${missing.join(' and ')}` : undefined
}

/** The boxes of an MP4, as far as they are whole. */
function boxesOf(file) {
  const boxes = []
  for (let at = 0; at + 8 <= file.length;) {
    const size = file.readUInt32BE(at)
    if (size < 8 || at + size > file.length) break
    boxes.push(file.toString('latin1', at + 4, at + 8))
    at += size
  }
  return boxes
}
