import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'

import { expect, test } from 'vitest'

/** The folders of `src`, lowest first; `.` is the nouns. One line, one height. */
const layers = [
  ['internal'],
  ['.'],
  ['ledgers', 'sandbox', 'wallets'],
  ['client'],
  ['actions'],
  ['flows'],
  ['tools'],
  ['mcp'],
  ['cli'],
]
const heights = new Map(layers.flatMap((names, height) => names.map((name) => [name, height])))

/** They import from everywhere and nowhere: the public surface and one constant. */
const exempt = new Set(['index.ts', 'version.ts'])

const files = (readdirSync('src', { recursive: true }) as string[])
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join('src', name), 'utf8') }))

function folderOf(name: string): string {
  const [folder = '.', ...rest] = normalize(name).split(sep)
  return rest.length === 0 ? '.' : folder
}

/** What a file imports from this package: static, dynamic, re-exported, and worker files. */
function importsOf({ name, text }: (typeof files)[number]): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport\(?|new URL\()\s*'(\.[^']+)'/g)
  return [...found].map(([, specifier = '']) => join(dirname(name), specifier))
}

function where(pattern: RegExp, allowed: (name: string) => boolean): string[] {
  return files
    .filter(({ name, text }) => !allowed(name) && pattern.test(text))
    .map(({ name }) => name)
}

test('behavior: every folder has its place', () => {
  const folders = new Set(files.map(({ name }) => folderOf(name)))
  expect([...folders].filter((folder) => !heights.has(folder))).toEqual([])
  expect(files.flatMap(importsOf).length).toBeGreaterThan(300)
})

test('behavior: imports point downward', () => {
  const upward = files
    .filter(({ name }) => !exempt.has(name))
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => !exempt.has(target.replace(/\.js$/, '.ts')))
        .filter((target) => folderOf(target) !== folderOf(file.name))
        .filter((target) => height(target) >= height(file.name))
        .map((target) => `${file.name} -> ${target}`),
    )
  expect(upward).toEqual([])
})

function height(name: string): number {
  return heights.get(folderOf(name)) ?? Number.NaN
}

test('behavior: the sandbox knows the wire only, and only the command line knows the sandbox', () => {
  const crossing = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => folderOf(target) !== folderOf(file.name) && folderOf(file.name) !== 'cli')
      .filter((target) => folderOf(target) === 'sandbox')
      .map((target) => `${file.name} -> ${target}`),
  )
  const reaching = files
    .filter(({ name }) => folderOf(name) === 'sandbox')
    .flatMap(importsOf)
    .filter((target) => !['.', 'internal', 'sandbox'].includes(folderOf(target)))
  expect({ crossing, reaching }).toEqual({ crossing: [], reaching: [] })
})

test('behavior: the MCP SDK is touched in one folder', () => {
  expect(where(/'@modelcontextprotocol\//, (name) => folderOf(name) === 'mcp')).toEqual([])
})

test('behavior: only readConfig reads the environment', () => {
  const allowed = (name: string) => isReadConfig(name) || ofTheSystem.includes(name)
  expect(where(/process\s*(\.|\[')env|\benv\b.*'node:process'/, allowed)).toEqual([])
})

/** What only the environment tells: where Windows is, and whether Node checks certificates right now. */
const ofTheSystem = [join('internal', 'readAccess.ts'), join('client', 'requireVerified.ts')]

function isReadConfig(name: string): boolean {
  return name === join('cli', 'readConfig.ts')
}

test('behavior: chance comes from crypto', () => {
  expect(where(/Math\s*\.\s*random|generateSiweNonce/, () => false)).toEqual([])
})

test('behavior: a library never prints', () => {
  const isProcess = (name: string) => ['cli', 'mcp'].includes(folderOf(name))
  expect(where(/\bconsole\s*\.|process\.std(out|err)/, isProcess)).toEqual([])
})

test('behavior: the heavy barrel of viem is imported for its types only', () => {
  const barrel = /^import (?!type )[^;']*? from 'viem'$/m
  expect(where(barrel, (name) => folderOf(name) === 'sandbox')).toEqual([])
})
