import type { Client } from '../client/createClient.js'
import { fetchDownload } from '../client/fetchDownload.js'

/** Revokes a pre-signed link, after the file is durable. Failure is harmless: it expires in 24 h. */
export async function revokeDownload(client: Client, { url }: { url: string }): Promise<void> {
  const response = await fetchDownload(client, { method: 'DELETE', url }).catch(() => undefined) // expires by itself
  await response?.body?.cancel()
}
