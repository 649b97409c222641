import type { Cut } from './createRelay.js'

/** Something that is wrong with a disk or a ledger for a while. */
export type Trouble = DiskTrouble | LedgerTrouble | MovedTrouble | TakenTrouble

/** Calls of the file system of processes fail. */
export type DiskTrouble = {
  /** The error of Node. */
  code: string
  /** Only each so manieth call fails. @default 1 */
  every?: number
  /** Which calls fail. @default those that the error is known from */
  fails?: readonly string[]
  /** The handles of files lack what they lack under Yarn's Plug'n'Play. */
  handles?: boolean
  /** One process alone, as of an open file too many. @default all */
  host?: number
  /** Nothing new can be made either. */
  inodes?: boolean
  kind: 'disk'
  /** The first write that does not fit is cut short. */
  short?: boolean
  /** What is free is not told, as under a quota. */
  silent?: boolean
  where: 'all' | 'answers' | 'home' | 'videos'
}

/** The folder of the videos is taken away, or a file stands in its place. */
export type MovedTrouble = { as: 'file' | 'nothing'; kind: 'moved' }

/** Somebody has a file of his own under the name of each video that is not saved yet. */
export type TakenTrouble = { kind: 'taken' }

/** The ledger is away, as its engine can be. */
export type LedgerTrouble = { kind: 'ledger'; postgres: Cut; sqlite: SqliteTrouble }

/**
 * Another process has locked the file, or brought it up to date, or moved it; or its disk is full, in
 * part or whole, or broken, for writes or for all, or loses what it was told at a commit.
 */
export type SqliteTrouble =
  | 'broken'
  | 'full'
  | 'gone'
  | 'locked'
  | 'lost'
  | 'moved'
  | 'newer'
  | 'pages'
  | 'unopened'
