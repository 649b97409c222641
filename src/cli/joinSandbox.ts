import { spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import * as Errors from '../Errors.js'
import type { Config } from './readConfig.js'
import { readSandboxFile, type SandboxFile } from './sandboxFile.js'

/** A sandbox that runs for as long as it is held. */
export type HeldSandbox = {
  close(): void
  /** With the URLs of that sandbox. */
  config: Config
}

/** How long a sandbox may take to start, and when another start is tried, in milliseconds. */
const limits = { start: 60_000, again: 5_000 }

/**
 * Joins the sandbox that this home runs by itself, and starts it if it does not run. It is held until it is
 * closed or this process is gone; when it goes away meanwhile, it is started again, with the world it had.
 *
 * @throws {@link OwnSandboxError}
 */
export async function joinSandbox(config: Config): Promise<HeldSandbox> {
  let closed = false
  let holder: Socket
  const hold = async (): Promise<SandboxFile> => {
    const found = await findOrStart(config)
    holder = found.socket
    holder.unref().once('close', () => {
      if (!closed) void hold().catch(() => {}) // whoever asks it for something is told
    })
    return found.file
  }
  const { apiUrl } = await hold()
  return {
    close() {
      closed = true
      holder.destroy()
    },
    config: { ...config, apiUrl, rpcUrls: [new URL('/__sandbox/rpc', apiUrl).href] },
  }
}

async function findOrStart(config: Config): Promise<{ file: SandboxFile; socket: Socket }> {
  const { home } = config
  const began = performance.now()
  for (let started = Number.NEGATIVE_INFINITY; ;) {
    const file = readSandboxFile(home)
    const socket = file && (await knock(file))
    if (socket) return { file, socket }
    const now = performance.now()
    if (now - began > limits.start) throw new OwnSandboxError({ home })
    if (now - started > limits.again) {
      started = now
      start() // in the same environment, and so of the same home
    }
    await setTimeout(100)
  }
}

/** Takes hold of a sandbox, if it is the one that wrote this. */
function knock({ hold, id }: SandboxFile): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(hold, '127.0.0.1')
    let said = ''
    const give = (found: boolean) => {
      socket.setTimeout(0).off('close', no)
      if (!found) socket.destroy()
      resolve(found ? socket : undefined)
    }
    const no = () => give(false)
    socket.setTimeout(5_000, no).on('error', () => {})
    socket.once('close', no)
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.length >= id.length) give(said.startsWith(id))
    })
  })
}

/** Starts it apart from this process, so that it serves others of this home when this one ends. */
function start(): void {
  const bin = fileURLToPath(new URL('bin.js', import.meta.url))
  const child = spawn(process.execPath, [bin, 'sandbox', '--own'], {
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
  })
  child.on('error', () => {}) // it is not there, then: the time runs out
  child.unref()
}

/** The sandbox of a home does not come up. */
export class OwnSandboxError extends Errors.BaseError {
  override readonly code = 'API_UNREACHABLE'
  override readonly name = 'OwnSandboxError'

  constructor({ home }: { home: string }) {
    super('The sandbox of this home does not start.', {
      facts: [`Home: ${home}`],
      hint: `See why: ZECCHINO_SANDBOX=own ZECCHINO_HOME=${JSON.stringify(home)} zecchino sandbox --own`,
    })
  }
}
