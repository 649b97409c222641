import type { Zecchino } from '../../flows/createZecchino.js'
import { createMcpServer } from '../../mcp/createMcpServer.js'
import { serveHttp } from '../../mcp/serveHttp.js'
import { checkToken, createAuthorizer, makeToken, rotateToken, tokenFile } from '../httpToken.js'
import type { Context } from '../runCommand.js'
import { UsageError } from '../UsageError.js'
import { wholeNumber } from '../wholeNumber.js'

/** `zecchino mcp --http`: runs until it is told to stop. */
export async function mcpHttp(context: Context, open: () => Promise<Zecchino>): Promise<void> {
  const { config, options } = context
  if (options['http'] !== true) throw new UsageError({ reason: '--port goes with --http.' })
  const { home } = await config()
  const made = await makeToken(home)
  await checkToken(home)
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
    process.once('SIGHUP', resolve)
  })
  const { close, url } = await serveHttp({
    authorize: createAuthorizer(home),
    createServer: () => createMcpServer(open),
    port: wholeNumber('--port', options['port'] ?? '4021'),
  })
  const file = tokenFile(home)
  if (made !== undefined)
    process.stderr.write(`Token, shown this once and kept in ${file}:\n${made}\n`)
  process.stdout.write(`MCP READY ${JSON.stringify({ token_file: file, url })}\n`)
  await stopped
  await close()
}

/** `zecchino mcp token`: a new token; the old one and its sessions are worth nothing from now on. */
export async function mcpToken({ args, config, options, print }: Context): Promise<void> {
  if (args.length > 1 || args[0] !== 'token' || options['http'] || options['port'])
    throw new UsageError({ reason: 'It is `zecchino mcp`, `mcp --http` or `mcp token`.' })
  const { home } = await config()
  const token = rotateToken(home)
  print({ token, token_file: tokenFile(home) }, [token])
}
