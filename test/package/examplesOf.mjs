import { readdirSync, readFileSync } from 'node:fs'

/** What examples speak of without making it, as whoever follows them has it. */
const given = `
declare class OpenAI {
  constructor(options: { apiKey: string; baseURL: string; fetch: typeof globalThis.fetch })
}
declare const client: Z.Client
declare const issuedAt: Date
declare const ledger: Z.Ledger.Ledger
declare const policy: Z.Policy.Policy
declare const wallet: Z.Wallet.Wallet
declare const zecchino: Z.Zecchino
declare const secret: Uint8Array
declare const [model, nonce, outputDir, prompt, uri]: [string, string, string, string, string]
declare const [address, key]: [\`0x\${string}\`, \`0x\${string}\`]
declare const privateKeyToAccount: (key: \`0x\${string}\`) => Parameters<typeof Z.accountWallet>[0]
`

/**
 * The examples that users read, each as a module of its own: those of the README, and those in the comments
 * of what is exported. `exported`: the names of each entry, by entry.
 */
export function examplesOf(exported) {
  const names = new Set(Object.values(exported).flat())
  const sources = readdirSync('src', { recursive: true }).filter((path) => path.endsWith('.ts'))
  const comments = sources.flatMap((path) =>
    commentsOf(readFileSync(`src/${path}`, 'utf8')).map((one) => ({ ...one, path: `src/${path}` })),
  )
  const readme = blocksOf(readFileSync('README.md', 'utf8')).map((text) => ({
    path: 'README.md',
    text,
  }))
  return [
    ...readme,
    ...comments.filter(({ name, path }) =>
      names.has(path.match(/^src\/([A-Z]\w*)\./)?.[1] ?? name),
    ),
  ].map(({ path, text }) => ({ path, text: moduleOf(text, exported) }))
}

/** TypeScript between fences. What a foreign package is used for has another mark. */
function blocksOf(text) {
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, block]) => block)
}

/** Examples in comments, with the function that they are for. */
function commentsOf(text) {
  return [
    ...text.matchAll(/\/\*\*((?:(?!\*\/).)*?@example.*?)\*\/\s*export (?:async )?function (\w+)/gs),
  ]
    .map(([, comment, name]) => ({ name, texts: blocksOf(comment.replaceAll(/^ *\* ?/gm, '')) }))
    .flatMap(({ name, texts }) => texts.map((text) => ({ name, text })))
}

/** An example that says nothing of where its names are from has them from wherever they are exported. */
function moduleOf(text, exported) {
  const own = text.match(/^import .*$/gm) ?? []
  const known = new Set(own.flatMap((line) => line.match(/\w+/g)))
  const used = ([, all]) =>
    all.filter((name) => !known.has(name) && new RegExp(`\\b${name}\\b(?!:)`).test(text))
  const imports = Object.entries(exported).flatMap((entry) => {
    const names = used(entry)
    return names.length > 0 ? [`import { ${names.join(', ')} } from '${entry[0]}'`] : []
  })
  const body = text.replaceAll(/^import .*\n/gm, '')
  return [
    "import type * as Z from 'zecchino'",
    ...own,
    ...imports,
    given,
    `export async function example() {\n${body}}\n`,
  ].join('\n')
}
