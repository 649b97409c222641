import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { chromium, type Page } from 'playwright-core'

import { serveRange } from '../../../src/sandbox/serveRange.js'

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Debian's Chromium, without a window; each start has a user data folder of its own. */
export async function openBrowser() {
  const browser = await chromium.launch({
    args: flags,
    executablePath: process.env['ZECCHINO_CHROMIUM'] ?? '/usr/bin/chromium',
  })
  return {
    newPage: browser.newPage.bind(browser),
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

/** Serves an empty page at `/` and files at `/<name>`, in ranges, on a free loopback port. */
export async function serveFiles() {
  const files = new Map<string, Uint8Array>()
  const server = createServer(async (incoming, outgoing) => {
    const path = incoming.url ?? '/'
    const file = files.get(path)
    const { range } = incoming.headers
    const request = new Request(`http://127.0.0.1${path}`, range ? { headers: { range } } : {})
    const empty = new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })
    const response = file ? serveRange(request, file) : empty
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    outgoing.end(Buffer.from(await response.arrayBuffer()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    files,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** What a browser saw of a video. Times are seconds, light is 0 to 255. */
export type Seen = {
  duration: number
  error: string | null
  height: number
  /** How far it got by itself after `play()`. */
  played: number
  /** After each jump: where it landed, and the darkest, mean and brightest light of the picture. */
  shots: { asked: number; at: number; brightest: number; mean: number; picture: string }[]
  width: number
}

/** Plays a video for a moment, then jumps to these parts (0 to 1) of it and looks at the picture. */
export async function watch(page: Page, options: { jumps: number[]; src: string }): Promise<Seen> {
  return (await page.evaluate(`(${inBrowser})(${JSON.stringify(options)})`)) as Seen
}

/** Runs in the browser, whose types this project does not have. */
const inBrowser = String.raw`async ({ jumps, src }) => {
  const video = document.body.appendChild(document.createElement('video'))
  const once = (name) => new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('no ' + name + ' within 15 s')), 15000)
    video.addEventListener(name, () => { clearTimeout(late); resolve() }, { once: true })
    video.addEventListener('error', () => reject(new Error(video.error.message)), { once: true })
  })
  const canvas = document.createElement('canvas')
  canvas.width = 32
  canvas.height = 32
  const context = canvas.getContext('2d', { willReadFrequently: true })
  const look = () => {
    context.drawImage(video, 0, 0, 32, 32)
    const { data } = context.getImageData(0, 0, 32, 32)
    const light = []
    for (let at = 0; at < data.length; at += 4)
      light.push(0.3 * data[at] + 0.59 * data[at + 1] + 0.11 * data[at + 2])
    return {
      brightest: Math.max(...light),
      mean: light.reduce((sum, value) => sum + value, 0) / light.length,
      picture: light.map((value) => Math.round(value / 8).toString(36)).join(''),
    }
  }
  video.muted = true
  const ready = once('loadeddata')
  video.src = src
  await ready
  await video.play()
  const wanted = Math.min(0.4, video.duration / 2)
  const end = Date.now() + 15000
  while (video.currentTime < wanted && Date.now() < end) await new Promise((go) => setTimeout(go, 20))
  const played = video.currentTime
  video.pause()
  const shots = []
  for (const part of jumps) {
    const asked = part * video.duration
    const there = once('seeked')
    video.currentTime = asked
    await there
    shots.push({ asked, at: video.currentTime, ...look() })
  }
  const seen = {
    duration: video.duration,
    error: video.error && video.error.message,
    height: video.videoHeight,
    played,
    shots,
    width: video.videoWidth,
  }
  video.remove()
  return seen
}`
