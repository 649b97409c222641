import { parseArgs } from 'node:util'

type Values = Record<string, boolean | number | string>

/**
 * Reads the options of a prover from its command line: `--runs 60`, `--json`. Each has the type of
 * its default. What is unknown or no number ends the process with 64.
 */
export function readOptions<Options extends Values>(
  defaults: Options,
): { [Name in keyof Options]: Options[Name] extends number ? number : Options[Name] } {
  try {
    const { values } = parseArgs({
      options: Object.fromEntries(
        Object.entries(defaults).map(([name, value]) => [
          name,
          { type: typeof value === 'boolean' ? ('boolean' as const) : ('string' as const) },
        ]),
      ),
    })
    const read = Object.entries(values).map(([name, value]) => [
      name,
      typeof defaults[name] === 'number' ? wholeNumber(name, String(value)) : value,
    ])
    return { ...defaults, ...Object.fromEntries(read) } as ReturnType<typeof readOptions<Options>>
  } catch (error) {
    const known = Object.entries(defaults).map(([name, value]) => `  --${name} (${value})`)
    console.error([(error as Error).message, 'Options:', ...known].join('\n'))
    process.exit(64)
  }
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} takes a whole number, not '${text}'.`)
  return Number(text)
}
