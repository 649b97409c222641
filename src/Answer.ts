import { parseJson } from './internal/base64Json.js'

/**
 * The answer to a paid call, which exists once. Until the ledger has it, it lies sealed in a file
 * beside the ledger: in room that was there before the call was made, named after job and time of
 * sending, and bound to both.
 */
export type Answer = {
  /** A secret link that no other answer carries. */
  downloadUrl?: string | undefined
  jobId: string
  queueId: string
  /** When it came. */
  queuedAt: Date
  /** When the call left that it answers, as it is on the ledger. */
  sentAt: Date
}

/** The call that an answer is to. */
export type Call = Pick<Answer, 'jobId' | 'sentAt'>

/** What a file of answers holds. */
export type Content =
  /** Room for an answer that has not come. */
  | { kind: 'room' }
  /** An answer, sealed for its call. */
  | { kind: 'answer'; sealed: string }
  | { kind: 'unreadable' }

const headers = { answer: 'zecchino answer 1\n', room: 'zecchino room 1\n' } as const

/** Name of the folder for one wallet's answers. */
export function folderOf(account: string): string {
  return account.replace(/[^\w.-]+/g, '-')
}

/** Name of the file for the answer to a call. `told`: the owner knows that it fits no job. */
export function fileOf({ jobId, sentAt }: Call, options: { told?: boolean } = {}): string {
  const { told = false } = options
  return `${encodeURIComponent(jobId)}.${sentAt.getTime()}.${told ? 'told' : 'answer'}`
}

/** Reads the name of such a file. `undefined`: it is none. */
export function callOf(file: string): (Call & { told: boolean }) | undefined {
  const [, job, at, kind] = /^(.+)\.(\d{1,15})\.(answer|told)$/.exec(file) ?? []
  if (job === undefined || at === undefined) return undefined
  const call = { jobId: decodeURIComponent(job), sentAt: new Date(Number(at)) }
  return { ...call, told: kind === 'told' }
}

/** What an answer is sealed for: it opens as nothing but the answer to this call of this wallet. */
export function about(account: string, { jobId, sentAt }: Call): string {
  return ['zecchino answer', account, jobId, sentAt.getTime()].join('\n')
}

/** The text of an answer, to be sealed. */
export function format({ downloadUrl, queueId, queuedAt }: Answer): string {
  return JSON.stringify({ downloadUrl, queueId, queuedAt: queuedAt.toISOString() })
}

/** Reads what {@link format} wrote. `undefined`: it is none. */
export function parse(text: string, { jobId, sentAt }: Call): Answer | undefined {
  const { downloadUrl, queueId, queuedAt } = Object(parseJson(text)) as Record<string, unknown>
  if (typeof queueId !== 'string' || typeof queuedAt !== 'string') return undefined
  if (Number.isNaN(Date.parse(queuedAt))) return undefined
  const link = typeof downloadUrl === 'string' ? downloadUrl : undefined
  return { downloadUrl: link, jobId, queueId, queuedAt: new Date(queuedAt), sentAt }
}

/** Bytes that keep room for an answer. Random, because what repeats may be kept in less. */
export function roomOf(random: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(headers.room), random])
}

/** Bytes of a sealed answer, to be written over the room for it. */
export function bytesOf(sealed: string): Buffer {
  return Buffer.from(`${headers.answer}${sealed}\n`)
}

/** What a file of answers holds. */
export function contentOf(bytes: Buffer): Content {
  const text = bytes.toString('latin1')
  if (text.startsWith(headers.room)) return { kind: 'room' }
  const end = text.indexOf('\n', headers.answer.length)
  if (!text.startsWith(headers.answer) || end < 0) return { kind: 'unreadable' }
  return { kind: 'answer', sealed: text.slice(headers.answer.length, end) }
}
