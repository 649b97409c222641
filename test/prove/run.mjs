// Runs a prover or a benchmark: `node test/prove/run.mjs world --runs 60`. They are TypeScript, so
// the file of that name is bundled first; the packages it imports stay where they are. The bundle
// lies as deep as the sources do, so that the sandbox finds the thread that renders in `dist`.
import { rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { build } from 'tsdown'

const [name = ''] = process.argv.splice(2, 1)
const folder = resolve('node_modules', `.zecchino-${name}-${process.pid}`)
await mkdir(folder, { recursive: true })
process.once('exit', () => rmSync(folder, { force: true, recursive: true }))
await build({
  clean: false,
  config: false,
  dts: false,
  entry: { [name]: `test/prove/${name}.ts` },
  fixedExtension: true,
  format: 'esm',
  logLevel: 'error',
  outDir: folder,
  platform: 'node',
  skipNodeModulesBundle: true,
})
await import(pathToFileURL(join(folder, `${name}.mjs`)).href)
