import { getEncoding } from 'js-tiktoken'
import { expect, test } from 'vitest'

import { describeTool } from '../../src/mcp/describeTool.js'
import { tools } from '../../src/tools/index.js'
import type { Tool } from '../../src/tools/defineTool.js'

const described = (tools as unknown as Tool[]).map(describeTool)

test('behavior: what every conversation carries is at most 1,900 tokens', () => {
  const encoding = getEncoding('o200k_base')
  const tokens = described.map(({ description, inputSchema, name }) => ({
    name,
    tokens: [name, description, JSON.stringify(inputSchema)].reduce(
      (sum, text) => sum + encoding.encode(text).length,
      0,
    ),
  }))
  const total = tokens.reduce((sum, tool) => sum + tool.tokens, 0)
  console.info(`tools: ${total} tokens (o200k_base)`, tokens)
  expect(total).toBeLessThanOrEqual(1_900)
})

test('behavior: descriptions begin with the cost and name the tools that follow', () => {
  const names = described.map(({ name }) => name)
  expect(names).toEqual([
    'video_models',
    'video_quote',
    'video_generate',
    'video_retrieve',
    'video_list',
    'wallet_status',
    'wallet_top_up',
  ])
  for (const { annotations, description, name } of described) {
    const spends = name === 'video_generate' || name === 'wallet_top_up'
    expect(description.startsWith(spends ? 'Spends money. ' : 'Free. '), name).toBe(true)
    expect(annotations, name).toMatchObject({
      destructiveHint: spends,
      idempotentHint: true,
      openWorldHint: true,
      readOnlyHint: !spends,
    })
    for (const [mentioned] of description.matchAll(/\b(?:video|wallet)_[a-z_]+\b/g))
      expect(names, `${name} mentions ${mentioned}`).toContain(mentioned)
  }
})

test('behavior: inputs are strict, and flat but for five', () => {
  for (const { inputSchema, name } of described) {
    expect(inputSchema, name).toMatchObject({ additionalProperties: false, type: 'object' })
    const properties = Object.entries(inputSchema['properties'] as Record<string, object>)
    const deep = properties.filter(([, schema]) => JSON.stringify(schema).includes('"properties"'))
    expect(deep.map(([key]) => key).toSorted(), name).toEqual(
      name === 'video_quote'
        ? ['camera_trajectory', 'elements', 'image_references', 'keyframes', 'video_references']
        : [],
    )
  }
  const quote = described.find(({ name }) => name === 'video_quote')
  expect(quote?.inputSchema['properties']).not.toHaveProperty('consents')
  expect(quote?.inputSchema['properties']).toMatchObject({
    // Which options there are, each row says: none is listed here.
    resolution: { type: 'string' },
    upscale_factor: { type: 'number' },
  })
})

test('behavior: inputs say nothing but what every vendor’s models take', () => {
  // Of the documents of OpenAI's strict mode, Gemini's Schema and Anthropic's tools, what is in all of them.
  const words = new Set(
    'additionalProperties description enum items maxItems maximum minItems minimum pattern properties required type'.split(
      ' ',
    ),
  )
  const types = new Set(['array', 'boolean', 'integer', 'number', 'object', 'string'])
  const look = (schema: Record<string, unknown>, path: string): void => {
    for (const [word, value] of Object.entries(schema)) {
      expect(words, `${path}: ${word}`).toContain(word)
      if (word === 'properties')
        for (const [key, part] of Object.entries(value as object)) look(part, `${path}.${key}`)
      if (word === 'items') look(value as Record<string, unknown>, `${path}[]`)
      if (word === 'enum')
        expect((value as unknown[]).map((one) => typeof one)).not.toContain('number')
    }
    expect(types, path).toContain(schema['type'])
    if (schema['type'] === 'object') expect(schema['additionalProperties'], path).toBe(false)
    if (schema['type'] === 'array') expect(schema['items'], path).toBeDefined()
  }
  for (const { inputSchema, name } of described) {
    expect(name).toMatch(/^[a-z_]{1,64}$/)
    look(inputSchema, name)
  }
  // What is left out of the schema is said in words, and checked all the same.
  const retrieve = described.find(({ name }) => name === 'video_retrieve')
  expect(retrieve?.inputSchema['properties']).toMatchObject({
    wait_seconds: { description: '0 answers at once. Default 25.' },
  })
})

test('behavior: of several types each is said by itself', () => {
  for (const { name, outputSchema } of described)
    expect(JSON.stringify(outputSchema), name).not.toMatch(/"type":\[/)
  const status = described.find(({ name }) => name === 'wallet_status')
  expect(status?.outputSchema['properties']).toMatchObject({
    frozen: { anyOf: [{ type: 'string' }, { type: 'null' }] },
  })
})

test('behavior: every result has a next field', () => {
  for (const { name, outputSchema } of described)
    expect(outputSchema['required'], name).toContain('next')
})
