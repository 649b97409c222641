import { createHash } from 'node:crypto'

import { pageBody } from './pageBody.js'
import { pageControls } from './pageControls.js'
import { pageHelpers } from './pageHelpers.js'
import { pageStyle } from './pageStyle.js'
import { pageViews } from './pageViews.js'

const script = `'use strict'\n${pageHelpers}${pageViews}${pageControls}`

/** A coin, so that the browser asks the sandbox for no icon. */
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="#a87716"/><circle cx="16" cy="16" r="12" fill="#f2cf6b"/><path d="M11 10h10l-9 12h10" fill="none" stroke="#7a5408" stroke-width="2.6"/></svg>`

/**
 * The page for people at `/`: wallets, credit, chain, videos, the request log and the faults.
 *
 * One document without a framework, a picture or a word from anywhere else. It reads
 * `GET /__sandbox/state` every second. What the state holds came from clients and may be hostile: it
 * is inserted as text, and the content security policy lets nothing run but this script.
 */
export function page(): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Zecchino sandbox</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
<style>${pageStyle}</style>
</head>
<body>
${pageBody}
<script>${script}</script>
</body>
</html>
`
}

function policy(): string {
  const sha256 = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  return [
    `default-src 'none'`,
    `script-src ${sha256(script)}`,
    `style-src ${sha256(pageStyle)}`,
    `connect-src 'self'`,
    `img-src data:`,
    `media-src 'self'`,
    `form-action 'none'`,
    `base-uri 'none'`,
  ].join('; ')
}
