import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import * as z from 'zod'

import * as Errors from '../Errors.js'
import * as Jsonc from '../internal/Jsonc.js'
import * as Policy from '../Policy.js'
import { configIssues } from './configIssues.js'

/** What is set for one profile: the policy's keys beside a few of its own. */
const Section = z
  .strictObject({
    ...Policy.Policy.shape,
    apiUrl: z.url(),
    /** Hosts that files may come from where a proxy leads out. */
    fileHosts: z.array(z.string().regex(/^(\*\.)?[^\s/:*]+$/, 'a host, or *. and a host')),
    /** Hosts the owner allows beside the profile's own. */
    hosts: z.array(z.string().min(1)),
    outputDir: z.string().min(1),
    /** Two have to agree before anything is proven. */
    rpcUrl: z.union([z.url(), z.literal('none'), z.array(z.url()).min(1).max(2)]),
  })
  .partial()

/** `config.json`: a section for each profile. Keys beside them were set before there were any. */
const File = z.strictObject({
  ...Section.shape,
  sandbox: Section.optional(),
  venice: Section.optional(),
})

/** What stands in `config.json`, as it was written. */
export type ConfigFile = z.input<typeof File>

export type Profile = 'sandbox' | 'venice'

/** What `config.json` says for one profile. */
export type Settings = {
  apiUrl: string | undefined
  /** Keys of the policy that somebody chose; the others are defaults. */
  chosen: readonly Policy.Key[]
  fileHosts: readonly string[]
  hosts: readonly string[]
  outputDir: string | undefined
  policy: Policy.Policy
  rpcUrl: string | readonly string[] | undefined
  /** Keys that stand in no profile's section. */
  unfiled: readonly string[]
}

/** Where the file of a home is. */
export function configPath(home: string): string {
  return join(home, 'config.json')
}

/**
 * Reads `config.json` as it was written: JSON, with comments and trailing commas where its owner likes
 * them. What editors of other systems put before the text, a byte order mark, is no part of it.
 *
 * @throws {@link InvalidConfigError} naming the key, the place or the encoding; nothing falls back.
 */
export function readConfigFile(home: string): ConfigFile {
  const text = readConfigText(home)
  return text === undefined ? {} : parseConfig(text, configPath(home))
}

/**
 * The text of `config.json`, if there is one.
 *
 * @throws {@link InvalidConfigError} when it cannot be read as text.
 */
export function readConfigText(home: string): string | undefined {
  const where = configPath(home)
  let bytes: Buffer
  try {
    bytes = readFileSync(where)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new InvalidConfigError({ cause, issues: ['the file cannot be read'], where })
  }
  const isWide = bytes.length > 1 && (bytes[0] === 0 || bytes[1] === 0 || (bytes[0] ?? 0) >= 0xfe)
  if (isWide)
    throw new InvalidConfigError({ issues: ['its encoding is UTF-16; save it as UTF-8'], where })
  return bytes.toString('utf8')
}

/**
 * Reads what stands, or is to stand, in `config.json`.
 *
 * @throws {@link InvalidConfigError} naming the key or the place.
 */
export function parseConfig(text: string, where: string): ConfigFile {
  const read = Jsonc.readText(text)
  if ('flaw' in read) {
    const issues = [`the file: line ${read.line}, column ${read.column}: ${read.flaw}`]
    throw new InvalidConfigError({ issues, where })
  }
  const parsed = File.safeParse(read.value)
  if (parsed.success) return read.value as ConfigFile
  throw new InvalidConfigError({ issues: configIssues(parsed.error, read.value), where })
}

/**
 * What holds for a profile. Its own section counts as it is. Keys beside the sections may have been
 * set for play money: where real money is spent they only count as far as they allow less, and the
 * hosts among them not at all.
 */
export function settingsOf(file: ConfigFile, profile: Profile): Settings {
  const { sandbox, venice, ...flat } = file
  const section = { sandbox, venice }[profile] ?? {}
  const rest = Object.fromEntries(Object.entries(flat).filter(([key]) => !(key in section)))
  const ofFlat = rulesIn(rest)
  const own = parse({ ...Policy.defaults[profile], ...rulesIn(section) })
  const known = parse({ ...Policy.defaults[profile], ...ofFlat })
  const counted = profile === 'sandbox' ? known : Policy.stricterOf(known, own)
  const keys = Object.keys(ofFlat) as Policy.Key[]
  const policy = {
    ...own,
    ...Object.fromEntries(keys.map((key) => [key, counted[key]])),
  } as Policy.Policy
  const chosen = [
    ...(Object.keys(rulesIn(section)) as Policy.Key[]),
    ...keys.filter((key) => profile === 'sandbox' || !Policy.isSame(key, policy, own)),
  ]
  return {
    apiUrl: section.apiUrl ?? (isOf(profile, flat.apiUrl) ? flat.apiUrl : undefined),
    chosen,
    fileHosts: section.fileHosts ?? (profile === 'sandbox' ? (flat.fileHosts ?? []) : []),
    hosts: section.hosts ?? (profile === 'sandbox' ? (flat.hosts ?? []) : []),
    outputDir: section.outputDir ?? flat.outputDir,
    policy,
    rpcUrl:
      section.rpcUrl ??
      ([flat.rpcUrl].flat().every((url) => isOf(profile, url)) ? flat.rpcUrl : undefined),
    unfiled: Object.keys(flat),
  }
}

/** Whether a URL beside the sections may be meant for a profile: this machine is the sandbox's. */
function isOf(profile: Profile, url: string | undefined): boolean {
  return !(profile === 'venice' && isLoopback(url))
}

/** Whether a URL leads to this machine. */
export function isLoopback(url: string | undefined): boolean {
  const { hostname } = url !== undefined && URL.canParse(url) ? new URL(url) : { hostname: '' }
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

function rulesIn(section: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(section).filter(([key]) => key in Policy.Policy.shape))
}

function parse(value: unknown): Policy.Policy {
  const parsed = Policy.Policy.safeParse(value)
  if (parsed.success) return parsed.data
  throw new InvalidConfigError({ issues: configIssues(parsed.error, value), where: 'config.json' })
}

/** A variable or `config.json` holds something that is not allowed. Nothing falls back. */
export class InvalidConfigError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'InvalidConfigError'

  constructor(options: { cause?: unknown; issues: readonly string[]; where: string }) {
    const { cause, issues, where } = options
    super(`The configuration in ${where} is not valid.`, {
      cause,
      facts: issues.slice(0, 8),
      hint: `Correct ${where} and start again; nothing was started with a default instead.`,
    })
  }
}
