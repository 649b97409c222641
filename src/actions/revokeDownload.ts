import type { Client } from '../client/createClient.js'
import { fetchDownload } from '../client/fetchDownload.js'

/** How often it is asked for. */
const attempts = 3

/**
 * Revokes a pre-signed link, after the file is durable. `false`: nobody said that it is; then it
 * expires by itself, 24 hours after it was made.
 */
export async function revokeDownload(client: Client, { url }: { url: string }): Promise<boolean> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const response = await fetchDownload(client, { method: 'DELETE', url }).catch(() => undefined) // asked again
    await response?.body?.cancel()
    if (response?.ok || response?.status === 404 || response?.status === 410) return true
    if (attempt < attempts) await client.sleep(1_000 * 2 ** attempt)
  }
  return false
}
