import { randomBytes } from 'node:crypto'

import { expect, test } from 'vitest'

import { redact } from '../../src/internal/redact.js'

const key = randomBytes(32).toString('hex')
const signature = `0x${randomBytes(65).toString('hex')}`
const header = randomBytes(300).toString('base64')

test.each([
  ['a key', key],
  ['a key with 0x', `0x${key}`],
  ['a signature', signature],
  ['a header', header],
  ['a header in base64url', randomBytes(300).toString('base64url')],
  ['most of a header', header.slice(20, 90)],
])('behavior: %s goes, the words about it stay', (_, secret) => {
  for (const text of [
    `bad ${secret} here`,
    `"${secret}"`,
    `a=${secret};`,
    `(${secret},${secret})`,
  ]) {
    expect(redact(text)).not.toContain(secret.slice(2, 50))
    expect(redact(text)).toContain('[…]')
  }
  expect(redact(`Invalid header: ${secret} was refused`)).toBe('Invalid header: […] was refused')
})

test('behavior: API keys and signed links go', () => {
  expect(redact('got Authorization: bearer sk-short')).toBe('got Authorization: bearer […]')
  expect(redact('see https://media.example/x.mp4?sig=abc&t=1 soon')).toBe(
    'see https://media.example/x.mp4?[…] soon',
  )
  expect(redact('see https://media.example/x#token')).toBe('see https://media.example/x?[…]')
})

test.each([
  'The model seedance-2-5-reference-to-video-fast is not available.',
  'Wallet 0xA0Cf798816D4b9b9866b5330EEa46a18382f251e is unknown',
  'Job 11111111-2222-4333-8444-555555555555 is older than 24 hours',
  'See https://docs.venice.ai/overview/about-venice for details',
])('behavior: %s', (text) => {
  expect(redact(text)).toBe(text)
})
