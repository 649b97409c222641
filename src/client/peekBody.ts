import { Response } from 'undici'

/**
 * Reads where a body begins, and gives an answer that still begins there. A body that breaks off
 * meanwhile breaks off for whoever reads that answer.
 */
export async function peekBody(
  response: Response,
  bytes: number,
): Promise<{ head: Buffer; response: Response }> {
  const reader = response.body?.getReader()
  if (!reader) return { head: Buffer.alloc(0), response }
  const read: Uint8Array[] = []
  let [done, size] = [false, 0]
  let lost: { error: unknown } | undefined
  try {
    while (!done && size < bytes) {
      const step = await reader.read()
      done = step.done
      const piece = step.value as Uint8Array | undefined
      if (piece) read.push(piece)
      size += piece?.byteLength ?? 0
    }
  } catch (error) {
    lost = { error }
  }
  const head = Buffer.concat(read).subarray(0, bytes)
  const body = new ReadableStream<Uint8Array>(
    {
      cancel: (reason) => reader.cancel(reason),
      async pull(controller) {
        const first = read.shift()
        if (first) return controller.enqueue(first)
        if (lost) return controller.error(lost.error)
        const step = done ? undefined : await reader.read()
        if (!step || step.done) return controller.close()
        controller.enqueue(step.value as Uint8Array)
      },
    },
    { highWaterMark: 0 },
  )
  const { headers, status, url } = response
  const whole = new Response(body, { headers, status })
  // What is made by hand has no address, and errors name it.
  Object.defineProperty(whole, 'url', { value: url })
  return { head, response: whole }
}
