// What the conformance suite calls by name. Zecchino's own tools cannot stand in for it: the suite
// wants sampling, logging and pictures. The HTTP layer under it is Zecchino's.
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import * as Types from '@modelcontextprotocol/sdk/types.js'
import * as z from 'zod'

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII='
const silence = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA='

const text = (value) => ({ text: value, type: 'text' })
const image = { data: pixel, mimeType: 'image/png', type: 'image' }
const embedded = (uri, mimeType, value) => ({
  resource: { mimeType, text: value, uri },
  type: 'resource',
})

const capabilities = {
  completions: {},
  logging: {},
  prompts: {},
  resources: { subscribe: true },
  tools: {},
}

/** Makes one server with everything that the suite asks for. */
export function createFixtureServer() {
  const server = new Server({ name: 'fixtures', version: '0.0.0' }, { capabilities })
  addTools(server)
  addResources(server)
  addPrompts(server)
  server.setRequestHandler(Types.CompleteRequestSchema, () => ({ completion: { values: [] } }))
  server.setRequestHandler(Types.SetLevelRequestSchema, () => ({}))
  return server
}

function addTools(server) {
  const tools = {
    json_schema_2020_12_tool: (input) => [text(JSON.stringify(input))],
    test_simple_text: () => [text('One line of text.')],
    test_image_content: () => [image],
    test_audio_content: () => [{ data: silence, mimeType: 'audio/wav', type: 'audio' }],
    test_embedded_resource: () => [embedded('test://embedded', 'text/plain', 'An embedded text.')],
    test_multiple_content_types: () => [
      text('Three kinds of content.'),
      image,
      embedded('test://mixed', 'application/json', '{"mixed":true}'),
    ],
    async test_tool_with_logging(_, { sendNotification }) {
      for (const data of ['began', 'at work', 'done'])
        await sendNotification({ method: 'notifications/message', params: { data, level: 'info' } })
      return [text('Logged three times.')]
    },
    async test_tool_with_progress(_, { _meta, sendNotification }) {
      const { progressToken } = _meta ?? {}
      for (const progress of [0, 50, 100])
        await sendNotification({
          method: 'notifications/progress',
          params: { message: `${progress} of 100`, progress, progressToken, total: 100 },
        })
      return [text(String(progressToken))]
    },
    test_error_handling() {
      throw new Error('this tool always fails')
    },
    async test_sampling({ prompt }, { sendRequest }) {
      const messages = [{ content: text(prompt), role: 'user' }]
      const params = { maxTokens: 100, messages }
      const request = { method: 'sampling/createMessage', params }
      const { content } = await sendRequest(request, Types.CreateMessageResultSchema)
      return [text(`The model said: ${content.text}`)]
    },
    test_elicitation: ({ message }, extra) =>
      elicit(extra, message, { response: { description: 'An answer', type: 'string' } }),
    test_elicitation_sep1034_defaults: (_, extra) =>
      elicit(extra, 'Fields with defaults', {
        age: { default: 30, type: 'integer' },
        name: { default: 'John Doe', type: 'string' },
        score: { default: 95.5, type: 'number' },
        status: { default: 'active', enum: ['active', 'inactive', 'pending'], type: 'string' },
        verified: { default: true, type: 'boolean' },
      }),
    test_elicitation_sep1330_enums: (_, extra) =>
      elicit(extra, 'Five kinds of choice', {
        legacyEnum: { enum: ['opt1', 'opt2'], enumNames: ['One', 'Two'], type: 'string' },
        titledMulti: { items: { anyOf: choices }, type: 'array' },
        titledSingle: { oneOf: choices, type: 'string' },
        untitledMulti: { items: { enum: ['option1', 'option2'], type: 'string' }, type: 'array' },
        untitledSingle: { enum: ['option1', 'option2'], type: 'string' },
      }),
  }
  const schemas = { json_schema_2020_12_tool: draft }
  server.setRequestHandler(Types.ListToolsRequestSchema, () => ({
    tools: Object.keys(tools).map((name) => ({
      description: `For the scenario that calls ${name}.`,
      inputSchema: schemas[name] ?? { type: 'object' },
      name,
    })),
  }))
  server.setRequestHandler(Types.CallToolRequestSchema, async ({ params }, extra) => {
    const { arguments: input = {}, name } = params
    try {
      return { content: await tools[name](input, { ...extra, _meta: params._meta }) }
    } catch (error) {
      return { content: [text(error.message)], isError: true }
    }
  })
}

