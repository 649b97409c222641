import type { Progress } from '../tools/defineTool.js'

/**
 * A progress bar on stderr, in one line on a terminal; elsewhere a line when something changes. What
 * is waited for takes sentences: on a terminal they are said once, above the bar.
 */
export function progressBar({ quiet }: { quiet: boolean }) {
  const { stderr } = process
  let [ended, last, said] = [false, '', '']
  return {
    /** Takes it away; what comes later is not shown. */
    end() {
      if (last && stderr.isTTY && !quiet && !ended) stderr.write('\r\u001b[2K')
      ended = true
    },
    show({ done, message, waits }: Progress) {
      if (quiet || ended) return
      const filled = Math.round(done * 24)
      const bar = `${'█'.repeat(filled)}${'░'.repeat(24 - filled)}`
      const share = `${bar} ${String(Math.round(done * 100)).padStart(3)} %  `
      if (stderr.isTTY && waits && waits !== said) stderr.write(`\r\u001b[2K${waits}\n`)
      said = waits ?? ''
      const line = stderr.isTTY
        ? `${share}${waits ? 'waiting' : message}`
        : message.replace(/, about \d+ s left.*/, '')
      if (line === last) return
      last = line
      stderr.write(stderr.isTTY ? `\r\u001b[2K${line}` : `${line}\n`)
    },
  }
}
