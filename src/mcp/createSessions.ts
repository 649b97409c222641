import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'

import type { McpServer } from './createMcpServer.js'

/** A client's session: who opened it, and what is under way. */
export type Session = {
  /** Requests and streams that are not finished. */
  busy: number
  /** Whether its client takes events; one that does not gets each answer as JSON. */
  readonly events: boolean
  readonly principal: string
  /** When something last happened, in milliseconds. */
  seenAt: number
  readonly transport: WebStandardStreamableHTTPServerTransport
}

/** The sessions of one HTTP server. Ids come from here only: a client never chooses one. */
export type Sessions = {
  close(): Promise<void>
  /** Ends one. */
  end(session: Session): Promise<void>
  /** The session of that id, if this principal opened it. */
  find(id: string, principal: string): Session | undefined
  /** A new session, or `undefined` when all that there may be are at work. */
  open(principal: string, options: { events: boolean }): Promise<Session | undefined>
  /** Ends those that nothing happened in for too long. Done on every look, too. */
  sweep(): void
}

/** Keeps at most so many sessions. The one idle the longest makes room for a new one. */
export function createSessions(options: createSessions.Options): Sessions {
  const { createId, createServer, idle, limit, now } = options
  const sessions = new Map<string, Session>()
  const all = new Set<Session>()

  async function end(session: Session): Promise<void> {
    forget(session)
    await session.transport.close()
  }

  function forget(session: Session): void {
    all.delete(session)
    if (session.transport.sessionId !== undefined) sessions.delete(session.transport.sessionId)
  }

  function sweep(): void {
    for (const session of all)
      if (session.busy === 0 && now() - session.seenAt >= idle) void end(session)
  }

  return {
    async close() {
      await Promise.all([...all].map(end))
    },
    end,
    find(id, principal) {
      sweep()
      const session = sessions.get(id)
      return session?.principal === principal ? session : undefined
    },
    async open(principal, { events }) {
      sweep()
      if (all.size >= limit) {
        const quiet = [...all].filter(({ busy }) => busy === 0)
        const [oldest] = quiet.toSorted((a, b) => a.seenAt - b.seenAt)
        if (!oldest) return undefined
        void end(oldest)
      }
      const transport = new WebStandardStreamableHTTPServerTransport({
        enableJsonResponse: !events,
        onsessionclosed: () => forget(session),
        onsessioninitialized: (id) => void sessions.set(id, session),
        sessionIdGenerator: createId,
      })
      const session: Session = { busy: 0, events, principal, seenAt: now(), transport }
      all.add(session)
      await createServer().connect(transport)
      return session
    },
    sweep,
  }
}

export declare namespace createSessions {
  type Options = {
    createId(): string
    createServer(): McpServer
    /** How long a session may be silent, in milliseconds. */
    idle: number
    /** How many there may be. */
    limit: number
    now(): number
  }
}