const draft = {
  $defs: {
    address: {
      $anchor: 'addressDef',
      properties: { city: { type: 'string' }, street: { type: 'string' } },
      type: 'object',
    },
  },
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  additionalProperties: false,
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  else: { properties: { email: { type: 'string' } } },
  if: { properties: { contactMethod: { const: 'phone' } } },
  properties: {
    address: { $ref: '#/$defs/address' },
    contactMethod: { enum: ['phone', 'email'], type: 'string' },
    email: { type: 'string' },
    name: { type: 'string' },
    phone: { type: 'string' },
  },
  // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's own word
  then: { properties: { phone: { type: 'string' } } },
  type: 'object',
}

const choices = [
  { const: 'value1', title: 'First' },
  { const: 'value2', title: 'Second' },
]

async function elicit({ sendRequest }, message, properties) {
  const requestedSchema = { properties, required: [], type: 'object' }
  const params = { message, mode: 'form', requestedSchema }
  const answer = await sendRequest({ method: 'elicitation/create', params }, z.looseObject({}))
  return [text(`Answered: ${JSON.stringify(answer)}`)]
}

function addResources(server) {
  const resources = {
    'test://static-binary': { blob: pixel, mimeType: 'image/png' },
    'test://static-text': { mimeType: 'text/plain', text: 'A text that stays.' },
    'test://watched-resource': { mimeType: 'text/plain', text: 'A text to watch.' },
  }
  server.setRequestHandler(Types.ListResourcesRequestSchema, () => ({
    resources: Object.entries(resources).map(([uri, { mimeType }]) => ({
      mimeType,
      name: uri.slice('test://'.length),
      uri,
    })),
  }))
  const uriTemplate = 'test://template/{id}/data'
  server.setRequestHandler(Types.ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [{ mimeType: 'application/json', name: 'template', uriTemplate }],
  }))
  server.setRequestHandler(Types.ReadResourceRequestSchema, ({ params: { uri } }) => {
    const [, id] = /^test:\/\/template\/(.+)\/data$/.exec(uri) ?? []
    const found = id
      ? { mimeType: 'application/json', text: JSON.stringify({ id }) }
      : resources[uri]
    if (!found) throw new Types.McpError(-32_002, 'There is no such resource.')
    return { contents: [{ ...found, uri }] }
  })
  server.setRequestHandler(Types.SubscribeRequestSchema, () => ({}))
  server.setRequestHandler(Types.UnsubscribeRequestSchema, () => ({}))
}

function addPrompts(server) {
  const say = (content) => ({ content, role: 'user' })
  const prompts = {
    test_prompt_with_arguments: {
      names: ['arg1', 'arg2'],
      write: ({ arg1, arg2 }) => [say(text(`The arguments are ${arg1} and ${arg2}.`))],
    },
    test_prompt_with_embedded_resource: {
      names: ['resourceUri'],
      write: ({ resourceUri }) => [
        say(embedded(resourceUri, 'text/plain', 'An embedded text.')),
        say(text('Read it.')),
      ],
    },
    test_prompt_with_image: { names: [], write: () => [say(image), say(text('Look at it.'))] },
    test_simple_prompt: { names: [], write: () => [say(text('Say something.'))] },
  }
  server.setRequestHandler(Types.ListPromptsRequestSchema, () => ({
    prompts: Object.entries(prompts).map(([name, { names }]) => ({
      arguments: names.map((argument) => ({ name: argument, required: true })),
      description: `For the scenario that asks for ${name}.`,
      name,
    })),
  }))
  server.setRequestHandler(Types.GetPromptRequestSchema, ({ params }) => ({
    messages: prompts[params.name].write(params.arguments ?? {}),
  }))
}
