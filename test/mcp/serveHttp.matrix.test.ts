import { expect, test } from 'vitest'

import { call, good, messageOf, send, startCounter } from './support/http.js'

/** Each way to say a header, and the status it is refused with. */
const hosts = (port: string): [string, number | undefined][] => [
  [`127.0.0.1:${port}`, undefined],
  [`LocalHost:${port}`, undefined],
  ['127.0.0.1', 403],
  [`127.0.0.1:${Number(port) - 1}`, 403],
  [`rebound.example:${port}`, 403],
  [`127.0.0.1:${port}@rebound.example`, 403],
]
const origins = (port: string): [string | undefined, number | undefined][] => [
  [undefined, undefined],
  [`http://localhost:${port}`, undefined],
  [`https://localhost:${port}`, 403],
  ['http://localhost', 403],
  ['https://rebound.example', 403],
  ['null', 403],
  ['', 403],
]
const tokens: [string | undefined, number | undefined][] = [
  ['Bearer first-token', undefined],
  [undefined, 401],
  ['Bearer first-tokem', 401],
  ['Bearer ', 401],
  ['Basic Zmlyc3QtdG9rZW4=', 401],
]
const types: [string | undefined, number | undefined][] = [
  ['application/json', undefined],
  ['application/json; charset=utf-8', undefined],
  [undefined, 415],
  ['text/plain', 415],
  ['application/x-www-form-urlencoded', 415],
  ['text/plain; x=application/json', 415],
  ['application/json, text/plain', 415],
  ['application/json; charset=utf-16', 415],
]

test('behavior: of all ways to say four headers, only the good ones run anything', async () => {
  await using server = await startCounter()
  const { port } = new URL(server.url)
  const session = await server.open()
  const wrong: string[] = []
  let asked = 0
  let fine = 0
  for (const [host, byHost] of hosts(port))
    for (const [origin, byOrigin] of origins(port))
      for (const [authorization, byToken] of tokens)
        for (const [type, byType] of types) {
          const { status } = await send(server.url, {
            body: call(),
            headers: {
              accept: 'application/json, text/event-stream',
              host,
              'mcp-session-id': session,
              ...(authorization !== undefined && { authorization }),
              ...(origin !== undefined && { origin }),
              ...(type !== undefined && { 'content-type': type }),
            },
          })
          const due = byHost ?? byOrigin ?? byToken ?? byType ?? 200
          asked += 1
          if (due === 200) fine += 1
          const ran = server.seen.runs === fine
          if (status !== due || !ran)
            wrong.push(`${host} | ${origin} | ${authorization} | ${type}: ${status}, due ${due}`)
        }
  expect(wrong).toEqual([])
  expect({ asked, fine, runs: server.seen.runs }).toEqual({ asked: 1680, fine: 8, runs: 8 })
})

test('error: a header said twice is believed by nobody', async () => {
  await using server = await startCounter()
  const session = await server.open()
  const { host } = new URL(server.url)
  const twice: Record<string, string[]> = {
    authorization: ['Bearer first-token', 'Bearer first-token'],
    'content-type': ['application/json', 'text/plain'],
    'mcp-session-id': [session, 'other'],
    origin: [`http://${host}`, 'https://rebound.example'],
  }
  for (const [name, values] of Object.entries(twice)) {
    const headers = { ...good('first-token', session), [name]: values }
    const answer = await send(server.url, { body: call(), headers })
    expect({ name, status: answer.status }).toEqual({ name, status: 400 })
  }
  expect(server.seen.runs).toBe(0)
})

test('error: other paths and methods are not served, and nobody gets a CORS header', async () => {
  await using server = await startCounter()
  const session = await server.open()
  const headers = good('first-token', session)
  const evil = 'https://rebound.example'
  const tries: [number, Parameters<typeof send>[1]][] = [
    [404, { body: call(), headers, path: '/' }],
    [404, { body: call(), headers, path: '/mcp/' }],
    [404, { body: call(), headers, path: '/mcp?x=1' }],
    [404, { body: call(), headers, path: 'http://rebound.example/mcp' }],
    [405, { body: call(), headers, method: 'PUT' }],
    [405, { headers, method: 'OPTIONS' }],
    [403, { headers: { ...headers, origin: evil }, method: 'OPTIONS' }],
    [401, { headers: { 'access-control-request-method': 'POST' }, method: 'OPTIONS' }],
    [415, { body: call(), headers: { ...headers, 'content-encoding': 'gzip' } }],
    [406, { body: call(), headers: { ...headers, accept: 'application/json' } }],
    [400, { body: call(), headers: { ...headers, 'mcp-protocol-version': '1999-01-01' } }],
    [200, { body: call(), headers }],
  ]
  for (const [status, request] of tries) {
    const answer = await send(server.url, request)
    expect({ request, status: answer.status }).toEqual({ request, status })
    const cors = Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))
    expect(cors).toEqual([])
    if (status !== 200) expect(messageOf(answer)).toMatchObject({ error: {}, id: null })
  }
  expect(server.seen.runs).toBe(1)
})

test('error: headers that name another call than the body are refused', async () => {
  await using server = await startCounter()
  const session = await server.open()
  const status = async (names: Record<string, string>) => {
    const headers = { ...good('first-token', session), ...names }
    return (await send(server.url, { body: call('count'), headers })).status
  }
  expect(await status({ 'mcp-method': 'tools/list' })).toBe(400)
  expect(await status({ 'mcp-method': 'TOOLS/CALL' })).toBe(400)
  expect(await status({ 'mcp-method': 'tools/call', 'mcp-name': 'video_list' })).toBe(400)
  expect(server.seen.runs).toBe(0)
  expect(await status({ 'Mcp-Method': 'tools/call', 'Mcp-Name': ' count ' })).toBe(200)
})
