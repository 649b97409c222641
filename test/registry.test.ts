import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { manifestOf } from '../mcpb/manifestOf.mjs'

type Json = Record<string, never>
const read = (name: string) => JSON.parse(readFileSync(name, 'utf8')) as Json

test('behavior: the registry is told of the package as it is', () => {
  const pack = read('package.json')
  const { description, name, packages, version } = read('server.json')
  expect({ name, version }).toEqual({ name: pack['mcpName'], version: pack['version'] })
  expect(packages).toMatchObject([{ identifier: pack['name'], version: pack['version'] }])
  expect(name).toMatch(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/)
  expect(String(description).length).toBeLessThanOrEqual(100)
})

test('behavior: what asks for a key says that it is secret', () => {
  const { user_config } = manifestOf({
    answers: { tools: { tools: [{ description: 'Free.', name: 'a' }] } },
    pack: read('package.json'),
    target: 'linux-x64-gnu',
  })
  expect(user_config.private_key).toMatchObject({ default: '', required: false, sensitive: true })
  const [{ environmentVariables }] = read('server.json')['packages'] as unknown as [
    { environmentVariables: { isSecret?: boolean; name: string }[] },
  ]
  const secrets = environmentVariables.filter(({ isSecret }) => isSecret)
  expect(secrets.map(({ name }) => name)).toEqual(['ZECCHINO_PRIVATE_KEY'])
})
