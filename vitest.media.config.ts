import { defineConfig } from 'vitest/config'

/** Needs `ffprobe`, `ffmpeg` and Debian's `chromium`; so it is no part of `npm test`. */
export default defineConfig({
  test: {
    fileParallelism: false,
    hookTimeout: 60_000,
    include: ['test/media/**/*.media.ts'],
    testTimeout: 120_000,
  },
})
