import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import * as Errors from '../src/Errors.js'

const sources = (readdirSync('src', { recursive: true }) as string[])
  .filter((name) => name.endsWith('.ts'))
  // The sandbox throws to itself: its refusals become answers.
  .filter((name) => !name.startsWith('sandbox'))
  .map((name) => readFileSync(join('src', name), 'utf8'))

/** Each class of error in the sources: its name, what it calls itself, and its codes. */
const classes = sources.flatMap((text) =>
  text
    .split(/^export (?:abstract )?class /m)
    .slice(1)
    .filter((body) => /^\w+ extends (?:\w+\.)?BaseError\b/.test(body))
    .map((body) => ({
      codes: [
        ...(/ readonly code\b([^\n]*(?:\n {4}\| [^\n]*)*)/.exec(body)?.[1] ?? '').matchAll(
          /'(\w+)'/g,
        ),
      ].map(([, code = '']) => code),
      name: /^\w+/.exec(body)?.[0] ?? '',
      says: / readonly name = '([^']+)'/.exec(body)?.[1] ?? '',
    })),
)

class SampleError extends Errors.BaseError {
  override readonly code = 'API_TIMEOUT'
  override readonly name = 'SampleError'

  constructor(options: Errors.BaseError.Options = {}) {
    super('It took too long.', options)
  }
}

describe('the table', () => {
  test('behavior: every class of error has its code there, and its own name', () => {
    expect(classes.length).toBeGreaterThan(25)
    // One has no code of its own: it passes on that of the error it tells more about.
    const passing = classes.filter(({ codes }) => codes.length === 0)
    expect(passing.map(({ name }) => name)).toEqual(['JobError'])
    for (const { codes, name, says } of classes) {
      expect(codes.filter((code) => !Object.hasOwn(Errors.codes, code))).toEqual([])
      expect(says.split('.').at(-1)).toBe(name)
    }
  })

  test('behavior: no class of this package fails without a code', () => {
    const bare = sources.flatMap((text) => text.match(/class \w+ extends Error\b.*/g) ?? [])
    // What keeps a tunnel from standing is a cause among those of the network: another error tells of it.
    expect(bare).toEqual(['class BaseError extends Error {', 'class TunnelError extends Error {'])
  })

  test('behavior: exit codes are those of sysexits', () => {
    for (const [code, { exit }] of Object.entries(Errors.codes))
      expect([code, exit >= 64 && exit <= 78]).toEqual([code, true])
  })

  test('behavior: who is refused by policy is not told to try again', () => {
    const refused = Object.values(Errors.codes).filter(({ exit }) => exit === 77)
    expect(refused.every(({ retryable }) => !retryable)).toBe(true)
  })
})

describe('BaseError', () => {
  test('default', () => {
    const error = new SampleError({
      facts: ['Status: 504'],
      hint: 'Try again.',
      moneyMoved: 'unknown',
    })
    expect(error.message).toBe('It took too long.\nStatus: 504\nTry again.')
    expect(error.toJSON()).toEqual({
      code: 'API_TIMEOUT',
      facts: ['Status: 504'],
      message: 'It took too long.',
      money_moved: 'unknown',
      next: 'Try again.',
      retryable: true,
    })
  })

  test('behavior: with nothing to add, nothing is added', () => {
    const error = new SampleError()
    expect(error.message).toBe('It took too long.')
    expect(error.toJSON()).toMatchObject({ facts: [], money_moved: 'no', next: undefined })
    expect('cause' in error).toBe(false)
  })

  test('behavior: the cause is kept, and crosses no border', () => {
    const error = new SampleError({ cause: new Error('key 0x42') })
    expect(error.cause).toBeInstanceOf(Error)
    expect(error.message + JSON.stringify(error)).not.toContain('0x42')
  })
})

describe('from', () => {
  test('behavior: our own errors pass', () => {
    const error = new SampleError()
    expect(Errors.from(error)).toBe(error)
  })

  test.each([
    ['an error', new Error('the key is 0x42')],
    ['text', 'the key is 0x42'],
    [
      'an object that looks like one of ours',
      { code: 'API_TIMEOUT', message: 'the key is 0x42', toJSON: () => '0x42' },
    ],
    ['nothing', undefined],
  ])('error: %s becomes UNEXPECTED, and its words stay inside', (_, stranger) => {
    const error = Errors.from(stranger)
    expect(error).toBeInstanceOf(Errors.UnexpectedError)
    expect(error.message + JSON.stringify(error)).not.toContain('0x42')
    expect(error.toJSON()).toMatchObject({
      code: 'UNEXPECTED',
      money_moved: 'unknown',
      retryable: false,
    })
    expect(error.cause).toBe(stranger)
  })
})
