import { expect, test } from 'vitest'

import { layOutPackages, type Manifest } from '../../src/internal/layOutPackages.js'

/** Lays out packages of an imagined disk: manifests by folder, found as Node finds them. */
function layOut(root: string, disk: Record<string, Manifest>, links: Record<string, string> = {}) {
  const find = (name: string, from: string) => {
    for (let at = from; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const folder = `${at}/node_modules/${name}`
      const real = links[folder] ?? folder
      if (disk[real]) return real
      if (!at.includes('/')) return undefined
    }
  }
  const placed = layOutPackages(root, {
    find,
    missing: (name) => new Error(`${name} is not there`),
    read: (folder) => disk[folder] ?? {},
  })
  return Object.fromEntries(placed.map(({ from, to }) => [to, from]))
}

const needs = (name: string, ...names: string[]): Manifest => ({
  name,
  dependencies: Object.fromEntries(names.map((one) => [one, '*'])),
})

test('default: flat as npm has it, with what only some need where they find it', () => {
  const disk = {
    '/p/node_modules/z': needs('z', 'a', '@s/b'),
    '/p/node_modules/a': needs('a', 'c'),
    '/p/node_modules/@s/b': needs('@s/b', 'c'),
    '/p/node_modules/@s/b/node_modules/c': needs('c', 'a'),
    '/p/node_modules/c': needs('c'),
    '/p/node_modules/stranger': needs('stranger'),
  }
  expect(layOut('/p/node_modules/z', disk)).toEqual({
    'node_modules/z': '/p/node_modules/z',
    'node_modules/a': '/p/node_modules/a',
    'node_modules/@s/b': '/p/node_modules/@s/b',
    'node_modules/c': '/p/node_modules/c',
    'node_modules/@s/b/node_modules/c': '/p/node_modules/@s/b/node_modules/c',
  })
})

test('behavior: links are followed, as pnpm lays packages out', () => {
  const store = '/p/node_modules/.pnpm'
  const disk = {
    [`${store}/z@1/node_modules/z`]: needs('z', 'a'),
    [`${store}/a@1/node_modules/a`]: needs('a', 'c'),
    [`${store}/c@2/node_modules/c`]: needs('c'),
  }
  const links = {
    [`${store}/z@1/node_modules/a`]: `${store}/a@1/node_modules/a`,
    [`${store}/a@1/node_modules/c`]: `${store}/c@2/node_modules/c`,
  }
  expect(layOut(`${store}/z@1/node_modules/z`, disk, links)).toEqual({
    'node_modules/z': `${store}/z@1/node_modules/z`,
    'node_modules/a': `${store}/a@1/node_modules/a`,
    'node_modules/c': `${store}/c@2/node_modules/c`,
  })
})

test('behavior: circles end, and two versions stay two', () => {
  const disk = {
    '/z': needs('z', 'a', 'b'),
    '/z/node_modules/a': needs('a', 'b'),
    '/z/node_modules/a/node_modules/b': needs('b', 'a'),
    '/z/node_modules/b': needs('b', 'z', 'a'),
    '/z/node_modules/b/node_modules/z': needs('z', 'b'),
  }
  expect(layOut('/z', disk)).toEqual({
    'node_modules/z': '/z',
    'node_modules/a': '/z/node_modules/a',
    'node_modules/b': '/z/node_modules/b',
    'node_modules/a/node_modules/b': '/z/node_modules/a/node_modules/b',
    'node_modules/b/node_modules/z': '/z/node_modules/b/node_modules/z',
  })
})

test('behavior: optional ones are taken where they are, peers where they have to be', () => {
  const disk: Record<string, Manifest> = {
    '/z': {
      ...needs('z', 'a', 'linux', 'windows'),
      optionalDependencies: { linux: '*', windows: '*' },
      peerDependencies: { pg: '*' },
      peerDependenciesMeta: { pg: { optional: true } },
    },
    '/z/node_modules/a': {
      name: 'a',
      peerDependencies: { peer: '*', typescript: '*' },
      peerDependenciesMeta: { typescript: { optional: true } },
    },
    '/z/node_modules/linux': needs('linux'),
    '/z/node_modules/peer': needs('peer'),
    '/z/node_modules/pg': needs('pg'),
    '/z/node_modules/typescript': needs('typescript'),
  }
  expect(Object.keys(layOut('/z', disk))).toEqual([
    'node_modules/z',
    'node_modules/a',
    'node_modules/linux',
    'node_modules/pg',
    'node_modules/peer',
  ])
})

test('error: a package that is needed and not there is named', () => {
  expect(() => layOut('/z', { '/z': needs('z', 'gone') })).toThrow('gone is not there')
})
