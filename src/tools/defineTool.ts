import type * as z from 'zod'

import type { Zecchino } from '../flows/createZecchino.js'

/** One operation, described once. The CLI and the MCP server are two ways to call it. */
export type Tool<
  input extends z.ZodObject = z.ZodObject,
  output extends z.ZodObject = z.ZodObject,
> = {
  /** Numbers that are lowered to the largest there may be: how long or how many, never what is bought. */
  capped?: readonly string[] | undefined
  /** Whether `run` checks its input itself, and says more about it than the schema could. */
  checksInput?: boolean | undefined
  /** Begins with the cost, says what to call next. */
  description: string
  input: input
  /** `noun_verb`, in snake case. */
  name: string
  output: output
  /** Whether calling it can move money. Decides the MCP hints and the CLI confirmation. */
  spends: boolean
  title: string
  run(zecchino: Zecchino, input: z.output<input>, context: Context): Promise<z.output<output>>
}

/** What a call may use besides its input. */
export type Context = {
  /** Asks a person through the host, if the host can. Heeded only where the owner chose that. */
  ask?: Ask | undefined
  /** Tells whoever waits how far it is; nothing depends on it being heard. */
  onProgress?: ((progress: Progress) => void) | undefined
  /** Folders for local media instead of the policy's: only where a person names the files. */
  readFiles?: readonly string[] | undefined
  /** Ends the waiting, never the job. */
  signal?: AbortSignal | undefined
}

export type Progress = {
  /** Share done, 0 to 1. */
  done: number
  message: string
  /** What the job waits for, in sentences; then the message is the same. */
  waits?: string | undefined
}

/** Statements that a person confirms one by one, and what has to be read before. */
export type Question = {
  /** Our own words and numbers; whatever comes from outside is made safe to show. */
  message: string
  /** By name: what is said by ticking it. */
  statements: Record<string, string>
}

/**
 * What came of a question: every statement confirmed, a clear no, or anything else. Only the first
 * lets anything happen.
 */
export type Answer = 'confirmed' | 'declined' | 'unanswered'

/** Asks a question. Gives up after `timeout` milliseconds, or when the signal says so. */
export type Ask = (
  question: Question,
  options: { signal?: AbortSignal | undefined; timeout: number },
) => Promise<Answer>

/** Infers the input and output types of a tool from its schemas. */
export function defineTool<const input extends z.ZodObject, const output extends z.ZodObject>(
  tool: Tool<input, output>,
): Tool<input, output> {
  return tool
}
