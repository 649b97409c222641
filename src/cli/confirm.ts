import type { Context } from './runCommand.js'
import { UsageError } from './UsageError.js'

/**
 * Asks the person at the terminal. Without a terminal `--yes` is needed: caps and approvals hold
 * with it all the same.
 *
 * @throws {@link UsageError} when nobody can be asked, or the answer is no.
 */
export async function confirm({ json, options }: Context, question: string): Promise<void> {
  if (options['yes'] === true) return
  if (json || !process.stdin.isTTY)
    throw new UsageError({ reason: 'This spends money and nobody is here to ask: pass --yes.' })
  const { confirm: ask } = await import('@clack/prompts')
  if ((await ask({ message: question, output: process.stderr })) !== true)
    throw new UsageError({ reason: 'Not confirmed; nothing was bought.' })
}
