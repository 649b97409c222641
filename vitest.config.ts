import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'] },
    maxWorkers: '100%', // by default a core is left idle: half of a machine with two
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
