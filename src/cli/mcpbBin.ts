import { mcp } from './commands/mcp.js'
import { execute } from './runCommand.js'

// The entry of the bundle that hosts install: the server on stdin and stdout, and nothing else.
await execute(() => Promise.resolve(mcp), { args: [], options: {} })
