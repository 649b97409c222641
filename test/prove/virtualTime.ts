/** A clock that stands still while anybody works and jumps to the next event when all wait. */
export function createVirtualTime() {
  const events: { at: number; run: () => void }[] = []
  let at = 0

  /** Keeps the soonest event at the end; equal times stay in order. */
  function schedule(ms: number, run: () => void) {
    const event = { at: at + Math.max(ms, 0), run }
    let [low, high] = [0, events.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((events[middle]?.at ?? 0) > event.at) low = middle + 1
      else high = middle
    }
    events.splice(low, 0, event)
    return event
  }

  return {
    now: () => new Date(at),
    /** Lets time pass until the work is done. */
    async run(work: Promise<unknown>) {
      let done = false
      void work.finally(() => (done = true)).catch(() => {}) // whoever awaits it hears of it
      for (;;) {
        // Everything that can go on without time passing has gone on when this comes back.
        await new Promise((resolve) => setImmediate(resolve))
        if (done) return work
        const event = events.pop()
        if (!event) throw new Error('everybody waits for somebody else')
        at = event.at
        event.run()
      }
    },
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const leave = () => {
          events.splice(events.indexOf(event), 1)
          reject(signal?.reason as Error)
        }
        const event = schedule(ms, () => {
          signal?.removeEventListener('abort', leave)
          resolve()
        })
        signal?.addEventListener('abort', leave, { once: true })
      }),
  }
}
