import * as Errors from '../Errors.js'

/** Puts what went wrong while a video was saved into words; what is no file trouble stays itself. */
export function fileErrorOf(cause: unknown, place: FileError.Place): Errors.BaseError {
  if (cause instanceof Errors.BaseError) return cause
  return isFileError(cause) ? new FileError({ ...place, cause }) : Errors.from(cause)
}

/** Whether an error comes from the file system, and not from the network. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'errno' in error && 'syscall' in error && !('address' in error)
}

/** Whether it is for want of room that a file cannot be written. */
export function isFull(error: unknown): boolean {
  return ['EDQUOT', 'EFBIG', 'ENOSPC'].includes(String(Object(error).code))
}

/** Why a file cannot be had in a folder, and the owner's way out, as halves of sentences. */
export function troubleOf(cause: unknown): { way: string; why: string } {
  const { code = '', syscall } = Object(cause) as { code?: string; syscall?: string }
  const name = code === 'EEXIST' && syscall === 'mkdir' ? 'ENOTDIR' : code
  const [why, way] = troubles[name] ?? ['the disk refuses it', 'Look at that disk']
  return { way, why }
}

const access = 'Give this user the right to write there'

const troubles: Record<string, readonly [why: string, way: string]> = {
  EACCES: ['this user may not write there', access],
  EDQUOT: ['the quota of this user is used up', 'Free some of it'],
  EEXIST: ['something else has that name', 'Move it away'],
  EFBIG: ['a file of that size is not allowed there', 'Raise the limit'],
  EIO: ['the disk is broken or gone', 'Look at that disk'],
  EMFILE: ['this process has too many files open', 'Raise the limit'],
  ENAMETOOLONG: ['the name would be too long there', 'Make the path shorter'],
  ENFILE: ['this machine has too many files open', 'Raise the limit'],
  ENODEV: ['the disk is broken or gone', 'Look at that disk'],
  ENOENT: ['the folder or the file went away meanwhile', 'Make the folder anew'],
  ENOSPC: ['the disk is full', 'Free space on it'],
  ENOTDIR: ['a file stands where the folder should be', 'Move it away'],
  EPERM: ['this user may not write there', access],
  EROFS: ['the disk is read-only', 'Make it writable'],
}

const unsaved = 'The video cannot be saved'

/** Whether a job says that its video could not be saved. */
export function isUnsaved(detail: string): boolean {
  return detail.startsWith(unsaved)
}

/** What a job says that could not be saved until it was lost; empty for any other. */
export function unsavedWords(detail = ''): string {
  if (!isUnsaved(detail)) return ''
  const [why] = detail.replace(unsaved, 'Until then it could not be saved').split(/\. Reason: /)
  return ` ${why}.`
}

/** A finished video cannot be written here. It stays at the provider. */
export class FileError extends Errors.BaseError {
  override readonly code = 'FILE_FAILED'
  override readonly name = 'FileError'

  constructor({ cause, folder, needs, path, saved }: FileError.Place & { cause: unknown }) {
    const { code = 'error', syscall = 'write' } = Object(cause) as NodeJS.ErrnoException
    const { way, why } = troubleOf(cause)
    const isTaken = code === 'EEXIST' && syscall !== 'mkdir'
    const size = needs !== undefined && isFull(cause) ? `, and it has ${needs} bytes` : ''
    const what = saved
      ? `The video is saved as ${path}, but what belongs beside it cannot be written`
      : `${unsaved} ${isTaken ? `as ${path}` : `in ${folder}`}`
    super(`${what}: ${why}${size}.`, {
      cause,
      facts: [`Reason: ${syscall}: ${code}`],
      hint: `${way}, or set ZECCHINO_OUTPUT_DIR to another folder. It is tried again by itself; until it works, the copy at the provider is left alone.`,
      moneyMoved: 'yes',
    })
  }
}

export declare namespace FileError {
  /** Where it was to be saved. */
  type Place = {
    folder: string
    /** Bytes of the file, as far as they are known. */
    needs?: number | undefined
    /** Its own name. */
    path: string
    /** Whether the video itself is there. */
    saved?: boolean | undefined
  }
}

/** Videos cannot be saved here, and so none is bought. */
export class NoRoomError extends Errors.BaseError {
  override readonly code = 'FILE_FAILED'
  override readonly name = 'NoRoomError'

  constructor({ cause, folder }: { cause: unknown; folder: string }) {
    const { code = 'error', syscall = 'write' } = Object(cause) as NodeJS.ErrnoException
    const { way, why } = troubleOf(cause)
    super(`Nothing was bought, because no video could be saved in ${folder}: ${why}.`, {
      cause,
      facts: [`Reason: ${syscall}: ${code}`],
      hint: `${way}, or set ZECCHINO_OUTPUT_DIR to another folder; then buy again.`,
      moneyMoved: 'no',
    })
  }
}
