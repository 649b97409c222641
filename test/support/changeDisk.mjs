import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/**
 * Has this process meet a disk, or a runtime, of another kind. `links` is how a hard link fails, as
 * on exFAT; `folders` is how a folder fails to be synced, as on Windows; `handles` takes `sync` away
 * from file handles, as Yarn's Plug'n'Play does; `modes` has everybody read every file, as on disks
 * that keep no permissions. `isOn` tells whether it is so at the moment.
 */
export function changeDisk({ folders, handles, isOn = () => true, links, modes }) {
  if (links) {
    const refuse = (from, to) => failure(links, 'link', { dest: to, path: from })
    const { link, linkSync } = fs
    const { link: linkAsync } = fs.promises
    fs.promises.link = async (from, to) => {
      if (isOn()) throw refuse(from, to)
      return linkAsync(from, to)
    }
    fs.linkSync = (from, to) => {
      if (isOn()) throw refuse(from, to)
      return linkSync(from, to)
    }
    fs.link = (from, to, done) =>
      isOn() ? process.nextTick(done, refuse(from, to)) : link(from, to, done)
  }
  if (folders) {
    const { fsync, fsyncSync } = fs
    const refuses = (fd) => isOn() && fs.fstatSync(fd).isDirectory()
    fs.fsyncSync = (fd) => {
      if (refuses(fd)) throw failure(folders, 'fsync')
      return fsyncSync(fd)
    }
    fs.fsync = (fd, done) =>
      refuses(fd) ? process.nextTick(done, failure(folders, 'fsync')) : fsync(fd, done)
  }
  if (handles) {
    const { open } = fs.promises
    const missing = async () => {
      throw new Error('Method not implemented.')
    }
    fs.promises.open = async (...values) => {
      const handle = await open(...values)
      if (isOn()) Object.assign(handle, { datasync: missing, sync: missing })
      return handle
    }
  }
  if (modes) {
    const { stat } = fs.promises
    fs.promises.stat = async (...values) => {
      const stats = await stat(...values)
      if (isOn()) stats.mode |= 0o055
      return stats
    }
  }
  syncBuiltinESMExports()
}

function failure(code, syscall, facts = {}) {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, errno: -1, syscall, ...facts })
}

// As a preload: `TEST_DISK='{"links":"EPERM"}' node --import <this file>`.
if (process.env.TEST_DISK) changeDisk(JSON.parse(process.env.TEST_DISK))
