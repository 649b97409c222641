import { listModels } from '../actions/listModels.js'
import type { Client } from '../client/createClient.js'
import * as Errors from '../Errors.js'
import type * as Venice from '../Venice.js'

/** How long the list of models is good for, in milliseconds. */
const lifetime = 5 * 60_000

type Kept = { at: number; models: Promise<Venice.Model[]> }

/** One list for each client: it lives as long as the client does. */
const kept = new WeakMap<Client, Kept>()

/**
 * Reads the video models, from memory for five minutes. When Venice cannot be asked, the last list
 * is still good to look at, and `stale` says so.
 *
 * @throws what {@link listModels} throws, when no list was ever read.
 */
export async function readCatalogue(
  client: Client,
  options: readCatalogue.Options = {},
): Promise<readCatalogue.ReturnType> {
  const { model } = options
  const held = kept.get(client)
  const age = held ? client.now().getTime() - held.at : Infinity
  if (held && age >= 0 && age < lifetime) {
    const models = await held.models
    // A model that the list does not have may be newer than the list.
    const isMissing = model !== undefined && !models.some(({ id }) => id === model)
    if (!isMissing || age < 10_000) return { models, stale: undefined }
  }
  const asked: Kept = { at: client.now().getTime(), models: listModels(client) }
  kept.set(client, asked)
  try {
    return { models: await asked.models, stale: undefined }
  } catch (error) {
    // Whoever asks next asks Venice again.
    if (kept.get(client) === asked) {
      if (held) kept.set(client, held)
      else kept.delete(client)
    }
    if (!held) throw error
    const models = await held.models
    const minutes = Math.max(1, Math.round(age / 60_000))
    const reason = Errors.from(error).shortMessage
    const stale = `The list of models is ${minutes} min old, because Venice could not be asked: ${reason}`
    client.onEvent({ message: stale, type: 'warning' })
    return { models, stale }
  }
}

export declare namespace readCatalogue {
  type Options = {
    /** A model that should be on the list: without it, a list older than 10 s is read anew. */
    model?: string | undefined
  }
  type ReturnType = {
    models: readonly Venice.Model[]
    /** Why the list is an old one, in words for a person. */
    stale: string | undefined
  }
}
