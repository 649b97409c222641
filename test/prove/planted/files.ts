import { type Bug, bug } from './bug.js'

const downloads = { test: 'test/crash/download.test.ts' }
const naming = { test: 'test/internal/nameFile.test.ts' }

/** Paid bytes thrown away. */
export const files: readonly Bug[] = [
  bug('no name without hard links', { ...downloads, titles: 'on a disk without links' }, [
    'internal/nameFile.ts',
    `    return takeTurns(part, path, options)`,
    `    if (options.patience === undefined) throw error
    return takeTurns(part, path, options)`,
  ]),
  bug('renamed without a turn', { ...naming, titles: 'of many at once' }, [
    'internal/nameFile.ts',
    `      if (!(await isRivalled(name, path, { patience, since }))) {`,
    `      if (!(await isRivalled(name, path, { patience, since })) || patience > 0) {`,
  ]),
  bug('the claim of a sleeper left to it', { ...naming, titles: 'wakes up with empty hands' }, [
    'internal/nameFile.ts',
    `    if (isOver || isDead(name, owner)) await rm(join(dirname(path), name), { force: true })`,
    `    if (isDead(name, owner)) await rm(join(dirname(path), name), { force: true })
    else if (isOver) rivals += 0`,
  ]),
  bug('synced by what Yarn does not have', { ...downloads, titles: 'both named' }, [
    'internal/syncFile.ts',
    `export async function syncFile({ fd }: Pick<FileHandle, 'fd'>): Promise<void> {
  await syncDescriptor(fd)`,
    `export async function syncFile(file: FileHandle): Promise<void> {
  if (file.fd < 0) await syncDescriptor(file.fd)
  await file.sync()`,
  ]),
  bug('a folder that cannot be synced', { ...downloads, titles: 'both named' }, [
    'internal/syncFolder.ts',
    `  'EINVAL',
`,
    '',
  ]),
  bug('a redirect followed into this machine', { test: 'test/client/fetchDownload.test.ts' }, [
    'client/fetchDownload.ts',
    `    own = checkLink(client, { hops, mayBeOwn: own, url })`,
    `    own = hops > 0 || checkLink(client, { hops, mayBeOwn: own, url })`,
  ]),
  bug('a film taken for an answer by its type', { test: 'test/actions/retrieveVideo.test.ts' }, [
    'actions/retrieveVideo.ts',
    `    if (!isText(head)) return`,
    `    if (!isText(head) && type === '') return`,
  ]),
]
