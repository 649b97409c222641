import { createHash } from 'node:crypto'

const etags = new WeakMap<Uint8Array, string>()

/** Serves an MP4, or the one range of it that was asked for, if it is still the same file. */
export function serveRange(request: Request, media: Uint8Array): Response {
  const size = media.byteLength
  const etag = etagOf(media)
  const headers = { 'Accept-Ranges': 'bytes', 'Content-Type': 'video/mp4', ETag: etag }
  const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get('range') ?? '')
  const same = (request.headers.get('if-range') ?? etag) === etag
  if (!range || !same || (!range[1] && !range[2]))
    return new Response(Uint8Array.from(media), {
      headers: { ...headers, 'Content-Length': String(size) },
    })
  const [start, end] = range[1]
    ? [Number(range[1]), Math.min(range[2] ? Number(range[2]) : size - 1, size - 1)]
    : [Math.max(0, size - Number(range[2])), size - 1]
  if (start > end)
    return new Response(null, { headers: { 'Content-Range': `bytes */${size}` }, status: 416 })
  return new Response(media.slice(start, end + 1), {
    headers: {
      ...headers,
      'Content-Length': String(end - start + 1),
      'Content-Range': `bytes ${start}-${end}/${size}`,
    },
    status: 206,
  })
}

/** A strong name of the bytes, as object stores have one. */
function etagOf(media: Uint8Array): string {
  const known = etags.get(media)
  if (known) return known
  const etag = `"${createHash('md5').update(media).digest('hex')}"`
  etags.set(media, etag)
  return etag
}
