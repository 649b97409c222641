import type { Progress } from '../tools/defineTool.js'

/** A progress bar on stderr, in one line on a terminal; elsewhere a line when something changes. */
export function progressBar({ quiet }: { quiet: boolean }) {
  const { stderr } = process
  let last = ''
  return {
    end() {
      if (last && stderr.isTTY && !quiet) stderr.write('\r\u001b[2K')
    },
    show({ done, message }: Progress) {
      if (quiet) return
      const filled = Math.round(done * 24)
      const bar = `${'█'.repeat(filled)}${'░'.repeat(24 - filled)}`
      const line = stderr.isTTY
        ? `${bar} ${String(Math.round(done * 100)).padStart(3)} %  ${message}`
        : message.replace(/, about \d+ s left.*/, '')
      if (line === last) return
      last = line
      stderr.write(stderr.isTTY ? `\r\u001b[2K${line}` : `${line}\n`)
    },
  }
}
