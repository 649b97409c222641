import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { Rolldown } from 'tsdown'

/**
 * Packages that nobody who uses ours imports from it: what ours uses of them is part of what is published,
 * so that they are not installed, each with all that it brings. The others stay as they are: one copy each
 * of what callers have as well (viem, zod, undici), and drivers.
 */
const bundled =
  /^(@clack\/prompts|@hono\/node-server|@modelcontextprotocol\/sdk|commander|h264-mp4-encoder|hono|kysely|mediabunny|siwe)(\/|$)/

/** What a bundled package shares with ours, or is there wherever it is used. */
const shared = /^(node:|libsql$|ox($|\/)|pg$|undici$|viem($|\/)|zod($|\/))/

/** Folder of what is bundled, within `dist`. */
const folder = 'vendor'

/** What was found to be bundled, by file. */
const known = new Map<string, string>()

/** File of what is used of a package, within that folder. */
const fileOf = (specifier: string) => specifier.replace(/^@/, '').replaceAll(/[/.]/g, '-')

/** Has each of our modules import what is bundled from there. */
export function fromBundle(): Rolldown.Plugin {
  return {
    name: 'from-bundle',
    resolveId: {
      order: 'pre',
      handler(specifier) {
        if (!bundled.test(specifier)) return undefined
        known.set(fileOf(specifier), specifier)
        // As if it were among our own: the way to it is the same in `dist`.
        return { external: 'relative', id: resolve('src', folder, `${fileOf(specifier)}.js`) }
      },
    },
  }
}

/** Bundles what our modules use of those packages, with whose it is and under which licence. */
export async function bundlePackages(): Promise<void> {
  const names = namesUsed()
  const build = await Rolldown.rolldown({
    external: shared,
    input: Object.fromEntries([...known.keys()].map((file) => [file, `bundled:${file}.mjs`])),
    platform: 'node',
    plugins: [
      {
        name: 'used-of-packages',
        load(id) {
          const file = id.match(/^\0bundled:(.*)\.mjs$/)?.[1]
          if (file === undefined) return undefined
          const used = [...(names.get(file) ?? [])].toSorted()
          return `export { ${used.join(', ')} } from '${known.get(file)}'`
        },
        resolveId: (id) => (id.startsWith('bundled:') ? `\0${id}` : undefined),
      },
    ],
  })
  const { output } = await build.write({
    chunkFileNames: 'shared-[hash].js',
    dir: join('dist', folder),
    entryFileNames: '[name].js',
    minify: 'dce-only',
  })
  const modules = output.flatMap((one) => (one.type === 'chunk' ? Object.keys(one.modules) : []))
  const packages = packagesOf(modules)
  writeFileSync('dist/THIRD-PARTY-NOTICES.md', noticesOf(packages))
  writeFileSync('dist/sbom.cdx.json', JSON.stringify(billOf(packages), null, 2))
}

/** What our modules import from each file, by name. */
function namesUsed(): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>()
  const patterns = [
    /import \{([^{}]*)\} from "[^"]*\/vendor\/([^"]*)\.js"/g,
    /\{([^{}]*)\} = await import\("[^"]*\/vendor\/([^"]*)\.js"\)/g,
  ]
  for (const path of readdirSync('dist', { encoding: 'utf8', recursive: true })) {
    if (!path.endsWith('.js') || path.startsWith(folder)) continue
    const text = readFileSync(join('dist', path), 'utf8')
    for (const [, list = '', file = ''] of patterns.flatMap((one) => [...text.matchAll(one)]))
      for (const name of list.split(',')) {
        const own = name.trim().split(/ as |:/)[0]
        if (own) names.set(file, (names.get(file) ?? new Set()).add(own.trim()))
      }
  }
  return names
}

/** A package of which something is bundled. */
type Package = { license: string; name: string; text: string; version: string; where: string }

function packagesOf(modules: readonly string[]): Package[] {
  const folders = new Set(
    modules.flatMap((id) => id.match(/^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1] ?? []),
  )
  return [...folders].toSorted().map((where) => {
    const text = readFileSync(join(where, 'package.json'), 'utf8')
    const pack = JSON.parse(text) as Record<string, unknown>
    const license = readdirSync(where).find((name) => /^(licen[cs]e|copying)/i.test(name))
    return {
      license: String(pack['license'] ?? 'unknown'),
      name: String(pack['name']),
      text: license ? readFileSync(join(where, license), 'utf8').trim() : '',
      version: String(pack['version']),
      where,
    }
  })
}

function noticesOf(packages: readonly Package[]): string {
  const parts = packages.map(
    ({ license, name, text, version }) =>
      `## ${name} ${version}\n\nLicence: ${license}\n\n\`\`\`text\n${text}\n\`\`\`\n`,
  )
  return ['# Third-party notices\n', 'Parts of these packages are in `vendor/`.\n', ...parts].join(
    '\n',
  )
}

/** A bill of materials of what is bundled, in CycloneDX 1.6. */
function billOf(packages: readonly Package[]): object {
  return {
    bomFormat: 'CycloneDX',
    components: packages.map(({ license, name, version }) => ({
      licenses: [{ expression: license }],
      name,
      purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      type: 'library',
      version,
    })),
    specVersion: '1.6',
    version: 1,
  }
}
