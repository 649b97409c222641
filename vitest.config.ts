import { availableParallelism } from 'node:os'

import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Tests that change or measure the whole process: each file in one of its own. */
const alone = ['cli', 'hostile', 'ledgers', 'prove'].map((folder) => `test/${folder}/**`)

/** The files that take longest. */
const longest = ['ledgers/ledgers', 'cli/owner', 'prove/world', 'crash/job', 'crash/jobFaults']

/** Starts with the longest, so that no core waits for the last of them. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) => {
      const rank = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
      return rank < 0 ? longest.length : rank
    }
    return (await super.sort(files)).toSorted((one, other) => rankOf(one) - rankOf(other))
  }
}

export default defineConfig({
  test: {
    maxWorkers: availableParallelism() + 1, // many tests wait for processes of theirs
    testTimeout: 30_000,
    hookTimeout: 30_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: { include: alone.map((folder) => `${folder}/*.test.ts`), name: 'processes' },
      },
      {
        extends: true,
        test: {
          exclude: [...configDefaults.exclude, ...alone],
          include: ['test/**/*.test.ts'],
          isolate: false,
          name: 'functions',
        },
      },
    ],
  },
})
