import type { Zecchino } from '../../flows/createZecchino.js'
import type { Context } from '../runCommand.js'

/** `zecchino mcp`: stdout is the protocol's from here on. */
export async function mcp({ open }: Context): Promise<void> {
  const { serveStdio } = await import('../../mcp/serveStdio.js')
  let opened: Promise<Zecchino> | undefined
  await serveStdio(() => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  })
}
