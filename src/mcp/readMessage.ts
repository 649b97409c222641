import type { IncomingMessage } from 'node:http'

import { parseJson } from '../internal/base64Json.js'
import type { Refusal } from './checkHttp.js'
import { mendMessage } from './mendMessage.js'

/** The longest body, in bytes: media come by path or URL. */
const maxBody = 1_048_576

/** How deep JSON may be nested; no tool takes more than a few levels. */
const maxDepth = 64

/** Reads one JSON-RPC message, or says why it is none. How long it may take is the server's. */
export async function readMessage(
  request: IncomingMessage,
): Promise<Refusal | { message: Record<string, unknown> }> {
  const bytes = await readBody(request)
  if (!bytes) return { message: `The body is longer than ${maxBody} bytes.`, status: 413 }
  const value = parseJson(textOf(bytes))
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { message: 'The body is not one JSON-RPC message.', status: 400 }
  if (depthOf(value) > maxDepth) return { message: 'The body is nested too deeply.', status: 400 }
  return { message: mendMessage(value as Record<string, unknown>) }
}

/** Reads a body; `undefined` when it is too long. What is left of it then runs into the sand. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const add = (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBody) return void chunks.push(chunk)
      chunks.length = 0
      request.off('data', add).resume()
      resolve(undefined)
    }
    if (Number(request.headers['content-length'] ?? 0) > maxBody) {
      request.resume()
      return resolve(undefined)
    }
    request.on('data', add)
    request.once('end', () => resolve(Buffer.concat(chunks)))
    request.once('error', reject)
    request.once('close', () => reject(new Error('the client went away')))
  })
}

/** UTF-8 as it should be; anything else is an empty text, which is no JSON. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return '' // the caller says that it is no message
  }
}

/** How deep a value is nested, without recursion: it comes from outside. */
function depthOf(value: object): number {
  let depth = 0
  for (let level: object[] = [value]; level.length > 0 && depth <= maxDepth; depth += 1)
    level = level.flatMap((item) => Object.values(item).filter(isObject))
  return depth
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
