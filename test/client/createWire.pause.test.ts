import { type AddressInfo, createServer } from 'node:net'

import { expect, test } from 'vitest'

import { createWire } from '../../src/client/createWire.js'

test('behavior: a server that closes while nobody reads does not end the process', async () => {
  const body = Buffer.alloc(256 * 1024, 'a')
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`)
      socket.end(body)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const wire = createWire()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

  // An uncaught assertion in the HTTP parser would end this worker, and with it the test run.
  const response = await wire.fetch(url, {
    deadline: 5_000,
    method: 'GET',
    repeatable: false,
    signIn: false,
  })
  await new Promise((done) => setTimeout(done, 300))

  expect((await response.arrayBuffer()).byteLength).toBe(body.length)
  await wire.close()
  server.close()
})
