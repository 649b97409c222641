import type * as z from 'zod'

import { closest } from './internal/closest.js'
import { printable } from './internal/printable.js'

/** One thing that is wrong with a request. */
export type Issue = {
  /** What the field takes, in words or as a list. */
  allowed: string
  /** As on the wire, with the place in a list: `keyframes.2.frame_index`. */
  field: string
  /** What the field held; `undefined` when it was missing. */
  given: unknown
  /** What the given thing turned out to be. */
  seems?: string | undefined
  /** There is no such field; these are the ones there are. */
  known?: readonly string[] | undefined
}

/** An issue with the change to the request that would mend it; `undefined` takes a field out. */
export type Fault = Issue & { fix?: Record<string, unknown> | undefined }

/** One line: the field, what was given, what is allowed. */
export function format({ allowed, field, given, known, seems }: Issue): string {
  if (known) return `Unknown field: ${field}. Known: ${known.join(', ')}. Closest: ${allowed}`
  const what = given === undefined ? 'missing' : `given ${show(given)}`
  return `${field}: ${what}${seems ? `, which is ${seems}` : ''}; allowed: ${allowed}`
}

/** What does not have the shape that a schema wants, field by field. */
export function ofZod(error: z.ZodError, options: ofZod.Options): Issue[] {
  const { known, value } = options
  const pathOf = ({ path }: { path: PropertyKey[] }) => path.join('.')
  const others = new Set(error.issues.filter(({ code }) => code === 'invalid_type').map(pathOf))
  return error.issues.flatMap((issue): Issue[] => {
    // A text has a length too, which says nothing about a list that was wanted.
    if (issue.code !== 'invalid_type' && others.has(pathOf(issue))) return []
    const path = pathOf(issue)
    const given = issue.path.reduce<unknown>(
      (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
      value,
    )
    if (issue.code === 'unrecognized_keys') {
      const keys = issue.keys.map((key) => printable(key, 60))
      if (path) return keys.map((key) => unknown(`${path}.${key}`, ['the fields of its kind']))
      return keys.map((key) => unknown(key, known))
    }
    const field = path || 'request'
    return issue.code === 'invalid_value'
      ? [{ allowed: issue.values.map(String).join(', '), field, given }]
      : [{ allowed: issue.code === 'invalid_type' ? kindOf(issue) : issue.message, field, given }]
  })
}

export declare namespace ofZod {
  type Options = {
    /** Names of the fields there are. */
    known: readonly string[]
    /** What was parsed. */
    value: unknown
  }
}

/** What a value should have been, in words for people, where the schema has none of its own. */
function kindOf({ expected, message }: { expected: string; message: string }): string {
  if (!message.startsWith('Invalid input: expected ')) return message
  const kinds: Record<string, string> = {
    array: 'a list',
    boolean: 'true or false',
    number: 'a number',
    object: 'an object',
    string: 'text',
  }
  return kinds[expected] ?? message
}

function unknown(field: string, known: readonly string[]): Issue {
  return { allowed: closestName(field, known), field, given: undefined, known }
}

/** The field that a name is probably meant for: one that holds it, else the nearest in spelling. */
export function closestName(name: string, known: readonly string[]): string {
  const holding = name.length > 2 ? known.filter((one) => one.includes(name.toLowerCase())) : []
  const [found = ''] = closest(name, holding.length > 0 ? holding : known, 1)
  return found
}

/** A value as a person can read it: media and long texts are named, not repeated. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `"${short(value)}"`
  if (Array.isArray(value)) return value.length === 1 ? '1 item' : `${value.length} items`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return short(JSON.stringify(value) ?? 'nothing')
}

/** A request as JSON, with media that came along, and texts longer than a page, only named. */
export function showRequest(request: object): string {
  return JSON.stringify(request, (_key, value: unknown) =>
    typeof value === 'string' && (value.startsWith('data:') || value.length > 2_500)
      ? short(value)
      : value,
  )
}

/** Bytes as people count them. */
export function size(bytes: number): string {
  if (bytes >= 1024 * 1024) return `${(bytes / 1024 / 1024).toFixed(1)} MB`
  return bytes >= 1024 ? `${Math.round(bytes / 1024)} KB` : `${bytes} bytes`
}

function short(text: string): string {
  const data = /^data:([\w.+-]{1,40}\/[\w.+-]{1,60})?/i.exec(text)
  if (data) return `data:${data[1] ?? ''}… (${size(text.length)})`
  const characters = text.length > 60 ? ` (${[...text].length} characters)` : ''
  return `${printable(text, 60)}${characters}`
}
