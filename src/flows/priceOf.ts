import { quoteVideo } from '../actions/quoteVideo.js'
import { ApiRefusedError } from '../client/call.js'
import type { Client } from '../client/createClient.js'
import * as Video from '../Video.js'
import { serverIssues } from './serverIssues.js'
import { ModelUnavailableError } from './validate.js'

/**
 * Asks for the price of a request, in micro-dollars. A refusal names the field, like our own.
 *
 * @throws {@link Video.InvalidRequestError} {@link ModelUnavailableError}
 */
export async function priceOf(client: Client, request: Video.Request): Promise<bigint> {
  try {
    return await quoteVideo(client, request)
  } catch (error) {
    if (!(error instanceof ApiRefusedError)) throw error
    if (error.status === 400 && error.issues.length > 0)
      throw new Video.InvalidRequestError({ issues: serverIssues(request, error.issues) })
    if (error.status === 403)
      throw new ModelUnavailableError({ cause: error, model: request.model, says: error.facts })
    throw error
  }
}
