/** The least share of the tests that pass. */
const least = 0.95

/**
 * Judges a report of vitest: which tests fail that may, which fail that may not, and which are listed as
 * failing and pass. An exception names a file, the beginning of test names in it (or none, for all), and why.
 * Of a file that did not run, or could not be read, everything counts as one failed test.
 */
export function verdictOf({ testResults }, exceptions) {
  const tests = testResults.flatMap(({ assertionResults, message, name, status }) => {
    const [, file = name] = name.replaceAll('\\', '/').split('/test/')
    if (assertionResults.length === 0 && status === 'failed')
      return [{ failed: true, file, reason: message, title: '' }]
    return assertionResults
      .filter(({ status }) => status === 'failed' || status === 'passed')
      .map(({ failureMessages, fullName, status }) => ({
        failed: status === 'failed',
        file,
        reason: failureMessages[0],
        title: fullName,
      }))
  })
  const isListed = ({ file, title }) =>
    exceptions.some(
      (one) => one.file === file && (one.tests ?? ['']).some((name) => title.startsWith(name)),
    )
  const failed = tests.filter(({ failed }) => failed)
  const unlisted = failed.filter((test) => !isListed(test))
  const passing = tests.filter((test) => !test.failed && isListed(test))
  const share = tests.length === 0 ? 0 : 1 - failed.length / tests.length
  const ran = new Set(tests.map(({ file }) => file))
  const holds = share >= least && unlisted.length === 0 && passing.length === 0
  return {
    holds,
    lines: [
      ...exceptions
        .filter(({ file }) => ran.has(file))
        .map(
          ({ file, reason, tests: names }) =>
            `excepted  ${file}: ${names?.join('; ') ?? 'all'} (${reason})`,
        ),
      ...unlisted.map(
        ({ file, reason, title }) => `FAILS     ${file}: ${title}\n          ${first(reason)}`,
      ),
      ...passing.map(
        ({ file, title }) => `PASSES    ${file}: ${title}, which is listed as failing`,
      ),
      `${tests.length - failed.length} of ${tests.length} tests pass (${(share * 100).toFixed(1)} %), ${failed.length - unlisted.length} are excepted`,
    ],
  }
}

function first(text = '') {
  return text.split('\n')[0].slice(0, 160)
}
