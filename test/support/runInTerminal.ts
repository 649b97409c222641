import { spawn } from 'node:child_process'

import { bundledBin, cleanEnv } from './runCli.js'

/**
 * Runs the command in a terminal of its own (util-linux `script`), typing each answer once its
 * prompt has been shown.
 */
export async function runInTerminal(
  args: readonly string[],
  options: {
    answers: readonly (readonly [prompt: string, keys: string])[]
    env: Record<string, string>
  },
) {
  const quoted = (part: string) => `'${part.replaceAll("'", `'\\''`)}'`
  const command = [process.execPath, await bundledBin(), ...args].map(quoted).join(' ')
  // A terminal made for a pipe has no size until somebody gives it one.
  const child = spawn('script', ['-qec', `stty cols 200 rows 50; exec ${command}`, '/dev/null'], {
    env: { ...cleanEnv(options.env), TERM: 'xterm' },
  })
  const answers = [...options.answers]
  let output = ''
  let seen = 0
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    const [next] = answers
    const at = next ? output.indexOf(next[0], seen) : -1
    if (!next || at < 0) return
    seen = at + next[0].length
    answers.shift()
    // The prompt reads keys only once it is drawn.
    setTimeout(() => child.stdin.write(next[1]), 150)
  })
  // A prompt that nobody answers would wait for ever.
  const limit = setTimeout(() => child.kill('SIGKILL'), 60_000)
  const code = await new Promise<number | null>((done) => child.once('exit', done))
  clearTimeout(limit)
  return { answered: options.answers.length - answers.length, code, output }
}
