import { type Bug, bug } from './bug.js'

const downloads = { test: 'test/crash/download.test.ts' }
const disk = { test: 'test/crash/disk.test.ts' }
const away = { test: 'test/crash/ledgerAway.test.ts' }
const kept = { test: 'test/crash/kept.test.ts' }
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
  bug('paid bytes thrown away', { ...kept, titles: 'are kept' }, [
    'flows/keepBytes.ts',
    `if (bytes <= maxText && isText`,
    `if (bytes <= maxText || isText`,
  ]),
  bug('the same bytes fetched by the minute', { ...kept, titles: 'behind the link' }, [
    'flows/keptOf.ts',
    `  if (!last || last.seenAt > now) return true`,
    `  if (!last || last.seenAt > now || source === 'link') return true`,
  ]),
  bug('a full disk that nobody is told of', { ...disk, titles: 'a full disk' }, [
    'flows/noteTrouble.ts',
    `if (waits && current.detail !== detail)`,
    `if (waits && current.detail === detail)`,
  ]),
  bug('a full disk told at every try', { ...disk, titles: 'a full disk' }, [
    'flows/noteTrouble.ts',
    `if (waits && current.detail !== detail)`,
    `if (waits && detail !== '')`,
  ]),
  bug('downloaded again for a full disk', { ...disk, titles: 'a full disk' }, [
    'flows/checkFolder.ts',
    `{ bytes: needs, name: job.id }`,
    `{ name: job.id }`,
  ]),
  bug('bought for a full disk', { ...disk, titles: 'nothing is bought' }, [
    'flows/requireRoom.ts',
    `if (((await freeBytes(outputDir)) ?? least) < least)`,
    `if (((await freeBytes(outputDir)) ?? least) < 0)`,
  ]),
  bug('a link used up while the ledger is away', { ...away, titles: 'and the disk takes it' }, [
    'flows/download.ts',
    `startsWith('LEDGER_')) throw error`,
    `startsWith('LEDGERS_')) throw error`,
  ]),
  bug('a folder not tried while the ledger is away', { ...away, titles: 'the disk does not' }, [
    'flows/checkFolder.ts',
    `job.status !== 'ready' && !unsaved`,
    `job.status !== 'ready' && (!unsaved || needs !== 0)`,
  ]),
  bug('a link used up within minutes', { test: 'test/flows/useLink.test.ts' }, [
    'flows/useLink.ts',
    `first * growth ** (uses.count - 1)`,
    `first * 1 ** (uses.count - 1)`,
  ]),
  bug('a link used up by one process after another', { ...kept, titles: 'whoever tries' }, [
    'flows/useLink.ts',
    `await zecchino.ledger.noteJob(job.id, { linkUses: uses })`,
    `await zecchino.ledger.findJob(job.id)`,
  ]),
  bug('a link used up by the rests of a file', { ...kept, titles: 'whoever tries' }, [
    'flows/useLink.ts',
    `return (uses?.count ?? 0) <= rests`,
    `return (uses?.count ?? 0) <= rests * 99`,
  ]),
  bug('a link used up by a proxy that says no', { test: 'test/flows/useLink.test.ts' }, [
    'flows/useLink.ts',
    `return error instanceof UnreachableError && !error.sent`,
    `return error instanceof UnreachableError && error.message === ''`,
  ]),
  bug('any host behind a proxy', { test: 'test/client/fetchDownload.test.ts', titles: 'proxy' }, [
    'client/fetchDownload.ts',
    `own || !proxies || Proxies.isFileHost(proxies, hostname)`,
    `own || !proxies || hostname !== ''`,
  ]),
  bug('no use of a link left for the end', { test: 'test/flows/useLink.test.ts' }, [
    'flows/useLink.ts',
    `if (left <= lastMinutes && age > lastMinutes) return true`,
    `if (left <= 0 && age > lastMinutes) return true`,
  ]),
  bug(
    'another’s video taken for what was bought',
    { test: 'test/crash/disk.test.ts', titles: 'a link to another video' },
    ['flows/download.ts', 'if (!there.isFile()) throw', 'if (!there) throw'],
  ),
]
