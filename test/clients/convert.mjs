// Has the clients of three vendors convert the seven tools, each in its own way, and holds what they put on the
// wire against what each vendor's API takes. Needs Node 22; `npm run test:clients` brings it.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import Anthropic from '@anthropic-ai/sdk'
import { mcpTools } from '@anthropic-ai/sdk/helpers/beta/mcp'
import { GoogleGenAI, mcpToTool } from '@google/genai'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { Agent, MCPServerStdio, OpenAIProvider, Runner, setTracingDisabled } from '@openai/agents'

import { breachesOf } from './limits.mjs'

const home = mkdtempSync(join(tmpdir(), 'zecchino-clients-'))
const server = {
  args: [resolve('dist/cli/bin.js'), 'mcp'],
  command: process.execPath,
  env: {
    PATH: process.env.PATH,
    ZECCHINO_HOME: home,
    ZECCHINO_PRIVATE_KEY: randomBytes(32).toString('hex'),
    ZECCHINO_PROFILE: 'sandbox',
  },
}
const api = await startApi()
const open = []
setTracingDisabled(true)

/** What each client puts on the wire: its vendor's names and schemas of the tools. */
const clients = {
  async anthropic() {
    const anthropic = new Anthropic({ apiKey: 'none', baseURL: api.url, maxRetries: 0 })
    const client = await connect()
    const tools = mcpTools((await client.listTools()).tools, client)
    const params = {
      max_tokens: 10,
      messages: [{ content: 'hello', role: 'user' }],
      model: 'claude',
    }
    const body = await api.bodyOf(() => anthropic.beta.messages.toolRunner({ ...params, tools }))
    return body.tools.map(({ input_schema: schema, name }) => ({ name, schema }))
  },
  async gemini() {
    const google = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: api.url } })
    const client = await connect()
    const request = { config: { tools: [mcpToTool(client)] }, contents: 'hello', model: 'gemini' }
    const body = await api.bodyOf(() => google.models.generateContent(request))
    return body.tools
      .flatMap(({ functionDeclarations: all }) => all)
      .map(({ name, parameters, parametersJsonSchema: schema = parameters }) => ({ name, schema }))
  },
  async openai() {
    const mcp = new MCPServerStdio({ ...server, name: 'zecchino' })
    await mcp.connect()
    const agent = new Agent({
      mcpConfig: { convertSchemasToStrict: true },
      mcpServers: [mcp],
      model: 'gpt',
      name: 'a',
    })
    const modelProvider = new OpenAIProvider({ apiKey: 'none', baseURL: api.url })
    const body = await api.bodyOf(() => new Runner({ modelProvider }).run(agent, 'hello'))
    await mcp.close()
    return body.tools.map(({ name, parameters: schema, strict }) => ({ name, schema, strict }))
  },
}

const names = ['video_generate', 'video_list', 'video_models', 'video_quote', 'video_retrieve']
names.push('wallet_status', 'wallet_top_up')
const failures = []
for (const [vendor, convert] of Object.entries(clients)) {
  const tools = await convert()
  const found = tools.map(({ name }) => name).toSorted()
  if (found.join() !== names.join()) failures.push(`${vendor}: ${found.join(' ')}`)
  const breaches = tools.flatMap((tool) => breachesOf(vendor, tool))
  failures.push(...breaches.map((breach) => `${vendor}: ${breach}`))
  console.log(`${vendor}: ${tools.length} tools, ${breaches.length} breaches`)
}
await Promise.all(open.map((client) => client.close()))
api.close()
rmSync(home, { force: true, recursive: true })
for (const failure of failures) console.log(failure)
process.exit(failures.length > 0 ? 1 : 0)

async function connect() {
  const client = new Client({ name: 'clients', version: '1' })
  await client.connect(new StdioClientTransport(server))
  open.push(client)
  return client
}

/** An API that takes whatever comes, and refuses it: what matters has been said by then. */
async function startApi() {
  const bodies = []
  const http = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    if (text.includes('"tools"')) bodies.push(JSON.parse(text))
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end('{"error":{"message":"not today","type":"invalid_request_error"}}')
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    async bodyOf(ask) {
      bodies.length = 0
      await Promise.resolve(ask()).catch(() => {})
      if (!bodies[0]) throw new Error('nothing was asked')
      return bodies[0]
    },
    close: () => http.close(),
    url: `http://127.0.0.1:${http.address().port}`,
  }
}
