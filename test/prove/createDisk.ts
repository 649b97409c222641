import { dirname } from 'node:path'

import type { Operation } from './readTrace.js'

/** What a disk holds: names, and the bytes behind them. */
export type Image = ReadonlyMap<string, Buffer>

type Change = { at: number; bytes: Buffer; offset: number } | { at: number; size: number }

/** A file: the bytes that are safe, and what was changed since. */
type Node = { changes: Change[]; durable: Buffer; end: number }

/** Disks write sectors whole, or not at all. */
const sector = 512

/**
 * A disk that loses power. It knows what is safe, by the letter of POSIX: bytes after a sync of
 * their file, names after a sync of their folder; a folder's own name is one in its parent.
 *
 * @param options.root A folder that is there from the start.
 */
export function createDisk({ root }: { root: string }) {
  const live = new Map<string, Node>([[root, folder()]])
  const safe = new Map(live)
  let done = 0

  const nodeOf = (path: string): Node | undefined => live.get(path)
  function change(path: string, made: (node: Node) => Change): void {
    // A file that has no name any more cannot come back.
    const node = nodeOf(path.replace(/ \(deleted\)$/, ''))
    node?.changes.push(made(node))
  }
  function sync(path: string, since: number): void {
    const node = nodeOf(path)
    if (!node) return
    if (node.end < 0) {
      for (const name of safe.keys()) if (dirname(name) === path) safe.delete(name)
      for (const [name, node] of live) if (dirname(name) === path) safe.set(name, node)
      return
    }
    node.durable = node.changes.filter(({ at }) => at < since).reduce(applied, node.durable)
    node.changes = node.changes.filter(({ at }) => at >= since)
  }
  function reaches(names: ReadonlyMap<string, Node>, path: string): boolean {
    return path === root || (names.has(path) && reaches(names, dirname(path)))
  }
  function image(names: ReadonlyMap<string, Node>, read: (node: Node) => Buffer): Image {
    const files = [...names].filter(([path, { end }]) => end >= 0 && reaches(names, path))
    return new Map(files.map(([path, node]) => [path, read(node)]))
  }

  return {
    /** Does what a process did. */
    apply(operation: Operation): void {
      const { kind, path } = operation
      const at = done
      done += 1
      switch (kind) {
        case 'create':
          if (!nodeOf(path)) live.set(path, { changes: [], durable: Buffer.alloc(0), end: 0 })
          if (operation.truncates) change(path, () => ({ at, size: 0 }))
          Object.assign(nodeOf(path) ?? {}, { end: 0 })
          return
        case 'folder':
          live.set(path, folder())
          return
        case 'link':
        case 'rename': {
          const node = nodeOf(operation.from)
          if (node) live.set(path, node)
          if (kind === 'rename') live.delete(operation.from)
          return
        }
        case 'unlink':
          live.delete(path)
          return
        case 'truncate':
          return change(path, () => ({ at, size: operation.size }))
        case 'write':
          return change(path, (node) => {
            const offset = operation.offset ?? node.end
            if (operation.offset === undefined) node.end += operation.bytes.byteLength
            return { at, bytes: operation.bytes, offset }
          })
        case 'sync':
          sync(path, operation.since)
      }
    },
    /** All that was done is there, synced or not. */
    everything: (): Image =>
      image(live, ({ changes, durable }) => changes.reduce(applied, durable)),
    /** Only what was synced is there. */
    synced: (): Image => image(safe, ({ durable }) => durable),
    /** What was synced is there, and of the rest what chance lets through, sector by sector. */
    torn(dice: () => number): Image {
      const names = new Map(safe)
      for (const [path, node] of live) if (dice() < 0.5) names.set(path, node)
      for (const path of safe.keys()) if (!live.has(path) && dice() < 0.5) names.delete(path)
      return image(names, ({ changes, durable }) =>
        changes.flatMap((change) => torn(change, dice)).reduce(applied, durable),
      )
    },
  }
}

function folder(): Node {
  return { changes: [], durable: Buffer.alloc(0), end: -1 }
}

function applied(bytes: Buffer, change: Change): Buffer {
  if ('size' in change) {
    const kept = bytes.subarray(0, change.size)
    return Buffer.concat([kept, Buffer.alloc(change.size - kept.byteLength)])
  }
  const size = Math.max(bytes.byteLength, change.offset + change.bytes.byteLength)
  const next = Buffer.concat([bytes, Buffer.alloc(size - bytes.byteLength)])
  change.bytes.copy(next, change.offset)
  return next
}

/** The parts of a change that reach the disk. */
function torn(change: Change, dice: () => number): Change[] {
  if ('size' in change) return dice() < 0.5 ? [change] : []
  const { at, bytes, offset } = change
  const parts: Change[] = []
  for (let from = 0; from < bytes.byteLength;) {
    const to = Math.min(bytes.byteLength, from + sector - ((offset + from) % sector))
    if (dice() < 0.5) parts.push({ at, bytes: bytes.subarray(from, to), offset: offset + from })
    from = to
  }
  return parts
}
