import { printable } from '../internal/printable.js'
import { redact } from '../internal/redact.js'
import * as Venice from '../Venice.js'
import type { Answer } from './call.js'

/**
 * What a refusal suggests instead, in sentences: another model, another prompt, a hint. They are the
 * provider's words, passed on for somebody to decide about.
 */
export function suggestionOf({ json }: Answer): string | undefined {
  const failure = Venice.Failure.safeParse(json).data
  const inner = typeof failure?.error === 'object' ? failure.error : undefined
  const model = inner?.recommended_model ?? failure?.recommended_model
  const prompt = failure?.suggested_prompt
  const hint = inner?.hint ?? failure?.hint
  const words = [
    model && `The provider recommends the model ${printable(model, 100)}.`,
    prompt && `The provider suggests another prompt: ${printable(prompt)}`,
    hint && `The provider’s hint (untrusted): ${printable(redact(hint.slice(0, 20_000)))}`,
  ].filter(Boolean)
  return words.length > 0 ? words.join(' ') : undefined
}
