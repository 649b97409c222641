import { call, MalformedAnswerError, valueOf } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import * as Venice from '../Venice.js'

/** Lists the video models. Free, without credentials. Entries that cannot be read are left out. */
export async function listModels(client: Client): Promise<Venice.Model[]> {
  const path = '/models?type=video'
  const { data } = valueOf(await call(client, { path, signIn: false }), Venice.ModelList)
  const models = data.flatMap((entry) => Venice.Model.safeParse(entry).data ?? [])
  if (data.length > 0 && models.length === 0) throw new MalformedAnswerError({ path })
  return models
}
