/** What of a `package.json` decides which packages it takes to run. */
export type Manifest = {
  dependencies?: Record<string, string>
  name?: string
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

/** A package in a folder, and where a copy of it has to stand: in slashes, below a new root. */
export type Placed = { from: string; to: string }

/**
 * Lays a package and all that it takes to run out in a tree of its own, in which each package finds the
 * very ones that it finds now, however the installer has laid them out (nested, flat, or by links). What is
 * optional and not there is left out; of peers, those that have to be there, and the first package's own.
 */
export function layOutPackages(root: string, options: layOutPackages.Options): Placed[] {
  const { find, missing, read } = options
  const first: Placed = { from: root, to: `node_modules/${read(root).name ?? ''}` }
  const placed = new Map([[first.to, first.from]])
  const waiting = [first]
  for (let one = waiting.shift(); one; one = waiting.shift()) {
    for (const { isNeeded, name } of neededBy(read(one.from), one === first)) {
      const from = find(name, one.from)
      if (from === undefined && isNeeded) throw missing(name)
      if (from === undefined) continue
      const seen = foldersAbove(one.to).find((folder) => placed.has(`${folder}/${name}`))
      if (seen !== undefined && placed.get(`${seen}/${name}`) === from) continue
      const to = `${seen === undefined ? 'node_modules' : `${one.to}/node_modules`}/${name}`
      placed.set(to, from)
      waiting.push({ from, to })
    }
  }
  return [...placed].map(([to, from]) => ({ from, to }))
}

export declare namespace layOutPackages {
  type Options = {
    /** The folder of the package that code in `from` gets by that name, links resolved. */
    find: (name: string, from: string) => string | undefined
    /** What is thrown for a package that has to be there, and is not. */
    missing: (name: string) => Error
    /** The `package.json` of a folder. */
    read: (folder: string) => Manifest
  }
}

function neededBy(manifest: Manifest, isFirst: boolean): { isNeeded: boolean; name: string }[] {
  const { dependencies, optionalDependencies = {}, peerDependencies } = manifest
  const isOptional = (name: string) => manifest.peerDependenciesMeta?.[name]?.optional === true
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => isFirst || !isOptional(name))
  const names = new Set([...Object.keys(dependencies ?? {}), ...Object.keys(optionalDependencies)])
  return [
    ...[...names].map((name) => ({ isNeeded: !(name in optionalDependencies), name })),
    ...peers.filter((name) => !names.has(name)).map((name) => ({ isNeeded: false, name })),
  ]
}

/** The `node_modules` that a package of the tree looks into, nearest first. */
function foldersAbove(place: string): string[] {
  const folders: string[] = []
  for (let at: string = place; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/'))))
    folders.push(at.endsWith('node_modules') ? at : `${at}/node_modules`)
  return [...new Set([...folders, 'node_modules'])]
}
