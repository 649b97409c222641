import type { Duplex } from 'node:stream'

import { type buildConnector, Client, type Dispatcher } from 'undici'

/** One connection for one exchange. Its reader may hold it back. */
export type Line = {
  dispatcher: Dispatcher
  /** Takes no more from the network; the sender notices and waits. */
  pause(): void
  resume(): void
}

/**
 * Opens a connection of its own for one exchange, when the first byte is sent.
 *
 * Holding back happens at the socket: undici 7 ends the whole process when a connection closes
 * while its own parser is paused. So the parser never is, and gets nothing to read instead.
 */
export function openLine(origin: string, options: openLine.Options): Line {
  const { connector, limits } = options
  let held = false
  let socket: Duplex | undefined
  const connect: buildConnector.connector = (target, callback) =>
    connector(target, (...[error, opened]) => {
      if (error) return callback(error, null)
      socket = opened
      const read = opened.read.bind(opened) as (size?: number) => Buffer | null
      opened.read = (size) => (held ? null : read(size))
      return callback(null, opened)
    })
  return {
    dispatcher: new Client(origin, { ...limits, connect, pipelining: 0 }),
    pause() {
      held = true
    },
    resume() {
      if (!held) return
      held = false
      // Not at once: the parser may be at work further up the stack.
      queueMicrotask(() => {
        if (socket && !socket.destroyed) socket.emit('readable')
      })
    },
  }
}

export declare namespace openLine {
  type Options = {
    connector: buildConnector.connector
    limits: Pick<Client.Options, 'bodyTimeout' | 'headersTimeout'>
  }
}
