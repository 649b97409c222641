import type { Zecchino } from '../../flows/createZecchino.js'
import type { Context } from '../runCommand.js'

/** `zecchino mcp`: over stdin and stdout, over HTTP, or a new token for HTTP. */
export async function mcp(context: Context): Promise<void> {
  const { args, open, options } = context
  let opened: Promise<Zecchino> | undefined
  const openOnce = () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }
  if (args.length === 0 && options['http'] === undefined && options['port'] === undefined) {
    const { serveStdio } = await import('../../mcp/serveStdio.js')
    return serveStdio(openOnce)
  }
  const { mcpHttp, mcpToken } = await import('./mcpHttp.js')
  return args.length === 0 ? mcpHttp(context, openOnce) : mcpToken(context)
}
