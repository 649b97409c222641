import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'

/** What a proxy does with one CONNECT: where it leads, or what it says instead. */
export type Turn =
  /** Passes bytes on to a port of this machine. */
  | { kind: 'pass'; port: number }
  /** Looks into TLS, with a certificate of its own authority, and lets a handler answer. */
  | { kind: 'intercept'; handler: RequestListener }
  /** Whatever a hostile proxy does. */
  | { kind: 'raw'; handler: (socket: Socket) => void }

/** A proxy on loopback that does CONNECT and nothing else, and keeps what it was asked. */
export async function createProxy(options: createProxy.Options) {
  const { authorization, isSecure = false, turn } = options
  /** `CONNECT host:port`, or the line of any other request. */
  const asked: string[] = []
  const authorizations: (string | undefined)[] = []
  const open = new Set<Socket>()
  const inner = new Set<ReturnType<typeof createServer>>()
  const answer: RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(405).end('<html>only CONNECT</html>')
  }
  const server = isSecure
    ? createSecureServer(identityOf('localhost'), answer)
    : createServer(answer)
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const target = request.url ?? ''
    asked.push(`CONNECT ${target}`)
    authorizations.push(request.headers['proxy-authorization'])
    socket.on('error', () => {}) // the other side may be gone
    if (authorization !== undefined && request.headers['proxy-authorization'] !== authorization)
      return socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="x"\r\ncontent-length: 19\r\n\r\n<html>no, no</html>',
      )
    const next = turn(target, asked.length)
    if (next.kind === 'raw') return next.handler(socket)
    if (next.kind === 'pass') return pass(socket, next.port)
    const { hostname } = new URL(`https://${target}`)
    const tls = new TLSSocket(socket, { isServer: true, secureContext: contextFor(hostname) })
    tls.on('error', () => {}) // whoever does not trust it hangs up
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    const answering = createServer(next.handler)
    inner.add(answering)
    answering.emit('connection', tls)
  })
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    asked,
    authorizations,
    port,
    /** Ends what goes through it, at once. */
    cut: () => {
      for (const socket of open) socket.destroy()
    },
    url: isSecure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      for (const answering of inner) answering.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

export declare namespace createProxy {
  type Options = {
    /** Value of `Proxy-Authorization` without which it does nothing. */
    authorization?: string
    /** Whether it is spoken to over TLS, as `localhost`. @default false */
    isSecure?: boolean
    turn: (target: string, count: number) => Turn
  }
}

/** Passes a request on to a server of this machine, and its answer back. */
export function forwardTo(origin: string): RequestListener {
  return async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const answer = await fetch(new URL(incoming.url ?? '/', origin), {
      headers: Object.entries(incoming.headers)
        .filter(([name]) => !/^(connection|host|content-length|transfer-encoding)$/.test(name))
        .map(([name, value]) => [name, String(value)]),
      method: incoming.method ?? 'GET',
      redirect: 'manual',
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    })
    const body = Buffer.from(await answer.arrayBuffer())
    const headers = Object.fromEntries(answer.headers)
    outgoing
      .writeHead(answer.status, { ...headers, 'content-length': String(body.length) })
      .end(body)
  }
}

function pass(socket: Socket, port: number): void {
  const far = connect(port, '127.0.0.1')
  far.on('error', () => socket.destroy())
  socket.on('close', () => far.destroy())
  far.on('connect', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    far.pipe(socket)
    socket.pipe(far)
  })
}

const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const host = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** The certificate of the authority that signs what {@link contextFor} shows. */
export const authorityPem = certificateOf({
  name: 'Test Authority',
  publicKey: authority.publicKey,
})

/** What a server of any name shows, signed by the authority above. */
export function contextFor(name: string) {
  return createSecureContext(identityOf(name))
}

function identityOf(name: string) {
  return {
    cert: certificateOf({ name, publicKey: host.publicKey }),
    key: host.privateKey.export({ format: 'pem', type: 'pkcs8' }),
  }
}

/** A certificate as X.509 has it, written out by hand: Node reads them and makes none. */
function certificateOf({ name, publicKey }: { name: string; publicKey: KeyObject }): string {
  const isAuthority = publicKey === authority.publicKey
  const named = (text: string) =>
    der(0x30, der(0x31, der(0x30, oid('550403'), der(0x0c, Buffer.from(text)))))
  const algorithm = der(0x30, oid('2a8648ce3d040302')) // ecdsa-with-SHA256
  const extension = (id: string, ...value: Buffer[]) =>
    der(0x30, oid(id), der(0x04, der(0x30, ...value)))
  const extensions = isAuthority
    ? [extension('551d13', der(0x01, Buffer.from([0xff])))]
    : [extension('551d11', der(0x82, Buffer.from(name)))]
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([isAuthority ? 1 : 2])),
    algorithm,
    named('Test Authority'),
    der(0x30, der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z'))),
    named(name),
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, der(0x30, ...extensions)),
  )
  const signature = sign('sha256', body, authority.privateKey)
  const whole = der(0x30, body, algorithm, der(0x03, Buffer.from([0]), signature))
  const lines = whole.toString('base64').replaceAll(/.{64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const size = body.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
