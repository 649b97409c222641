// A proxy that adds the token, because the suite's runner cannot. It changes nothing else but its own
// address into the server's, so that the guards for Host and Origin are tested as they are.
import { createServer, request } from 'node:http'

/** Starts it in front of a server and gives the address for the runner. */
export async function startBearer(target, token) {
  const { host, port } = new URL(target)
  const server = createServer((incoming, outgoing) => {
    const own = `:${server.address().port}`
    const swap = (value) =>
      value?.replace(/(?<=^(?:http:\/\/)?(?:localhost|127\.0\.0\.1)):\d+$/, (found) =>
        found === own ? `:${port}` : found,
      )
    const { headers, method, url } = incoming
    const changed = { ...headers, authorization: `Bearer ${token}`, host: swap(headers.host) }
    if (headers.origin !== undefined) changed.origin = swap(headers.origin)
    const onward = request({ headers: changed, host: '127.0.0.1', method, path: url, port })
    onward.once('response', (response) => {
      outgoing.writeHead(response.statusCode, response.headers).flushHeaders()
      response.pipe(outgoing)
    })
    onward.once('error', () => outgoing.destroy())
    outgoing.once('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    close: () => (server.closeAllConnections(), server.close()),
    url: `http://127.0.0.1:${server.address().port}/mcp`,
    upstream: host,
  }
}
