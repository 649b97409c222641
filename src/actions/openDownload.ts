import type { Response } from 'undici'

import { ApiRefusedError, readAnswer } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import { fetchDownload } from '../client/fetchDownload.js'

/**
 * Opens the pre-signed link of a private video. A few GETs are allowed, so a failure is not
 * repeated here. The request carries no credentials and follows no redirect.
 */
export async function openDownload(
  client: Client,
  { signal, url }: { signal?: AbortSignal | undefined; url: string },
): Promise<Response> {
  const response = await fetchDownload(client, { method: 'GET', signal, url })
  if (response.status === 200) return response
  throw new ApiRefusedError({ answer: await readAnswer(response, '/(download link)') })
}
