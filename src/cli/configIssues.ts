import type * as z from 'zod'

import { meantBy } from '../internal/closest.js'
import { isRecord } from '../internal/isRecord.js'
import { printable } from '../internal/printable.js'
import { redact } from '../internal/redact.js'
import * as Policy from '../Policy.js'

const amount = 'an amount in USD, such as 2 or 0.35'

/** What each rule takes, in words. */
const rules: Record<Policy.Key, string> = {
  approveAboveUsd: amount,
  approveVia: 'cli or elicitation',
  deleteAfterSave: 'true or false',
  maxCreditUsd: amount,
  maxPaidTotalUsd: amount,
  maxPerVideoUsd: amount,
  maxSpendPerDayUsd: amount,
  maxSpendTotalUsd: amount,
  maxTopUpUsd: amount,
  maxTopUpsPerDay: 'a whole number from 0 to 1000',
  models: 'a list of models, such as ["wan-2-7-text-to-video"], or null for all',
  payTo: 'an address (0x and 40 hex digits), or null for the first one that is seen',
  priceTolerance: 'a part of the price from 0 to 1, such as 0.05',
  readFiles: 'a list of folders, such as ["/home/me/pictures"]',
}

/** What the other keys take. Their values may hold a password, so none is shown. */
const places: Record<string, string> = {
  apiUrl: 'a URL, such as https://api.venice.ai/api/v1',
  fileHosts: 'a list of hosts, such as ["files.example", "*.store.example"]',
  hosts: 'a list of hosts, such as ["gateway.example"]',
  outputDir: 'a folder, such as "/home/me/videos"',
  rpcUrl: 'a URL, a list of two, or "none"',
}

const known: Record<string, string> = { ...rules, ...places }
const sections = ['sandbox', 'venice']

/** Says what is wrong in `config.json`, key by key: each with what would be right. */
export function configIssues(error: z.ZodError, file: unknown): string[] {
  const found = error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownKey(key, issue.path))
      : [wrongValue(issue.path, file)],
  )
  // A list with two wrong entries is one wrong value.
  return [...new Set(found)]
}

/** Says of a value of a rule what is wrong with it, and what would be right. */
export function ruleIssue(key: Policy.Key, value: unknown): string {
  const meant = JSON.stringify(meantValue(key, value))
  return `${key}: ${rules[key]}, not ${shown(value)}${meant === undefined ? '' : `; did you mean ${meant}?`}`
}

/** What a misspelt name surely stands for, to be put behind a sentence; nothing where it may be any. */
export function didYouMean(key: string, candidates: readonly string[]): string {
  const meant = meantBy(key, candidates)
  return meant === undefined ? '' : `; did you mean ${meant}?`
}

function unknownKey(key: string, path: readonly PropertyKey[]): string {
  const inside = path.length > 0
  const near = didYouMean(key, inside ? Object.keys(known) : [...sections, ...Object.keys(known)])
  const name = printable([...path, key].join('.'), 80)
  const all = `known: ${Object.keys(known).join(', ')}, in a section named sandbox or venice`
  return `unknown: ${name}${near || `; ${all}`}`
}

function wrongValue(path: readonly PropertyKey[], file: unknown): string {
  const at = path.findIndex((name) => String(name) in known)
  const [section = 'the file'] = path.map(String)
  if (at < 0)
    return path.length === 0
      ? 'the file: an object of sections, such as {"venice": {"maxPerVideoUsd": "1"}}'
      : `${section}: an object of keys, such as {"maxPerVideoUsd": "1"}`
  const way = path.slice(0, at + 1).map(String)
  const key = way.at(-1) ?? ''
  const value = way.reduce<unknown>((node, name) => (isRecord(node) ? node[name] : node), file)
  const prefix = way
    .slice(0, -1)
    .map((name) => `${name}.`)
    .join('')
  return prefix + (isRule(key) ? ruleIssue(key, value) : `${key}: ${known[key]}`)
}

function isRule(key: string): key is Policy.Key {
  return key in rules
}

/** A value as it was written, as far as it fits a line; what may be a key is not repeated. */
function shown(value: unknown): string {
  if (value === '') return 'nothing'
  return printable(redact(JSON.stringify(value) ?? 'nothing'), 60)
}

/** The value that somebody surely meant: it is only named, never taken. */
function meantValue(key: Policy.Key, value: unknown): unknown {
  const text = typeof value === 'string' ? value.trim() : JSON.stringify(value)
  if (text === '' || text === undefined) return undefined
  const plain = text.replace(/^\$|\s*(?:\$|usd|usdc)$/gi, '').trim()
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1]
  const parts = text.split(',').map((part) => part.trim())
  const candidates: unknown[] = [
    plain,
    // With three digits behind it a comma may set thousands apart.
    ...(/^\d+,(?:\d{1,2}|\d{4,6})$/.test(plain) ? [plain.replace(',', '.')] : []),
    ...(percent === undefined ? [] : [Number(percent) / 100]),
    ...(/^[\d.]+$/.test(text) ? [Number(text)] : []),
    ...(/^(?:true|yes|on|1)$/i.test(text)
      ? [true]
      : /^(?:false|no|off|0)$/i.test(text)
        ? [false]
        : []),
    text.toLowerCase(),
    ...(/^(?:all|any)$/i.test(text) ? [null] : []),
    ...(typeof value === 'string' && !/^[[{"]/.test(text) ? [parts] : []),
  ]
  const fits = (one: unknown) => Policy.Policy.shape[key].safeParse(one).success
  return key === 'payTo' ? undefined : candidates.find(fits)
}
