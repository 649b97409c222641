import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js'

import { makeVideo } from './makeVideo.js'
import { seedancePrompt } from './seedancePrompt.js'

/** A prompt that a host offers to a person, who fills in its arguments. */
export type Prompt = {
  arguments: { description: string; name: string; required?: boolean }[]
  description: string
  name: string
  title: string
  /**
   * Writes what the person then says. Arguments are texts from outside.
   *
   * @throws {@link McpError} when one is missing or cannot be read.
   */
  write(given: Record<string, string>): string
}

const prompts: readonly Prompt[] = [makeVideo, seedancePrompt]

/** Offers the prompts: the way from an idea to a saved file, and Seedance's shapes. */
export function addPrompts(server: Server): void {
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: prompts.map(({ arguments: given, description, name, title }) => ({
      arguments: given,
      description,
      name,
      title,
    })),
  }))
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => {
    const prompt = prompts.find(({ name }) => name === params.name)
    if (!prompt) {
      const names = prompts.map(({ name }) => name).join(', ')
      throw new McpError(ErrorCode.InvalidParams, `There are only these prompts: ${names}.`)
    }
    const text = prompt.write(params.arguments ?? {})
    return {
      description: prompt.description,
      messages: [{ content: { text, type: 'text' }, role: 'user' }],
    }
  })
}
