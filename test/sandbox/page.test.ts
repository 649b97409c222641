import { createHash } from 'node:crypto'
import { Script } from 'node:vm'

import { expect, test } from 'vitest'

import { createSandbox } from '../../src/sandbox/createSandbox.js'
import { page } from '../../src/sandbox/page.js'

const html = page()
const between = (start: string, end: string) => html.split(start)[1]?.split(end)[0] ?? ''
const script = between('<script>', '</script>')

test('default: the sandbox serves it', async () => {
  const sandbox = createSandbox()
  const response = await sandbox.fetch(new Request('http://127.0.0.1:4020/'))
  await sandbox.close()

  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^text\/html/)
  expect(response.headers.get('x-frame-options')).toBe('DENY')
  expect(await response.text()).toBe(html)
})

test('behavior: the policy names this script and this style and lets nothing else in', () => {
  const policy = between('Content-Security-Policy" content="', '"')
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

  expect(policy.split('; ')).toEqual([
    `default-src 'none'`,
    `script-src ${hash(script)}`,
    `style-src ${hash(between('<style>', '</style>'))}`,
    `connect-src 'self'`,
    `img-src data:`,
    `media-src 'self'`,
    `form-action 'none'`,
    `base-uri 'none'`,
  ])
  expect(html.match(/<script/g)).toHaveLength(1)
  expect(html).not.toMatch(/<[^>]+\s(?:style|on\w+)=/)
})

test('behavior: nothing comes from anywhere else', () => {
  const urls = html.match(/https?:\/\/[^\s"'<)]+/g) ?? []
  expect(urls).toEqual([])
  expect(html).not.toMatch(/@import|url\(/)
})

test('behavior: values are inserted as text', () => {
  expect(() => new Script(script)).not.toThrow()
  expect(script).not.toMatch(
    /innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(/,
  )
})

test('behavior: every element the script asks for is there', () => {
  const ids = [...script.matchAll(/\$\('([\w-]+)'\)/g)].map(([, id]) => id)
  expect(ids.length).toBeGreaterThan(20)
  for (const id of ids) expect(html).toContain(`id="${id}"`)
})
