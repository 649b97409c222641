/** What an error of the network tells. */
export type Failure = {
  /** A connection was there, so that bytes may have left. */
  connected: boolean
  /** A short word, such as `timeout` or `ECONNRESET`. */
  reason: string
}

/** Reads whatever was thrown on the way to a server; it may be an error or anything else. */
export function failureOf(thrown: unknown): Failure {
  return { connected: !neverConnected(thrown), reason: reasonOf(thrown) }
}

type Thrown = {
  cause?: unknown
  code?: unknown
  errors?: unknown
  name?: unknown
  syscall?: unknown
}

function reasonOf(thrown: unknown): string {
  const { cause, code, name } = Object(thrown) as Thrown
  if (name === 'TimeoutError') return 'timeout'
  if (name === 'AbortError') return 'aborted'
  if (typeof code === 'string') return code
  return cause ? reasonOf(cause) : 'connection lost'
}

/** The code alone does not tell: an open connection can end in `EHOSTUNREACH` too. */
function neverConnected(thrown: unknown): boolean {
  const { cause, code, errors, syscall } = Object(thrown) as Thrown
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return true
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true
  if (Array.isArray(errors)) return errors.length > 0 && errors.every(neverConnected)
  return cause ? neverConnected(cause) : false
}
