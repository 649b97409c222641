// Has this process meet disks that fail, for as long as its parent says so. Loaded before the package
// that is proven, so that all of its calls of `node:fs` go through here; those of the database do not.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { constants } from 'node:os'
import { basename, resolve, sep } from 'node:path'

/** Troubles that are there, by name; see `Trouble` in `trouble.ts`. */
const troubles = new Map()
/** Folder of all that may fail. */
let home = '/nonexistent'
/** Paths of files that are open, by number. */
const open = new Map()
/** Their first bytes, as they were written last. */
const heads = new Map()
let synced = () => {}

/** Tells where the disk is, and who hears of files that are on it for sure. */
export function setHome(path, onSync = () => {}) {
  home = path
  synced = onSync
  troubles.clear()
}

/** Has the disk fail in a way, until {@link mendDisk}. */
export const failDisk = (name, trouble) => troubles.set(name, { ...trouble, calls: 0 })

/** Takes one of its failings away. */
export const mendDisk = (name) => troubles.delete(name)

/** Whether a place has a path in it. What the prover keeps for itself never fails. */
function isIn(where, path) {
  if (!path.startsWith(home + sep) || basename(path) === 'signed') return false
  const isVideo = path === `${home}${sep}videos` || path.startsWith(`${home}${sep}videos${sep}`)
  if (where === 'videos') return isVideo
  if (where === 'answers') return path.includes(`${sep}answers`)
  return where === 'all' || !isVideo
}

/** Calls that change something on a disk, and those that need a file or folder to be opened. */
const changes = ['create', 'link', 'mkdir', 'rename', 'rm', 'utimes', 'write']
const opens = ['create', 'open', 'readdir']

/** Which calls fail by a code, where that is not told. */
function callsOf({ calls, code, inodes }) {
  if (calls?.length > 0) return calls
  switch (code) {
    case 'EACCES':
      return ['access', 'create', 'link', 'mkdir', 'rename', 'rm', 'utimes']
    case 'EDQUOT':
    case 'ENOSPC':
      return inodes ? ['create', 'grow', 'link', 'mkdir', 'rename'] : ['grow', 'mkdir']
    case 'EMFILE':
      return opens
    case 'EROFS':
      return ['access', ...changes]
    default:
      return ['fsync', 'fsyncFolder', 'stat', ...changes, ...opens, 'read']
  }
}

/** How a call fails at the moment. `undefined`: it does not. */
function failureOf(call, where, facts = {}) {
  const path = resolve(String(where))
  for (const trouble of troubles.values()) {
    if (!isIn(trouble.where, path)) continue
    const { code, every = 1, fails } = trouble
    const mine = callsOf({ calls: fails, code, inodes: trouble.inodes })
    const names = call === 'write' && facts.grows ? ['write', 'grow'] : [call]
    if (!names.some((name) => mine.includes(name))) continue
    trouble.calls += 1
    if (trouble.calls % every === 0) return { ...trouble, error: errorOf(code, call, path) }
  }
  return undefined
}

const syscalls = {
  create: 'open',
  fsyncFolder: 'fsync',
  readdir: 'scandir',
  rm: 'unlink',
  utimes: 'utime',
}

function errorOf(code, call, path) {
  const syscall = syscalls[call] ?? call
  const errno = -(constants.errno[code] ?? 1)
  return Object.assign(new Error(`${code}: ${syscall} '${path}'`), { code, errno, path, syscall })
}

/** Fails a call, or lets it pass. */
function pass(call, path, facts) {
  const failure = failureOf(call, path, facts)
  if (failure) throw failure.error
}

const openCall = (path, flags) =>
  /[awx]/.test(String(flags ?? 'r')) && !fs.existsSync(path) ? 'create' : 'open'

/** The part of a write that still fits; throws when none does. */
function fitting(file, { at, length }) {
  const path = open.get(file)
  if (path === undefined) return length
  const { size } = real.fstatSync(file)
  const grows = (at ?? size) + length > size
  const failure = failureOf('write', path, { grows })
  if (!failure) return length
  // As much as there was room for, and the next one finds none.
  if (failure.short && grows && length > 1) {
    const trouble = [...troubles.values()].find(({ short }) => short)
    trouble.short = false
    return Math.ceil(length / 2)
  }
  throw failure.error
}

