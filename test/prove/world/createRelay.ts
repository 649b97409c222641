import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** How a relay fails: it refuses, or is lost when somebody commits, before or after that is done. */
export type Cut = 'committed' | 'committing' | 'dropped' | 'refused'

/** What stands between the processes of a run and their database, and can be cut. */
export type Relay = Awaited<ReturnType<typeof createRelay>>

/** Creates a relay in front of the server of a PostgreSQL URL. */
export async function createRelay(target: string) {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const cuts = new Set<{ how: Cut }>()
  const isCut = (how: Cut) => [...cuts].some((cut) => cut.how === how)
  let server: Server

  function relay(client: Socket): void {
    if (isCut('dropped')) return void client.destroy()
    const upstream = connect(Number(port), hostname)
    const end = () => [client, upstream].forEach((socket) => socket.destroy())
    let isCommitting = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', end)
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    client.on('data', (chunk: Buffer) => {
      isCommitting = /\bcommit\b/i.test(chunk.toString('latin1'))
      if (isCommitting && isCut('committing')) return end()
      upstream.write(chunk)
    })
    upstream.on('data', (chunk: Buffer) => {
      if (isCommitting && isCut('committed')) {
        // Once, and nobody knows whether it was done.
        for (const cut of cuts) if (cut.how === 'committed') cuts.delete(cut)
        return end()
      }
      client.write(chunk)
    })
  }

  async function listen(at = 0): Promise<number> {
    server = createServer(relay).listen(at, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  function stop(): void {
    server.close()
    for (const socket of sockets) socket.destroy()
  }

  const own = await listen()
  const url = new URL(target)
  url.host = `127.0.0.1:${own}`
  return {
    close: stop,
    /** Fails in a way. Returns how that ends. */
    fail(how: Cut): () => Promise<void> {
      const cut = { how }
      cuts.add(cut)
      if (how === 'refused') stop()
      else if (how === 'dropped') for (const socket of sockets) socket.destroy()
      return async () => {
        cuts.delete(cut)
        if (how === 'refused' && !isCut('refused')) await listen(own)
      }
    },
    url: url.href,
  }
}
