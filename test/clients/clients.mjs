// The clients that CI runs. Each opens a server, over stdio (`command`, `args`, `env`) or HTTP (`url`, `headers`), in
// its own way, and gives the names of the tools as it has converted them, and a call of one: what a model would see.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import {
  Agent,
  MCPServerStdio,
  MCPServerStreamableHttp,
  Runner,
  setTracingDisabled,
  Usage,
} from '@openai/agents'

export const all = ['nulls', 'numbers', 'placeholder', 'texts']
export const self = { name: 'clients', version: '1' }
setTracingDisabled(true)

export const clients = [
  { name: 'MCP SDK v2', open: openSdk, package: '@modelcontextprotocol/client', spells: all },
  { name: 'OpenAI Agents', open: openAgents, package: '@openai/agents', spells: all },
]

async function openSdk({ headers, url, ...stdio }) {
  const client = new Client(self)
  await client.connect(
    url
      ? new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } })
      : new StdioClientTransport(stdio),
  )
  return sessionOf(client)
}

/** What both majors of the official SDK do alike. */
export async function sessionOf(client) {
  const { tools } = await client.listTools()
  return {
    async call(name, args) {
      const { content } = await client.callTool({ arguments: args, name })
      return content[0].text
    },
    close: () => client.close(),
    schemas: Object.fromEntries(tools.map((tool) => [tool.name, tool.inputSchema])),
    tools: tools.map(({ name }) => name),
  }
}

/** The model is a script: it calls one tool, and is content with what comes back. */
async function openAgents(server) {
  const { headers, url } = server
  const options = { cacheToolsList: true, name: 'zecchino' }
  const mcp = url
    ? new MCPServerStreamableHttp({ ...options, requestInit: { headers }, url })
    : new MCPServerStdio({ ...options, ...server })
  await mcp.connect()
  const play = async (turns) => {
    const requests = []
    const getResponse = async (request) => {
      requests.push(request)
      return { output: [turns.shift()], usage: new Usage() }
    }
    const agent = new Agent({
      mcpConfig: { convertSchemasToStrict: true },
      mcpServers: [mcp],
      model: { getResponse },
      name: 'buyer',
    })
    await new Runner().run(agent, 'Buy it.')
    return requests.at(-1)
  }
  const words = [{ text: 'Done.', type: 'output_text' }]
  const done = { content: words, role: 'assistant', status: 'completed', type: 'message' }
  const { tools } = await play([done])
  return {
    async call(name, args) {
      const said = { arguments: JSON.stringify(args), callId: '1', name, status: 'completed' }
      const { input } = await play([{ ...said, type: 'function_call' }, done])
      return input.at(-1).output[0].text
    },
    close: () => mcp.close(),
    tools: tools.map(({ name }) => name),
  }
}
