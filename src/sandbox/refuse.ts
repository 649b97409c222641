/** Ends a request early: throws a {@link Refusal}, which the app turns into a response. */
export function refuse(
  status: number,
  body: unknown,
  verdict: string,
  headers: Record<string, string> = {},
): never {
  throw new Refusal({ body, headers, status, verdict })
}

/** An answer on its way out. Not a failure of this package, so it has no code in the table. */
export class Refusal extends Error {
  readonly body: unknown
  readonly headers: Record<string, string>
  override readonly name = 'Sandbox.Refusal'
  readonly status: number
  /** Why, in words, for the request log. */
  readonly verdict: string

  constructor(options: Refusal.Options) {
    const { body, headers, status, verdict } = options
    super(verdict)
    this.body = body
    this.headers = headers
    this.status = status
    this.verdict = verdict
  }
}

export declare namespace Refusal {
  type Options = {
    body: unknown
    headers: Record<string, string>
    status: number
    verdict: string
  }
}
