import { refuse } from '../refuse.js'

/** `POST /video/transcriptions`: retired, whatever is sent. */
export function serveRetired(): never {
  refuse(
    410,
    { error: 'This endpoint has been retired. Use POST /api/v1/audio/transcriptions instead.' },
    'a retired route',
    { Deprecation: 'true', Link: '</api/v1/audio/transcriptions>; rel="successor-version"' },
  )
}
