import { STATUS_CODES } from 'node:http'

/** A body and its type: what one kind of wrong answer says. */
type Wrong = { text: string; type?: string }

const json = (body: object): Wrong => ({ text: JSON.stringify(body), type: 'application/json' })

/**
 * Answers that are not Venice's, though they come under its address: of an edge, of a gateway, of a
 * proxy, of nobody. `venice` is the one that has Venice's own form. All of them are decided here.
 */
const answers = {
  empty: () => ({ text: '' }),
  gateway: (status) => json({ message: phraseOf(status) }),
  page: (status) => ({
    text: `<!doctype html><html><head><title>${status} ${phraseOf(status)}</title></head><body><h1>${phraseOf(status)}</h1><p>The edge could not serve this page.</p></body></html>`,
    type: 'text/html; charset=utf-8',
  }),
  phrase: (status) => ({ text: phraseOf(status), type: 'text/plain; charset=utf-8' }),
  problem: (status) => ({
    text: JSON.stringify({ status, title: phraseOf(status), type: 'about:blank' }),
    type: 'application/problem+json',
  }),
  'status-code': (status) => json({ error: phraseOf(status), statusCode: status }),
  venice: (status) => json({ error: sentences[status] ?? 'An unknown error occurred' }),
} as const satisfies Record<string, (status: number) => Wrong>

/** Name of a shape that a wrong answer has. */
export type Shape = keyof typeof answers

/** Names of all shapes. */
export const shapes = Object.keys(answers) as Shape[]

/** Sentences in Venice's form, by status. */
const sentences: Record<number, string> = {
  400: 'Request ID is invalid.',
  403: 'Access to this resource is not allowed.',
  404: 'Media could not be found. Request may be invalid, expired, or deleted.',
  410: 'This resource is no longer available.',
  429: 'Rate limit exceeded',
  500: 'Inference processing failed',
  503: 'The model is at capacity. Please try again later.',
}

/** An answer that is wrong in this way. */
export function wrongAnswer({ shape, status }: { shape: Shape; status: number }): Response {
  const { text, type }: Wrong = answers[shape](status)
  const headers = type === undefined ? {} : { 'Content-Type': type }
  const bare = status === 204 || status === 205 || status === 304 || text === ''
  return new Response(bare ? null : text, { headers, status })
}

function phraseOf(status: number): string {
  return STATUS_CODES[status] ?? 'Unknown Error'
}
