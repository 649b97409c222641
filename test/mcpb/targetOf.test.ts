import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { targetOf } from '../../mcpb/targetOf.mjs'

/** A head of 64 bytes with a few set. */
function head(...parts: [at: number, hex: string][]): Buffer {
  const bytes = Buffer.alloc(80)
  for (const [at, hex] of parts) Buffer.from(hex, 'hex').copy(bytes, at)
  return bytes
}

test('default: the driver of this machine', () => {
  const folder = 'node_modules/@libsql'
  for (const name of readdirSync(folder)) {
    const [platform, arch] = name.split('-')
    expect(targetOf(readFileSync(join(folder, name, 'index.node')))).toEqual({ arch, platform })
  }
})

test.each([
  ['linux', 'x64', head([0, '7f454c46'], [18, '3e00'])],
  ['linux', 'arm64', head([0, '7f454c46'], [18, 'b700'])],
  ['darwin', 'arm64', head([0, 'cffaedfe0c000001'])],
  ['darwin', 'x64', head([0, 'cffaedfe07000001'])],
  ['win32', 'x64', head([0, '4d5a'], [60, '40000000'], [64, '504500006486'])],
  ['win32', 'arm64', head([0, '4d5a'], [60, '40000000'], [64, '5045000064aa'])],
])('default: %s on %s', (platform, arch, bytes) => {
  expect(targetOf(bytes)).toEqual({ arch, platform })
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['an unknown processor', head([0, '7f454c46'], [18, 'ffff'])],
  ['a program of DOS', head([0, '4d5a'], [60, 'ffffff7f'])],
  ['text', Buffer.from('#!/usr/bin/env node\n'.repeat(5))],
])('error: %s is for no platform', (_, bytes) => expect(targetOf(bytes)).toBeUndefined())
