#!/usr/bin/env node
import { execute } from './runCommand.js'

const words = process.argv.slice(2)
// A host waits for this one: it starts without the command line's parser.
if (words.length === 1 && words[0] === 'mcp') {
  await execute(async () => (await import('./commands/mcp.js')).mcp, { args: [], options: {} })
} else {
  const { createProgram } = await import('./createProgram.js')
  await createProgram().parseAsync()
}
