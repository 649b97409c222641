import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'cli/bin': 'src/cli/bin.ts',
    'mcp/index': 'src/mcp/index.ts',
    'sandbox/index': 'src/sandbox/index.ts',
    'sandbox/renderWorker': 'src/sandbox/renderWorker.ts',
    'tools/index': 'src/tools/index.ts',
  },
  dts: false,
  fixedExtension: false,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  unbundle: true,
})
