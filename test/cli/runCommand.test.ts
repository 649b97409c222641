import { expect, test, vi } from 'vitest'

import { execute } from '../../src/cli/runCommand.js'
import * as Errors from '../../src/Errors.js'

const nasty = 'a\u001b[31mb\u009b2Jc\u202ed\re'
const shown = 'a\\u001b[31mb\\u009b2Jc\\u202ed\\u000de'

/** What a command writes, in all its ways. */
async function written(options: Record<string, unknown>, isFailing = false): Promise<string> {
  let text = ''
  const write = (chunk: string) => Boolean((text += chunk))
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(write as typeof stream.write),
  )
  const before = process.exitCode
  try {
    await execute(
      async () =>
        async ({ note, print, show }) => {
          note(nasty)
          show(nasty)
          if (isFailing) throw new Failure(nasty, { facts: [nasty], hint: nasty })
          print({ nasty }, [nasty])
        },
      { args: [], options },
    )
  } finally {
    for (const spy of spies) spy.mockRestore()
    process.exitCode = before
  }
  return text
}

class Failure extends Errors.BaseError {
  override readonly code = 'INVALID_INPUT'
  override readonly name = 'Failure'
}

test.each([
  ['a result', {}, false, 3],
  ['a result as JSON', { json: true }, false, 2],
  ['an error', {}, true, 5],
  ['an error as JSON', { json: true }, true, 4],
])('behavior: text from outside steers no terminal: %s', async (_, options, isFailing, times) => {
  const text = await written(options, isFailing)
  // oxlint-disable-next-line no-control-regex -- none of these may come out
  expect(text).not.toMatch(/[\u001b\u009b\u202e\r]/)
  const found = text.replaceAll('\\r', '\\u000d').split(shown).length - 1
  expect(found).toBeGreaterThanOrEqual(times)
})
