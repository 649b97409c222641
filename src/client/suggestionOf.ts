import { printable } from '../internal/printable.js'
import * as Venice from '../Venice.js'
import type { Answer } from './call.js'

/**
 * What a refusal suggests instead, in sentences: another model, another prompt. They are the
 * provider's words, passed on for somebody to decide about.
 */
export function suggestionOf({ json }: Answer): string | undefined {
  const failure = Venice.Failure.safeParse(json).data
  const model = typeof failure?.error === 'object' ? failure.error.recommended_model : undefined
  const prompt = failure?.suggested_prompt
  const words = [
    model && `The provider recommends the model ${printable(model, 100)}.`,
    prompt && `The provider suggests another prompt: ${printable(prompt)}`,
  ].filter(Boolean)
  return words.length > 0 ? words.join(' ') : undefined
}
