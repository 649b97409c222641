import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

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
  plugins: [{ generateBundle: addLicenses, name: 'licenses' }],
  target: 'node20.19',
})

/** Puts the licenses of what is bundled beside it, as they ask for. */
function addLicenses(
  this: { emitFile(file: { fileName: string; source: string; type: 'asset' }): void },
  _: unknown,
  bundle: Record<string, object>,
) {
  const ids = Object.values(bundle).flatMap((part) =>
    'moduleIds' in part ? (part.moduleIds as string[]) : [],
  )
  const folders = new Set(ids.filter((id) => id.includes('/node_modules/')).map(packageOf))
  const texts = [...folders].toSorted().map((folder) => {
    const { license, name, version } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    ) as Record<string, string>
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file ? readFileSync(join(folder, file), 'utf8').trim() : ''
    return `${name} ${version} (${license})\n\n${text}\n`
  })
  this.emitFile({ fileName: 'LICENSES.txt', source: texts.join('\n---\n\n'), type: 'asset' })
}

/** The folder of the package that a module belongs to: the nearest one with a version. */
function packageOf(id: string): string {
  for (let folder = dirname(id); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file) && 'version' in (JSON.parse(readFileSync(file, 'utf8')) as object))
      return folder
  }
}
