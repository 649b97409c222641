import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { ElicitResultSchema } from '@modelcontextprotocol/sdk/types.js'

import type { Answer, Ask, Question } from '../tools/defineTool.js'
import type { Extra } from './callTool.js'

/**
 * Lets tools ask a person through the host's form. `undefined` when the host has not said that it
 * can show forms. Whatever is not every statement ticked, in the very shape asked for, is no yes.
 *
 * The form belongs to the call that opened it, but not to its life: it stays open until it is
 * answered, its time is up, or the host goes away.
 */
export function createAsk(server: Server, extra: Extra): Ask | undefined {
  if (!server.getClientCapabilities()?.elicitation?.form) return undefined
  return async (question, { signal, timeout }) => {
    const params = { message: question.message, requestedSchema: formOf(question) }
    try {
      const { action, content } = await server.request(
        { method: 'elicitation/create', params },
        ElicitResultSchema,
        { relatedRequestId: extra.requestId, timeout, ...(signal && { signal }) },
      )
      if (action === 'decline') return 'declined'
      return action === 'accept' ? answerOf(question, content) : 'unanswered'
    } catch {
      return 'unanswered' // too late, malformed, or the host is gone: no yes in any case
    }
  }
}

function formOf({ statements }: Question) {
  const properties = Object.entries(statements).map(
    ([name, title]) => [name, { default: false, title, type: 'boolean' as const }] as const,
  )
  return {
    properties: Object.fromEntries(properties),
    required: Object.keys(statements),
    type: 'object' as const,
  }
}

function answerOf({ statements }: Question, content: Record<string, unknown> = {}): Answer {
  const names = Object.keys(statements)
  const given = Object.keys(content)
  const isForm = given.length === names.length && names.every((name) => isBoolean(content[name]))
  if (!isForm) return 'unanswered'
  return names.every((name) => content[name] === true) ? 'confirmed' : 'declined'
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}
