import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { defineConfig } from 'tsdown'

import { bundlePackages, fromBundle } from './bundled.config.js'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'cli/bin': 'src/cli/bin.ts',
    'mcp/index': 'src/mcp/index.ts',
    'mcp/recordAnswers': 'src/mcp/recordAnswers.ts',
    'sandbox/index': 'src/sandbox/index.ts',
    'sandbox/renderWorker': 'src/sandbox/renderWorker.ts',
    'tools/index': 'src/tools/index.ts',
  },
  dts: false,
  fixedExtension: false,
  format: 'esm',
  hooks: {
    async 'build:done'() {
      await bundlePackages()
      await recordAnswers()
    },
  },
  platform: 'node',
  plugins: [fromBundle()],
  target: 'node20.19',
  unbundle: true,
})

/** Takes down what the server tells every client, so that a start need not work it out. */
async function recordAnswers() {
  const { href } = pathToFileURL(resolve('dist/mcp/recordAnswers.js'))
  const built = (await import(href)) as typeof import('./src/mcp/recordAnswers.js')
  await writeFile('dist/mcp/answers.json', JSON.stringify(await built.recordAnswers()))
}
