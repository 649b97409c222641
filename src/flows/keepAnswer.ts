import type * as Answer from '../Answer.js'
import * as Errors from '../Errors.js'
import type { Zecchino } from './createZecchino.js'
import { recordAnswer } from './recordAnswer.js'
import type { Room } from './reserveRoom.js'
import { tellKept } from './tellKept.js'

/** The longest pause between two tries, in milliseconds. */
const longest = 30_000

/** How often a process that is closing tries to keep an answer that is on no disk yet. */
const lastTries = 6

/**
 * Keeps the answer to a paid call, for as long as the process lives: no other has it.
 *
 * It goes into the room that was reserved for it before it goes to the ledger. A local sync takes
 * milliseconds and waits for nobody, while a commit may wait for other processes, or for a server, for
 * longer than this one lives. The file goes when the ledger has it. A process that is closing leaves
 * it to the next one, which takes it from there.
 */
export async function keepAnswer(
  zecchino: Zecchino,
  { answer, room, signal }: { answer: Answer.Answer; room: Room; signal: AbortSignal },
): Promise<void> {
  const { client } = zecchino
  let isOnDisk = room.write(answer)
  let told = ''
  for (let [tries, closing] = [0, 0]; ; tries += 1) {
    try {
      if (await recordAnswer(zecchino, answer)) room.remove()
      else {
        room.leave()
        await tellKept(zecchino, { answer, path: room.path })
      }
      return
    } catch (error) {
      const { shortMessage } = Errors.from(error)
      isOnDisk ||= room.write(answer)
      if (told !== shortMessage)
        client.onEvent({
          message: `${answer.jobId}: ${shortMessage} The answer to its paid call is kept ${isOnDisk ? `in ${room.path}` : 'in memory only'}, and is tried again.`,
          type: 'warning',
        })
      told = shortMessage
      closing += signal.aborted ? 1 : 0
      if (closing > 0 && (isOnDisk || closing > lastTries)) {
        room.leave()
        if (!isOnDisk) tellLost(zecchino, answer)
        throw error
      }
    }
    const pause = Math.min(250 * 2 ** tries, longest)
    // Closing ends a long pause, and is left its own time after that.
    if (signal.aborted) await client.sleep(Math.min(pause, 2_000))
    else await client.sleep(pause, signal).catch(() => {})
  }
}

/** The last word on an answer that no disk and no ledger took. */
function tellLost({ client }: Zecchino, { jobId, queueId }: Answer.Answer): void {
  const message = `${jobId}: Venice has taken it as ${queueId}, and neither the ledger nor the disk could keep that. Write it down.`
  client.onEvent({ message, type: 'warning' })
}
