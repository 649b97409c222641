import { describe, expect, test } from 'vitest'

import { failureOf } from '../../src/internal/failureOf.js'

const of = (fields: object) => Object.assign(new Error('x'), fields)
const wrapped = (cause: unknown) => new TypeError('fetch failed', { cause })

describe('behavior: no connection was there', () => {
  test.each([
    ['refused', of({ code: 'ECONNREFUSED', syscall: 'connect' }), 'ECONNREFUSED'],
    ['no route', of({ code: 'EHOSTUNREACH', syscall: 'connect' }), 'EHOSTUNREACH'],
    ['no network', of({ code: 'ENETUNREACH', syscall: 'connect' }), 'ENETUNREACH'],
    ['no name', of({ code: 'ENOTFOUND', syscall: 'getaddrinfo' }), 'ENOTFOUND'],
    ['no resolver', of({ code: 'EAI_AGAIN', syscall: 'getaddrinfo' }), 'EAI_AGAIN'],
    ['too slow to connect', of({ code: 'UND_ERR_CONNECT_TIMEOUT' }), 'UND_ERR_CONNECT_TIMEOUT'],
    [
      'refused at each of its addresses',
      Object.assign(new AggregateError([of({ syscall: 'connect' }), of({ syscall: 'connect' })]), {
        code: 'ECONNREFUSED',
      }),
      'ECONNREFUSED',
    ],
  ])('%s', (_, error, reason) => {
    expect(failureOf(error)).toEqual({ connected: false, reason })
    expect(failureOf(wrapped(error))).toEqual({ connected: false, reason })
  })
})

describe('behavior: bytes may have left', () => {
  test.each([
    ['reset', of({ code: 'ECONNRESET', syscall: 'read' }), 'ECONNRESET'],
    ['broken pipe', of({ code: 'EPIPE', syscall: 'write' }), 'EPIPE'],
    ['the route was lost meanwhile', of({ code: 'EHOSTUNREACH', syscall: 'read' }), 'EHOSTUNREACH'],
    ['refused, but by whom?', of({ code: 'ECONNREFUSED', syscall: 'write' }), 'ECONNREFUSED'],
    ['a name, but of what?', of({ code: 'ENOTFOUND' }), 'ENOTFOUND'],
    ['closed', of({ code: 'UND_ERR_SOCKET' }), 'UND_ERR_SOCKET'],
    ['time-out', new DOMException('x', 'TimeoutError'), 'timeout'],
    ['given up', new DOMException('x', 'AbortError'), 'aborted'],
    [
      'one address was reached',
      new AggregateError([of({ syscall: 'connect' }), of({ syscall: 'read' })]),
      'connection lost',
    ],
    ['no addresses', new AggregateError([]), 'connection lost'],
  ])('%s', (_, error, reason) => {
    expect(failureOf(error)).toEqual({ connected: true, reason })
    expect(failureOf(wrapped(error))).toEqual({ connected: true, reason })
  })

  test.each([undefined, null, 'text', 5, {}, { cause: null }])(
    'whatever was thrown: %j',
    (thrown) => {
      expect(failureOf(thrown)).toEqual({ connected: true, reason: 'connection lost' })
    },
  )
})
