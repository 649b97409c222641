import { type Bug, bug } from './bug.js'

const json = 'test/internal/base64Json.test.ts'
const answers = 'test/hostile/answers.test.ts'
const list = 'test/actions/listTransactions.test.ts'
const mp4 = 'test/internal/probeMp4.test.ts'
const entries = 'test/X402.entries.test.ts'

/** What comes from outside, taken as it comes. */
export const outside: readonly Bug[] = [
  bug('JSON of any depth', { test: json, titles: '64 levels' }, [
    'internal/base64Json.ts',
    'levels > most.levels ||',
    '',
  ]),
  bug('JSON of any number of values', { test: json, titles: '50,000 values' }, [
    'internal/base64Json.ts',
    '|| values > most.values',
    '',
  ]),
  bug('an error read to its end', { test: answers, titles: 'of an error 64 kB' }, [
    'client/call.ts',
    'const json = isCut ? undefined : parseJson(text)',
    'const json = parseJson(text)',
  ]),
  bug('every entry of a 402 read', { test: entries, titles: '32 are read' }, [
    'X402.ts',
    'value.slice(0, maxEntries)',
    'value.slice(0)',
  ]),
  bug('names of any length in a row', { test: list, titles: 'names nothing' }, [
    'Venice.ts',
    `  .max(maxName)
  .nullish()`,
    '  .nullish()',
  ]),
  bug('pages of any length', { test: list, titles: 'more rows than' }, [
    'Venice.ts',
    '.max(maxRows)',
    '',
  ]),
  bug('tracks without end', { test: mp4, titles: 'would take minutes' }, [
    'internal/checkMp4.ts',
    'if (inner.tracks > maxTracks)',
    'if (inner.tracks > maxTracks ** 2)',
  ]),
  bug('boxes without end', { test: mp4, titles: 'would take minutes' }, [
    'internal/checkMp4.ts',
    'if (inner.boxes > maxInnerBoxes)',
    'if (inner.boxes > maxInnerBoxes ** 2)',
  ]),
  bug('boxes in boxes without end', { test: mp4, titles: 'would take minutes' }, [
    'internal/checkMp4.ts',
    'if (level > maxLevels)',
    'if (level > maxLevels ** 8)',
  ]),
  bug('entries of any number of pictures', { test: mp4, titles: 'more pictures than' }, [
    'internal/checkMp4.ts',
    'if (sum > maxCount)',
    'if (sum > maxCount ** 2)',
  ]),
  bug(
    'the sandbox answers by any name',
    { test: 'test/sandbox/routes/serveControl.test.ts', titles: 'by a name that leads here' },
    ['sandbox/routes/serveControl.ts', '.includes(hostname)', '.length > 0'],
  ),
  bug('results as they come', { test: 'test/mcp/hostile.test.ts', titles: 'steer nothing' }, [
    'mcp/callTool.ts',
    'textOf(harmlessAll({',
    'textOf(Object({',
  ]),
  bug('lines as they come', { test: 'test/cli/runCommand.test.ts', titles: 'steers no terminal' }, [
    'cli/runCommand.ts',
    'show: (line) => void process.stderr.write(`${harmless(line)}',
    'show: (line) => void process.stderr.write(`${line}',
  ]),
]
