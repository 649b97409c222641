import { call } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import * as Venice from '../Venice.js'

/**
 * Asks the provider to delete a job's media. `false`: it did not; Venice currently answers 400 to
 * every id, and a retrieve with `deleteMedia` is the way then. Only after the file is durable.
 */
export async function completeVideo(
  client: Client,
  options: { model: string; queueId: string },
): Promise<boolean> {
  const { model, queueId } = options
  const answer = await call(client, { body: { model, queue_id: queueId }, path: '/video/complete' })
  // Whatever stands before Venice answers these as well, and has deleted nothing.
  const isGone = answer.status === 404 || answer.status === 410
  if (isGone && Venice.Gone.safeParse(answer.json).success) return true
  return answer.status === 200 && Venice.Completed.safeParse(answer.json).data?.success === true
}
