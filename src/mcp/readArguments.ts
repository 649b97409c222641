import * as z from 'zod'

import { parseJson } from '../internal/base64Json.js'
import { isRecord } from '../internal/isRecord.js'
import { printable } from '../internal/printable.js'
import type { Tool } from '../tools/defineTool.js'

/** The most that is told of what was read in another way. */
const most = 20

const absent = Symbol('absent')

/**
 * Reads the arguments of a call as hosts and models spell them, before anything is checked, hashed
 * or priced: what means the same is the same from here on. Decided here, from what hosts were seen to
 * send; no meaning is guessed, and whatever is left is for the schema to refuse.
 *
 * - `null`, `""` and `[]` of an optional field are that field left out;
 * - JSON text is what it says, where a list, an object, a number or a boolean is wanted;
 * - a number is its own decimal digits, where text is wanted;
 * - a number of `capped` that is too large is the largest there may be;
 * - whatever is given to a tool that takes nothing is left out: hosts add placeholders there.
 */
export function readArguments(
  { capped = [], input }: Pick<Tool, 'capped' | 'input'>,
  given: unknown,
): readArguments.ReturnType {
  const fields = Object(given ?? {}) as Record<string, unknown>
  const read: string[] = []
  const left: string[] = []

  function readField(schema: z.ZodType, value: unknown, path: string): unknown {
    const { isOptional, type } = unwrap(schema)
    if (isOptional && isEmpty(value)) {
      left.push(path)
      return absent
    }
    const meant = readText(type, value)
    if (meant !== value) {
      if (isOptional && isEmpty(meant)) return readField(schema, meant, path)
      read.push(`${path}: ${show(value)} read as ${show(meant)}`)
    }
    if (type instanceof z.ZodArray && Array.isArray(meant))
      return meant.map((item, at) => readField(type.element as z.ZodType, item, `${path}.${at}`))
    if (type instanceof z.ZodObject && isRecord(meant)) return readFields(type, meant, `${path}.`)
    if (type instanceof z.ZodNumber && capped.includes(path) && typeof meant === 'number') {
      const { maxValue } = type
      if (maxValue !== null && meant > maxValue) {
        read.push(`${path}: ${show(meant)} read as ${maxValue}, which is the most`)
        return maxValue
      }
    }
    return meant
  }

  function readFields(schema: z.ZodObject, fields: Record<string, unknown>, path: string) {
    const shape = new Map(Object.entries(schema.shape))
    const entries = Object.entries(fields).flatMap(([key, value]) => {
      const field = shape.get(key) as z.ZodType | undefined
      const meant = field ? readField(field, value, `${path}${key}`) : value
      return meant === absent ? [] : [[key, meant] as const]
    })
    return Object.fromEntries(entries)
  }

  const isEmptyTool = Object.keys(input.shape).length === 0
  if (isEmptyTool) left.push(...Object.keys(fields).map((key) => printable(key, 60)))
  const args = isEmptyTool ? {} : readFields(input, fields, '')
  const told = left.length > 0 ? [`Left out, as nothing was given: ${left.join(', ')}`] : []
  return { args, read: [...told, ...read].slice(0, most).map((one) => printable(one, 400)) }
}

export declare namespace readArguments {
  type ReturnType = {
    args: Record<string, unknown>
    /** What was read in another way than it was given, in words. */
    read: string[]
  }
}

/** The schema behind `optional` and `default`, and whether the field may be left out. */
function unwrap(schema: z.ZodType): { isOptional: boolean; type: z.ZodType } {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return { isOptional: true, type: unwrap(schema.unwrap() as z.ZodType).type }
  return { isOptional: false, type: schema }
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** A value as the other type that its schema wants; itself, where it says nothing else. */
function readText(type: z.ZodType, value: unknown): unknown {
  if (type instanceof z.ZodString) return typeof value === 'number' ? digitsOf(value) : value
  if (typeof value !== 'string') return value
  const meant = parseJson(value)
  return isWanted(type, meant) ? meant : value
}

function isWanted(type: z.ZodType, value: unknown): boolean {
  if (type instanceof z.ZodArray) return Array.isArray(value) || value === null
  if (type instanceof z.ZodBoolean) return typeof value === 'boolean' || value === null
  if (type instanceof z.ZodNumber) return typeof value === 'number' || value === null
  return type instanceof z.ZodObject && (isRecord(value) || value === null)
}

/** The digits of a number; the number, where they would be others, or with an exponent. */
function digitsOf(value: number): number | string {
  const digits = String(value)
  const isExact = Number.isSafeInteger(value) || !Number.isInteger(value)
  return isExact && /^-?\d+(\.\d+)?$/.test(digits) ? digits : value
}

function show(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (isRecord(value)) return 'an object'
  // Media may come as text of many megabytes.
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, 80) : value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
