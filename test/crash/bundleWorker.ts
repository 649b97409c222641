import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/**
 * Puts a worker, the built package and what it depends on into one file, and returns its path. A
 * process starts from it in a third of the time, and some tests start many. Made once for a build,
 * and shared by the test files.
 */
export async function bundleWorker(entry = 'test/crash/worker.mjs'): Promise<string> {
  const folder = resolve(`node_modules/.cache/zecchino-${entry.replaceAll(/\W+/g, '-')}`)
  const made = join(folder, `${Math.floor(newest('dist', dirname(entry)))}.mjs`)
  if (existsSync(made)) return made
  await rm(folder, { force: true, recursive: true }) // those of earlier builds
  const { build } = await import('tsdown')
  const draft = join(folder, `${process.pid}`)
  await mkdir(draft, { recursive: true })
  await build({
    clean: false,
    config: false,
    dts: false,
    entry: { worker: entry },
    external: ['libsql', 'pg', '@napi-rs/keyring'],
    fixedExtension: true,
    format: 'esm',
    inlineOnly: false,
    logLevel: 'error',
    noExternal: [/./],
    outDir: draft,
    outputOptions: { codeSplitting: false },
    platform: 'node',
  })
  await rename(join(draft, 'worker.mjs'), made)
  await rm(draft, { force: true, recursive: true })
  return made
}

/** When a file of these folders was last changed. */
function newest(...folders: string[]): number {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true }),
  )
  return Math.max(
    ...files
      .filter((file) => file.isFile())
      .map(({ name, parentPath }) => statSync(join(parentPath, name)).mtimeMs),
  )
}
