import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import * as Proxies from '../src/Proxies.js'

const proxy = 'http://proxy.example:3128'
const api = 'https://api.venice.ai/api/v1'

const shownOf = (env: Record<string, string>, url: string) =>
  Proxies.viaOf(Proxies.from(env), url)?.shown

describe('from', () => {
  test.each<[Record<string, string>, string | undefined, string | undefined]>([
    [{}, undefined, undefined],
    [{ NO_PROXY: '*' }, undefined, undefined],
    [{ HTTPS_PROXY: proxy }, 'HTTPS_PROXY', undefined],
    [{ https_proxy: proxy }, 'https_proxy', undefined],
    [{ HTTP_PROXY: proxy }, 'HTTP_PROXY', 'HTTP_PROXY'],
    [{ http_proxy: proxy }, 'http_proxy', 'http_proxy'],
    [{ HTTPS_PROXY: 'http://a:1', HTTP_PROXY: 'http://b:1' }, 'HTTPS_PROXY', 'HTTP_PROXY'],
    [{ HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:1' }, 'https_proxy', undefined],
    [{ HTTPS_PROXY: '', https_proxy: '' }, undefined, undefined],
    [{ HTTPS_PROXY: proxy, https_proxy: '' }, undefined, undefined],
    [{ HTTPS_PROXY: `  ${proxy}\n` }, 'HTTPS_PROXY', undefined],
    [{ ALL_PROXY: proxy }, undefined, undefined],
  ])('default: %j', (env, https, http) => {
    const proxies = Proxies.from(env)
    expect(Proxies.viaOf(proxies, api)?.from).toBe(https)
    expect(Proxies.viaOf(proxies, 'http://node.example:8545/')?.from).toBe(http)
  })

  test.each([
    ['http://proxy.example:3128', 'http://proxy.example:3128', undefined],
    ['proxy.example:3128', 'http://proxy.example:3128', undefined],
    ['proxy', 'http://proxy', undefined],
    ['10.0.0.1:3128', 'http://10.0.0.1:3128', undefined],
    ['[fd00::1]:3128', 'http://[fd00::1]:3128', undefined],
    ['https://proxy.example', 'https://proxy.example', undefined],
    ['http://proxy.example:3128/', 'http://proxy.example:3128', undefined],
    ['http://me@proxy:1', 'http://proxy:1', 'me:'],
    ['http://me:secret@proxy:1', 'http://proxy:1', 'me:secret'],
    ['me:secret@proxy:1', 'http://proxy:1', 'me:secret'],
    ['http://CORP%5Cme:p%40ss%3Aword@proxy:1', 'http://proxy:1', 'CORP\\me:p@ss:word'],
    ['http://me:100%@proxy:1', 'http://proxy:1', 'me:100%'],
    ['http://me:gr%C3%BCn@proxy:1', 'http://proxy:1', 'me:grün'],
  ])('behavior: %s is shown as %s', (text, shown, credentials) => {
    const via = Proxies.viaOf(Proxies.from({ HTTPS_PROXY: text }), api)
    const basic = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`
    expect(via).toEqual({ authorization: basic, from: 'HTTPS_PROXY', shown, url: shown })
  })

  test.each(['socks5://me:secret@proxy:1080', 'ftp://proxy', 'http://', 'http://a b', '://', ':'])(
    'error: %s is told by its name only, and only where it is needed',
    (text) => {
      const proxies = Proxies.from({ https_proxy: text })
      expect(Proxies.viaOf(proxies, 'https://localhost')).toBeUndefined()
      expect(() => Proxies.viaOf(proxies, api)).toThrow(Proxies.InvalidProxyError)
      expect(() => Proxies.viaOf(proxies, api)).toThrow('The proxy in https_proxy is not valid.')
      expect(() => Proxies.viaOf(proxies, api)).not.toThrow('secret')
    },
  )

  test('behavior: passwords are known in every form in which they may come back', () => {
    const secrets = Proxies.secretsOf(
      Proxies.from({ HTTPS_PROXY: 'http://me:p%40ssword@proxy:1', http_proxy: 'proxy:2' }),
    )
    const basic = Buffer.from('me:p@ssword').toString('base64')
    expect(secrets).toEqual(['http://me:p%40ssword@proxy:1', 'p%40ssword', 'p@ssword', basic])
    expect(Proxies.secretsOf(undefined)).toEqual([])
    expect(Proxies.secretsOf(Proxies.from({ HTTPS_PROXY: 'http://' }))).toEqual([])
  })
})

describe('viaOf', () => {
  test.each([
    'http://localhost:4020',
    'http://LOCALHOST:4020',
    'http://localhost.:4020',
    'http://sandbox.localhost',
    'http://127.0.0.1:4020',
    'http://127.1:4020',
    'http://2130706433',
    'http://127.255.255.254',
    'http://0.0.0.0:4020',
    'http://[::1]:4020',
    'http://[::]:4020',
    'http://[::ffff:127.0.0.1]:4020',
    'https://127.0.0.1',
    'https://localhost',
  ])('behavior: %s is this machine, and never reached through a proxy', (url) => {
    expect(shownOf({ HTTPS_PROXY: proxy, HTTP_PROXY: proxy }, url)).toBeUndefined()
  })

  test.each([
    'https://api.venice.ai',
    'https://localhost.example',
    'https://notlocalhost',
    'https://128.0.0.1',
    'https://10.0.0.1',
    'https://[::2]',
    'https://[fe80::1]',
  ])('behavior: %s is not', (url) => {
    expect(shownOf({ HTTPS_PROXY: proxy }, url)).toBe(proxy)
  })

  test.each<[string, string, boolean]>([
    ['*', api, true],
    ['other.example, *', api, true],
    ['', api, false],
    [' , ,', api, false],
    ['api.venice.ai', api, true],
    ['API.Venice.AI', api, true],
    ['api.venice.ai.', api, true],
    ['api.venice.ai', 'https://api.venice.ai.', true],
    ['venice.ai', api, true],
    ['.venice.ai', api, true],
    ['*.venice.ai', api, true],
    ['.ai', api, true],
    ['ice.ai', api, false],
    ['pi.venice.ai', api, false],
    ['api.venice', api, false],
    ['x.api.venice.ai', api, false],
    ['api.*.ai', api, false],
    ['a.example,venice.ai', api, true],
    ['a.example venice.ai', api, true],
    ['a.example,\tvenice.ai ,b.example', api, true],
    ['venice.ai:443', api, true],
    ['venice.ai:80', api, false],
    ['venice.ai:8443', 'https://venice.ai:8443', true],
    ['venice.ai', 'https://venice.ai:8443', true],
    ['venice.ai:443', 'https://venice.ai:8443', false],
    ['node.example:80', 'http://node.example', true],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['10.1.2.3:443', 'https://10.1.2.3', true],
    ['10.1.2', 'https://10.1.2.3', false],
    ['.1.2.3', 'https://10.1.2.3', false],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/33', 'https://10.1.2.3', false],
    ['10.0.0.0/', 'https://10.1.2.3', false],
    ['10.0.0.0/8', 'https://10.example', false],
    ['0.0.0.0/0', 'https://10.1.2.3', true],
    ['fd00::1', 'https://[fd00::1]', true],
    ['[fd00::1]', 'https://[fd00::1]', true],
    ['[fd00::1]:443', 'https://[fd00::1]', true],
    ['[fd00::1]:80', 'https://[fd00::1]', false],
    ['FD00:0:0::1', 'https://[fd00::1]', true],
    ['fd00::/8', 'https://[fd12:3456::1]', true],
    ['fd00::/8', 'https://[fe80::1]', false],
    ['::/0', 'https://[2606:4700::1111]', true],
    ['https://api.venice.ai', api, false],
  ])('behavior: NO_PROXY=%s and %s: %s', (list, url, isDirect) => {
    const env = { HTTPS_PROXY: proxy, HTTP_PROXY: proxy }
    expect(shownOf({ ...env, NO_PROXY: list }, url)).toBe(isDirect ? undefined : proxy)
    expect(shownOf({ ...env, no_proxy: list, NO_PROXY: '' }, url)).toBe(
      isDirect ? undefined : proxy,
    )
  })

  test('behavior: no list, whatever is in it, ends in anything but an answer', () => {
    fc.assert(
      fc.property(fc.string(), fc.webUrl({ validSchemes: ['http', 'https'] }), (list, url) => {
        const shown = shownOf({ HTTP_PROXY: proxy, NO_PROXY: list }, url)
        expect([proxy, undefined]).toContain(shown)
      }),
    )
  })
})

test.each<[string, boolean]>([
  ['venice.ai', true],
  ['api.venice.ai', true],
  ['media.venice.ai', true],
  ['MEDIA.venice.ai.', true],
  ['files.example', true],
  ['a.files.example', false],
  ['a.store.example', true],
  ['a.b.store.example', true],
  ['store.example', false],
  ['badstore.example', false],
  ['notvenice.ai', false],
  ['venice.ai.example', false],
  ['8.8.8.8', false],
])('options: files may come from %s: %s', (host, expected) => {
  const proxies = Proxies.from(
    { HTTPS_PROXY: proxy },
    { fileHosts: ['files.example', '*.Store.example'] },
  )
  if (!proxies) throw new Error('there is one')
  expect(Proxies.isFileHost(proxies, host)).toBe(expected)
})
