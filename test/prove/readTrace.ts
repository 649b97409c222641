/** What a process did to a file system, in the order in which it was done. */
export type Operation =
  | { kind: 'create'; path: string; truncates: boolean }
  | { kind: 'folder'; path: string }
  | { kind: 'link'; from: string; path: string }
  | { kind: 'unlink'; path: string }
  | { kind: 'rename'; from: string; path: string }
  | { kind: 'truncate'; path: string; size: number }
  /** Without an offset, where the last such write ended. */
  | { kind: 'write'; bytes: Buffer; offset: number | undefined; path: string }
  /** `since`: how many operations were done when it began; only those are safe with it. */
  | { kind: 'sync'; path: string; since: number }

/** System calls that have to be recorded for {@link readTrace} to know everything. */
export const calls = [
  ['open', 'openat', 'creat', 'mkdir', 'mkdirat'],
  ['link', 'linkat', 'unlink', 'unlinkat', 'rename', 'renameat', 'renameat2'],
  ['write', 'writev', 'pwrite64', 'pwritev', 'pwritev2', 'ftruncate', 'truncate', 'fallocate'],
  ['copy_file_range', 'sendfile', 'mmap', 'fsync', 'fdatasync', 'sync_file_range', 'msync'],
].flat()

/**
 * Reads what strace recorded with `-f -y -xx`, as far as it is about files below a folder. Throws
 * at a call that changes files in a way it does not know: better no proof than a wrong one.
 */
export function readTrace(text: string, folder: string): Operation[] {
  const operations: Operation[] = []
  const begun = new Map<string, { call: string; since: number }>()
  for (const line of text.split('\n')) {
    const [, process = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    const unfinished = / <unfinished \.\.\.>$/.exec(rest)
    if (unfinished) {
      const call = rest.slice(0, unfinished.index)
      begun.set(process, { call, since: operations.length })
      continue
    }
    const resumed = /^<\.\.\. \w+ resumed>/.exec(rest)
    const start = resumed ? begun.get(process) : undefined
    const whole = resumed ? `${start?.call ?? ''}${rest.slice(resumed[0].length)}` : rest
    const operation = operationOf(whole, { folder, since: start?.since ?? operations.length })
    if (operation) operations.push(operation)
  }
  return operations
}

function operationOf(
  line: string,
  { folder, since }: { folder: string; since: number },
): Operation | undefined {
  const [, call = '', told = '', result = ''] = /^(\w+)\((.*)\) += (-?\d+)/s.exec(line) ?? []
  if (!call || Number(result) < 0) return undefined
  const texts = [...told.matchAll(/"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/g)]
  const named = texts.map(([, hex = '']) => bytesOf(hex).toString())
  const opened = bytesOf(/^\d+<((?:\\x[0-9a-f]{2})*)>/.exec(told)?.[1] ?? '').toString()
  if (![...named, opened].some((path) => path.startsWith(folder))) return undefined
  const [path = '', other = ''] = named
  switch (call) {
    case 'open':
    case 'openat':
      if (!/O_CREAT|O_TRUNC/.test(told)) return undefined
      return { kind: 'create', path, truncates: told.includes('O_TRUNC') }
    case 'mkdir':
      return { kind: 'folder', path }
    case 'link':
      return { from: path, kind: 'link', path: other }
    case 'rename':
      return { from: path, kind: 'rename', path: other }
    case 'unlink':
      return { kind: 'unlink', path }
    case 'ftruncate':
      return { kind: 'truncate', path: opened, size: Number(/, (\d+)$/.exec(told)?.[1]) }
    case 'write':
    case 'pwrite64': {
      const [, hex = '', cut] = texts[0] ?? []
      const bytes = bytesOf(hex).subarray(0, Number(result))
      if (cut || bytes.byteLength !== Number(result)) throw new UnknownCallError(line)
      const offset = call === 'write' ? undefined : Number(/, (\d+)$/.exec(told)?.[1])
      return { bytes, kind: 'write', offset, path: opened }
    }
    case 'fsync':
    case 'fdatasync':
      return { kind: 'sync', path: opened, since }
    case 'mmap':
      // The index of the log is memory that processes share; no recovery reads it.
      if (!told.includes('MAP_SHARED') || !told.includes('PROT_WRITE')) return undefined
      if (told.includes(Buffer.from('-shm').toString('hex').replaceAll(/../g, '\\x$&')))
        return undefined
  }
  throw new UnknownCallError(line)
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex')
}

class UnknownCallError extends Error {
  constructor(line: string) {
    super(`the trace has a call that cannot be replayed: ${line.slice(0, 200)}`)
  }
}
