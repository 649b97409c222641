// The clients that are run by hand, because of what they bring. As in `../clients.mjs`.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import { createMCPClient } from '@ai-sdk/mcp'
import { Experimental_StdioMCPTransport as StdioTransport } from '@ai-sdk/mcp/mcp-stdio'
import { MultiServerMCPClient } from '@langchain/mcp-adapters'
import { MCPClient } from '@mastra/mcp'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { generateText } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'

import { all, self, sessionOf } from '../clients.mjs'
import { textOf } from '../spellings.mjs'

/** LangChain and Mastra hold arguments against the schema themselves: what does not fit never leaves them. */
export const clients = [
  { name: 'MCP SDK v1', open: openSdk, package: '@modelcontextprotocol/sdk', spells: all },
  { name: 'Vercel AI SDK', open: openAiSdk, package: '@ai-sdk/mcp', spells: all },
  { name: 'LangChain', open: openLangChain, package: '@langchain/mcp-adapters', spells: [] },
  { name: 'Mastra', open: openMastra, package: '@mastra/mcp', spells: ['nulls'] },
  {
    name: 'mcp-remote',
    open: openRemote,
    package: 'mcp-remote',
    spells: all,
    transports: ['http'],
  },
  {
    name: 'Inspector',
    open: openInspector,
    package: '@modelcontextprotocol/inspector',
    spells: all,
  },
]

const binOf = (path) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url))

async function openSdk({ headers, stderr, url, ...stdio }) {
  const client = new Client(self)
  await client.connect(
    url
      ? new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } })
      : new StdioClientTransport({ ...stdio, stderr }),
  )
  return sessionOf(client)
}

/** The vendor's own fake model says the call, as text. */
async function openAiSdk({ headers, url, ...stdio }) {
  const transport = url ? { headers, type: 'http', url } : new StdioTransport(stdio)
  const client = await createMCPClient({ transport })
  const tools = await client.tools()
  return {
    async call(name, args) {
      const said = { input: JSON.stringify(args), toolCallId: '1', toolName: name }
      const model = new MockLanguageModelV4({
        doGenerate: {
          content: [{ ...said, type: 'tool-call' }],
          finishReason: { raw: 'tool-calls', unified: 'tool-calls' },
          usage: { inputTokens: {}, outputTokens: {} },
          warnings: [],
        },
      })
      const { content } = await generateText({ model, prompt: 'Buy it.', tools })
      const { error, output } = content.at(-1)
      if (error) throw error
      return output.content[0].text
    },
    close: () => client.close(),
    tools: Object.keys(tools),
  }
}

async function openLangChain(server) {
  const client = new MultiServerMCPClient({ mcpServers: { zecchino: server } })
  const tools = await client.getTools()
  return {
    async call(name, args) {
      const tool = tools.find((one) => one.name === name)
      const { content } = await tool.invoke({ args, id: '1', name, type: 'tool_call' })
      // The block itself, as text.
      return JSON.parse(content).text
    },
    close: () => client.close(),
    tools: tools.map(({ name }) => name),
  }
}

async function openMastra({ headers, url, ...stdio }) {
  const zecchino = url ? { requestInit: { headers }, url: new URL(url) } : stdio
  const client = new MCPClient({ servers: { zecchino } })
  const tools = await client.listTools()
  return {
    call: async (name, args) => JSON.stringify(await tools[`zecchino_${name}`].execute(args, {})),
    close: () => client.disconnect(),
    tools: Object.keys(tools).map((name) => name.replace('zecchino_', '')),
  }
}

/** A client of stdio, in front of the bridge to HTTP. */
function openRemote({ headers, home, url }) {
  const header = `Authorization:${headers.Authorization}`
  return openSdk({
    args: [binOf('mcp-remote/dist/proxy.js'), url, '--header', header],
    command: process.execPath,
    env: { HOME: home, MCP_REMOTE_CONFIG_DIR: home, PATH: process.env.PATH },
    stderr: 'ignore',
  })
}

/** The Inspector is a process for each call. Over stdio so is the server. */
async function openInspector({ args, command, env, headers, home, url }) {
  const target = url
    ? [url, '--transport', 'http', ...pairs('--header', headers, ': ')]
    : [command, ...args, ...pairs('-e', env, '=')]
  const cli = binOf('@modelcontextprotocol/inspector/clients/launcher/build/index.js')
  const ask = async (...words) => {
    const child = spawn(process.execPath, [cli, '--cli', ...target, '--method', ...words], {
      env: { HOME: home, PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [out, wrong] = await Promise.all([text(child.stdout), text(child.stderr)])
    try {
      return JSON.parse(out)
    } catch {
      throw new Error(`${out}${wrong}`)
    }
  }
  const { tools } = await ask('tools/list')
  return {
    async call(name, input) {
      const given = pairs('--tool-arg', input, '=')
      const { content } = await ask('tools/call', '--tool-name', name, ...given)
      return content[0].text
    },
    close: async () => {},
    tools: tools.map(({ name }) => name),
  }
}

function pairs(flag, record, between) {
  return Object.entries(record).flatMap(([key, value]) => [
    flag,
    `${key}${between}${textOf(value)}`,
  ])
}
