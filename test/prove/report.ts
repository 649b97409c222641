/**
 * Prints what a prover found, as one JSON document or as lines, and ends the process with 1 when
 * something is wrong: then with the reasons and the command that repeats it.
 */
export function report(found: object, options: report.Options): void {
  const { json, problems, repeat } = options
  if (json) console.log(JSON.stringify(found))
  else
    for (const [name, value] of Object.entries(found))
      console.log(`${name.padEnd(24)}${typeof value === 'object' ? JSON.stringify(value) : value}`)
  if (problems.length === 0) return
  const [shown, rest] = [problems.slice(0, 20), problems.length - 20]
  console.error(['It does not hold:', ...shown.map((line) => `- ${line}`)].join('\n'))
  if (rest > 0) console.error(`- and ${rest} more`)
  console.error(`Repeat it with: ${repeat}`)
  process.exitCode = 1
}

export declare namespace report {
  type Options = {
    json: boolean
    /** What should not be, one sentence each. */
    problems: readonly string[]
    /** The command line that does the same again. */
    repeat: string
  }
}
