import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'

import { bundleWorker } from '../crash/bundleWorker.js'

/** The built command, as `npm test` builds it first. */
export const bin = resolve('dist/cli/bin.js')

/** Environment of a child without anything of ours in it. */
export function cleanEnv(env: Record<string, string> = {}): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name, value]) =>
      value !== undefined &&
      !/^(ZECCHINO|VENICE|NODE_OPTIONS|VITEST|(HTTPS?|NO)_PROXY$)/i.test(name),
  )
  // What a system needs for Node to run at all, as `npm run test:windows` says.
  const { TEST_NODE_OPTIONS } = process.env
  const needed = TEST_NODE_OPTIONS === undefined ? {} : { NODE_OPTIONS: TEST_NODE_OPTIONS }
  return { ...(Object.fromEntries(own) as Record<string, string>), ...needed, ...env }
}

let bundle: Promise<string> | undefined

/** The built command line as one file: for tests that run many commands, each in a process. */
export function bundledBin(): Promise<string> {
  return (bundle ??= bundleWorker('test/cli/workers/command.mjs'))
}

/** Runs a bundled command to its end, which takes a third of the time that `runCli` does. */
export async function runBundled(
  args: readonly string[],
  options: Omit<runCli.Options, 'program'> = {},
): Promise<Awaited<ReturnType<typeof runCli>>> {
  return runCli(args, { ...options, program: await bundledBin() })
}

/** Runs the command to its end. */
export async function runCli(args: readonly string[], options: runCli.Options = {}) {
  const { env, program = bin } = options
  const child = spawn(process.execPath, [program, ...args], { env: cleanEnv(env) })
  child.stdin.end(options.input ?? '')
  const [stdout, stderr, code] = await Promise.all([
    collect(child.stdout),
    collect(child.stderr),
    new Promise<number | null>((done) => child.once('exit', done)),
  ])
  return { code, json: () => JSON.parse(stdout) as never, stderr, stdout }
}

export declare namespace runCli {
  type Options = {
    env?: Record<string, string>
    input?: string
    /** @default the built command as it is installed */
    program?: string
  }
}

/** Starts `zecchino sandbox` and waits for its READY line. */
export async function startSandbox(args: readonly string[] = ['--speed', '200']) {
  const child: ChildProcess = spawn(process.execPath, [bin, 'sandbox', '--port', '0', ...args], {
    env: cleanEnv(),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>((done, fail) => {
    let text = ''
    child.once('exit', (code) => fail(new Error(`the sandbox ended with ${code}`)))
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n')) done(text)
    })
  })
  const ready = JSON.parse(line.replace('SANDBOX READY ', '')) as {
    apiUrl: string
    controlUrl: string
    rpcUrl: string
  }
  return {
    ...ready,
    async [Symbol.asyncDispose]() {
      const gone = new Promise((done) => child.once('exit', done))
      child.removeAllListeners('exit').once('exit', () => {})
      child.kill('SIGTERM')
      await Promise.race([gone, new Promise((done) => setTimeout(done, 2_000))])
      child.kill('SIGKILL')
    },
  }
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}
