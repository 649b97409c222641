import { readFileSync } from 'node:fs'

/** What the server says before anybody's wallet matters: the same for every client. */
export type Answers = {
  /** The result of `initialize` at the newest protocol version. */
  initialize: { protocolVersion: string }
  /** The protocol versions that are answered in kind. */
  protocolVersions: readonly string[]
  /** The result of `tools/list`. */
  tools: object
}

/** Reads the answers that the build took down. Without a build there are none. */
export function readAnswers(): Answers | undefined {
  try {
    return JSON.parse(readFileSync(new URL('answers.json', import.meta.url), 'utf8')) as Answers
  } catch {
    return undefined // the server answers for itself, only later
  }
}
