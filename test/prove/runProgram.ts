import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs a script with Node, and ends all that it has started when its time is up. */
export async function runProgram(
  args: readonly string[],
  { cwd, timeout }: { cwd: string; timeout: number },
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)))
  const kill = () => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL')
    } catch {
      // it has ended by itself
    }
  }
  const timer = setTimeout(kill, timeout)
  process.once('exit', kill)
  const [code] = (await once(child, 'exit')) as [number | null]
  clearTimeout(timer)
  process.off('exit', kill)
  kill()
  return { code, output }
}
