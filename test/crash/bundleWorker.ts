import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/**
 * Puts a worker, the built package and what it depends on into one file, together with what V8
 * makes of it, and returns the path of a program that runs it. A process starts from it in a third
 * of the time or less, and some tests start many. Made once for a build, and shared by the test
 * files.
 */
export async function bundleWorker(entry = 'test/crash/worker.mjs'): Promise<string> {
  const folder = resolve(`node_modules/.cache/zecchino-${entry.replaceAll(/\W+/g, '-')}`)
  const made = join(folder, `${Math.floor(newest('dist', 'test/crash', dirname(entry)))}`)
  const program = join(made, 'start.cjs')
  if (existsSync(program)) return program
  await mkdir(folder, { recursive: true })
  // Those of earlier builds; another process may be making this one.
  for (const name of readdirSync(folder).filter((name) => join(folder, name) !== made))
    await rm(join(folder, name), { force: true, recursive: true })
  const { build } = await import('tsdown')
  const draft = await mkdtemp(`${folder}-`)
  await build({
    clean: false,
    config: false,
    dts: false,
    entry: { worker: entry },
    external: ['libsql', 'pg', '@napi-rs/keyring'],
    fixedExtension: true,
    format: 'cjs',
    inlineOnly: false,
    logLevel: 'error',
    noExternal: [/./],
    outDir: draft,
    outputOptions: { codeSplitting: false, dynamicImportInCjs: false },
    platform: 'node',
  })
  copyFileSync('test/crash/start.cjs', join(draft, 'start.cjs'))
  execFileSync(process.execPath, [join(draft, 'start.cjs'), 'compile'])
  // Whoever was faster has made the same.
  await rename(draft, made).catch(() => rm(draft, { force: true, recursive: true }))
  return program
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
