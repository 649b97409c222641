import { expect, test } from 'vitest'

import { catalogue } from '../../src/sandbox/catalogue.js'
import { createRenderer } from '../../src/sandbox/render.js'
import * as Video from '../../src/Video.js'
import { openBrowser, serveFiles, watch } from './support/browser.js'

/** Every size the catalogue can ask for up to 1080p, each with the models' lengths by turns. */
function shapes() {
  const sizes = new Map<string, { durations: Set<number>; height: number; width: number }>()
  for (const { spec } of catalogue.values()) {
    const { aspect_ratios, durations, resolutions } = spec.constraints
    for (const aspectRatio of aspect_ratios.length > 0 ? aspect_ratios : ['16:9'])
      for (const resolution of resolutions.length > 0 ? resolutions : ['720p']) {
        const size = Video.dimensionsOf({ aspectRatio, resolution })
        if (!size || Math.min(size.height, size.width) > 1_080) continue
        const name = `${resolution} ${aspectRatio}`
        const known = sizes.get(name) ?? { durations: new Set(), ...size }
        for (const duration of durations) known.durations.add(Video.secondsOf(duration) ?? 5)
        sizes.set(name, known)
      }
  }
  return [...sizes].map(([name, { durations, height, width }], index) => {
    const lengths = [...durations]
    return { height, name, seconds: lengths[index % lengths.length] ?? 5, seed: index, width }
  })
}

test('default: every size of the catalogue plays and seeks in Chromium', async () => {
  const renderer = createRenderer()
  await using server = await serveFiles()
  await using browser = await openBrowser()
  const page = await browser.newPage()
  await page.goto(server.origin)

  const asked = shapes()
  expect(asked.length).toBeGreaterThan(20)
  for (const { height, name, seconds, seed, width } of asked) {
    const src = `/${encodeURIComponent(name)}.mp4`
    server.files.clear()
    server.files.set(src, await renderer.render({ height, seconds, seed, width }))
    const seen = await watch(page, { jumps: [0.83, 0.17, 0.59], src })

    expect(seen, name).toMatchObject({ error: null, height, width })
    expect(Math.abs(seen.duration - seconds), name).toBeLessThan(0.1)
    expect(seen.played, name).toBeGreaterThan(0.3)
    for (const shot of seen.shots) {
      expect(shot.at, name).toBeCloseTo(shot.asked, 1)
      expect(shot.brightest, `${name}: black after a jump`).toBeGreaterThan(90)
    }
    // The picture repeats every 1.5 s. Elsewhere it is another one, or the jump was not made.
    for (const [index, shot] of seen.shots.entries())
      for (const other of seen.shots.slice(index + 1)) {
        const apart = Math.abs(shot.asked - other.asked) % 1.5
        if (Math.min(apart, 1.5 - apart) > 0.1)
          expect(shot.picture, `${name}: the same picture after a jump`).not.toBe(other.picture)
      }
  }
  await renderer.close()
}, 600_000)