const real = { ...fs, promises: { ...fs.promises } }

fs.openSync = (path, flags, mode) => {
  pass(openCall(path, flags), path)
  const file = real.openSync(path, flags, mode)
  open.set(file, resolve(String(path)))
  return file
}
fs.writeSync = (file, bytes, offset, length, position) => {
  if (typeof bytes === 'string') return real.writeSync(file, bytes, offset, length)
  const wanted = length ?? bytes.byteLength - (offset ?? 0)
  const done = real.writeSync(
    file,
    bytes,
    offset,
    fitting(file, { at: position, length: wanted }),
    position,
  )
  if (position === 0) heads.set(file, Buffer.from(bytes.subarray(0, 16)).toString('latin1'))
  return done
}
fs.closeSync = (file) => {
  open.delete(file)
  heads.delete(file)
  return real.closeSync(file)
}
function passSync(file) {
  const path = open.get(file)
  if (path === undefined) return
  pass(real.fstatSync(file).isDirectory() ? 'fsyncFolder' : 'fsync', path)
}
fs.fsyncSync = (file) => {
  passSync(file)
  real.fsyncSync(file)
  const path = open.get(file)
  if (path !== undefined) synced(path, heads.get(file) ?? '')
}
fs.fsync = (file, done) => {
  try {
    passSync(file)
  } catch (error) {
    return process.nextTick(done, error)
  }
  return real.fsync(file, done)
}

/** Has the functions of a kind fail by the first of their paths. */
function guard(call, ...names) {
  for (const name of names) {
    const sync = real[`${name}Sync`]
    fs[`${name}Sync`] = (path, ...values) => {
      pass(call, path)
      return sync(path, ...values)
    }
    const later = real.promises[name]
    fs.promises[name] = async (path, ...values) => {
      pass(call, path)
      return later(path, ...values)
    }
  }
}
guard('link', 'link')
guard('mkdir', 'mkdir')
guard('readdir', 'readdir')
guard('rename', 'rename')
guard('rm', 'rm', 'unlink')
guard('stat', 'lstat', 'stat')
guard('utimes', 'utimes')

fs.promises.access = async (path, mode = 0) => {
  if (mode & fs.constants.W_OK) pass('access', path)
  return real.promises.access(path, mode)
}
fs.promises.statfs = async (path, ...values) => {
  const stats = await real.promises.statfs(path, ...values)
  const full = [...troubles.values()].find(
    ({ code, silent, where }) => code === 'ENOSPC' && !silent && isIn(where, resolve(String(path))),
  )
  return full ? Object.assign(stats, { bavail: 0, bfree: 0 }) : stats
}
fs.promises.readFile = async (path, ...values) => {
  if (typeof path === 'string') pass('open', path)
  return real.promises.readFile(path, ...values)
}

/** As handles are under Yarn's Plug'n'Play. */
const missing = async () => {
  throw new Error('Method not implemented.')
}

fs.promises.open = async (path, flags, mode) => {
  pass(openCall(path, flags), path)
  const handle = await real.promises.open(path, flags, mode)
  const name = resolve(String(path))
  open.set(handle.fd, name)
  const own = {
    close: handle.close.bind(handle),
    read: handle.read.bind(handle),
    write: handle.write.bind(handle),
    writeFile: handle.writeFile.bind(handle),
  }
  return Object.assign(handle, {
    async close() {
      open.delete(handle.fd)
      return own.close()
    },
    async read(...values) {
      pass('read', name)
      return own.read(...values)
    },
    async write(bytes, offset, length, position) {
      return own.write(bytes, offset, fitting(handle.fd, { at: position, length }), position)
    },
    async writeFile(data, ...values) {
      const length = Buffer.byteLength(data)
      const fits = fitting(handle.fd, { length })
      if (fits === length) return own.writeFile(data, ...values)
      await own.writeFile(Buffer.from(data).subarray(0, fits))
      throw errorOf('ENOSPC', 'write', name)
    },
    ...([...troubles.values()].some(({ handles }) => handles) && {
      datasync: missing,
      sync: missing,
    }),
  })
}
syncBuiltinESMExports()
