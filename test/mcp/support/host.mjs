// A host with one server as its child, as hosts have: it starts the server, calls one tool with the
// arguments given, and tells its parent about progress. It is there to be killed.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

const [bin, name, args] = process.argv.slice(2)
const transport = new StdioClientTransport({
  args: [bin, 'mcp'],
  command: process.execPath,
  env: process.env,
})
const client = new Client({ name: 'host', version: '0' })
await client.connect(transport)
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)
const result = await client.callTool({ arguments: JSON.parse(args), name }, undefined, {
  onprogress: (progress) => say({ pid: transport.pid, progress }),
})
say({ result })
