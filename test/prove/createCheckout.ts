import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { runProgram } from './runProgram.js'

/** What a copy is made of, besides the packages. */
const parts = [
  'bundled.config.ts',
  'package.json',
  'src',
  'test',
  'tsconfig.build.json',
  'tsconfig.json',
  'tsdown.config.ts',
  'vitest.config.ts',
]

/** A copy of this checkout to break things in: the sources are its own, the packages are shared. */
export function createCheckout() {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-mutants-'))
  for (const part of parts) cpSync(part, join(folder, part), { recursive: true })
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  // One by one, because builds and caches are written beside them.
  for (const name of readdirSync('node_modules'))
    if (!name.startsWith('.') || name === '.bin')
      symlinkSync(resolve('node_modules', name), join(modules, name))

  return {
    /** Builds `dist`. `false`: it does not build. */
    async build(): Promise<boolean> {
      const tsdown = ['node_modules/tsdown/dist/run.mjs', '--logLevel', 'error']
      return (await runProgram(tsdown, { cwd: folder, timeout: 120_000 })).code === 0
    },
    folder,
    [Symbol.dispose]: () => rmSync(folder, { force: true, recursive: true }),
  }
}
