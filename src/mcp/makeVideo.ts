import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js'

import { printable } from '../internal/printable.js'
import type { Prompt } from './addPrompts.js'

/** The way from an idea to a saved file. */
export const makeVideo: Prompt = {
  arguments: [
    { description: 'What the video shows, in your own words.', name: 'idea', required: true },
    { description: 'The most it may cost, in USD, such as 0.50.', name: 'max_usd' },
    { description: 'A model id or words of its name.', name: 'model' },
  ],
  description: 'Makes one video: choose a model, quote, get approval, buy once, wait for the file.',
  name: 'make_video',
  title: 'Make a video',
  write({ idea, max_usd: most, model }) {
    if (!idea?.trim()) throw new McpError(ErrorCode.InvalidParams, 'The argument idea is needed.')
    return textOf({
      idea: printable(idea, 5_000),
      model: model && printable(model, 200),
      most: most && printable(most, 20),
    })
  },
}

function textOf(wishes: { idea: string; model?: string | undefined; most?: string | undefined }) {
  const { idea, model, most } = wishes
  const budget = most ? `at most $${most}` : 'as little as makes sense'
  return [
    `Make one video with Zecchino: ${idea}`,
    `Model: ${model ?? 'your choice'}. Budget: ${budget}.`,
    '',
    '1. video_models: choose a model, and only options that it lists.',
    `2. video_quote: price the exact request (free). ${
      most
        ? `Above $${most}: try a cheaper model, shorter or smaller.`
        : 'Tell me the price and wait for my yes.'
    }`,
    `3. video_generate with the quote_id${most ? ` and max_usd "${most}"` : ''}. It answers with one job, however often it is repeated: after an error or time-out call it again with the same quote_id.`,
    '4. If the status is needs_approval or needs_consent, show me the command from next (and the policy text, if there is one) and wait: I run it in my own terminal, you do not. Then repeat step 3.',
    '5. video_retrieve with the job_id, again and again until the status is saved or cleaned. It cannot be cancelled, and a slow job is no reason to buy another.',
    '6. Tell me the path of the file and what it cost; if it failed, say why and whether the price came back, and ask before buying again.',
  ].join('\n')
}
