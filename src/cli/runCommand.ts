import type { Command } from 'commander'

import type { createClient } from '../client/createClient.js'
import * as Errors from '../Errors.js'
import type { Event } from '../Event.js'
import type { Zecchino } from '../flows/createZecchino.js'
import { harmless, printable } from '../internal/printable.js'
import type { HeldSandbox } from './joinSandbox.js'
import type { Config } from './readConfig.js'

/** What a command may use: options, configuration, and where its words go. */
export type Context = {
  args: readonly string[]
  config(): Promise<Config>
  /** Lines for people on stderr; silent with `--json`. */
  note(line: string): void
  options: Record<string, unknown>
  /** The wallet or API key at work, closed when the command ends. */
  open(options?: {
    onEvent?: (event: Event) => void
    tap?: createClient.Options['tap']
  }): Promise<Zecchino>
  /** The result: JSON on stdout with `--json`, else what the lines say. */
  print(result: object, lines: readonly string[]): void
  json: boolean
  /**
   * What an owner decides about, a line at a time: with `--json` too, on stderr, where the passphrase is asked
   * for. Nobody agrees to what was not there to read.
   */
  show(line: string): void
}

/** What a command does. */
export type Run = (context: Context) => Promise<void>

/** Makes a commander action of a command. */
export function runCommand(load: () => Promise<Run>) {
  return (...parameters: unknown[]): Promise<void> => {
    const command = parameters.at(-1) as Command
    return execute(load, { args: command.args, options: command.optsWithGlobals() })
  }
}

/**
 * Runs a command: errors become one sentence on stderr (or one JSON document on stdout) and the exit
 * status of their row in the table; what was opened is closed.
 */
export async function execute(
  load: () => Promise<Run>,
  { args, options }: Pick<Context, 'args' | 'options'>,
): Promise<void> {
  const json = options['json'] === true
  const verbose = options['verbose'] === true
  let zecchino: Zecchino | undefined
  let read: Promise<Config> | undefined // once: reading takes the secrets out of the environment
  let held: HeldSandbox | undefined
  const config = () => (read ??= readAll())
  const readAll = async () => {
    const { readConfig } = await import('./readConfig.js')
    const found = readConfig()
    if (!found.runsSandbox) return found
    const { joinSandbox } = await import('./joinSandbox.js')
    held = await joinSandbox(found)
    return held.config
  }
  const context: Context = {
    args,
    config,
    json,
    note: (line) => void (json || process.stderr.write(`${harmless(line)}\n`)),
    async open({ onEvent, tap } = {}) {
      const { openZecchino } = await import('./openZecchino.js')
      zecchino = await openZecchino(await config(), {
        onEvent(event) {
          onEvent?.(event)
          if (verbose) process.stderr.write(`${lineOf(event)}\n`)
        },
        tap,
      })
      const { client, payer } = zecchino
      if (payer === 'wallet' && client.hasKey) {
        const Wallet = await import('../Wallet.js')
        context.note(Wallet.wins)
      }
      return zecchino
    },
    options,
    show: (line) => void process.stderr.write(`${harmless(line)}\n`),
    print: (result, lines) =>
      process.stdout.write(`${harmless(json ? JSON.stringify(result) : lines.join('\n'))}\n`),
  }
  // Whoever read this is gone (a pipe, a terminal): that decides about no purchase.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    const run = await load()
    await run(context)
  } catch (error) {
    process.exitCode = report(Errors.from(error), { json, verbose })
  } finally {
    await zecchino?.close()
    held?.close()
  }
}

function report(error: Errors.BaseError, { json, verbose }: { json: boolean; verbose: boolean }) {
  if (json) process.stdout.write(`${harmless(JSON.stringify({ error }))}\n`)
  else process.stderr.write(`${error.code}: ${harmless(error.message)}\n`)
  // A stranger's message may hold secrets: only its kind and place are told.
  if (verbose && error.cause instanceof Error) {
    const place = error.cause.stack?.split('\n').find((line) => line.includes(' at '))
    process.stderr.write(`caused by ${error.cause.name}${place ? ` ${place.trim()}` : ''}\n`)
  }
  return Errors.codes[error.code].exit
}

function lineOf({ type, ...facts }: Event): string {
  const words = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value instanceof Date ? value.toISOString() : String(value)}`)
  return printable(`[${type}] ${words.join(' ')}`)
}
