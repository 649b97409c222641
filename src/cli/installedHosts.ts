import { existsSync } from 'node:fs'

import { type Entry, type Host, hostAt, hostOf, versionOf } from './hosts.js'
import { hostNames } from './hostNames.js'
import { readRecords } from './installRecord.js'
import type { Places } from './readConfig.js'
import { readText } from './replaceFile.js'

/** A host that starts a server of ours. */
export type Installed = {
  entry: Entry
  host: Host
  /** Of the package, or `npx`: whatever that name leads to on that day. */
  version: string
}

/** Finds the hosts that start a server of ours: in the user's files, in this folder's, and in those on record. */
export function installedHosts(places: Places): Installed[] {
  const known = readRecords(places.zecchinoHome).map(({ file, host }) => hostAt(host, file))
  const usual = hostNames.flatMap((name) =>
    (['user', 'project'] as const).flatMap((scope) => hostOf(name, places, scope) ?? []),
  )
  const byFile = new Map([...usual, ...known].map((host) => [host.file, host]))
  return [...byFile.values()].flatMap((host) => {
    const found = existsSync(host.file) ? host.find(textOf(host.file)) : undefined
    if (found?.kind !== 'ours') return []
    return [{ entry: found.entry, host, version: versionOf(found.entry) ?? 'npx' }]
  })
}

function textOf(file: string): string {
  try {
    return readText(file) ?? ''
  } catch {
    return '' // a folder, or not for us to read: no server of ours
  }
}
