// The least an MCP server can be: one tool on the official SDK, not bundled. For test/bench/start.mjs.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { z } from 'zod'

const server = new McpServer({ name: 'hello', version: '0.0.0' })
const inputSchema = { name: z.string() }
server.registerTool('hello', { description: 'Says hello.', inputSchema }, ({ name }) => ({
  content: [{ text: `Hello, ${name}.`, type: 'text' }],
}))
await server.connect(new StdioServerTransport())
