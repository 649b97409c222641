import { defineConfig } from 'tsdown'

/** Everything in one folder, except the database driver's binary, which lies beside it. */
export default defineConfig({
  clean: true,
  cwd: '..',
  dts: false,
  entry: { serve: 'src/cli/mcpbBin.ts' },
  external: [/^@libsql\//, 'pg-native', 'pg-cloudflare', 'cloudflare:sockets'],
  fixedExtension: false,
  format: 'esm',
  minify: true,
  noExternal: [/.*/],
  outDir: 'dist-mcpb/stage/server',
  platform: 'node',
  target: 'node20.19',
})
