import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))

/** The text of `published.ts`, from the two files of facts beside this one. */
export function build() {
  const prices = read('venice-video-prices.json')
  const rows = read('venice-video-catalogue.json').map((row) => lineOf(row, prices[row.id]))
  return `import type { Published } from '../catalogue.js'

const seconds = (...lengths: number[]) => lengths.map((length) => \`\${length}s\`)
const range = (least: number, most: number) =>
  seconds(...Array.from({ length: most - least + 1 }, (_, index) => least + index))

/**
 * The models that Venice listed on 28 September 2026, and what it quoted for them. Written by
 * \`npm run build:catalogue\` from the files of facts beside it: change those, and never this one.
 */
export const published: readonly Published[] = [
${rows.join('\n')}
]
`
}

/** One model as one line: its row without what is empty, and its prices. */
function lineOf(row, { input_dependent: dependent, quotes }) {
  const { aspect_ratios, audio, audio_configurable, audio_input, durations } = row
  const { model_type, prompt_character_limit: limit, resolutions, video_input } = row
  const constraints = [
    `model_type: ${text(model_type)}`,
    `aspect_ratios: ${list(aspect_ratios)}`,
    `resolutions: ${list(resolutions)}`,
    `durations: ${lengths(durations)}`,
    `audio: ${audio}`,
    `audio_configurable: ${audio_configurable}`,
    ...(audio_input ? ['audio_input: true'] : []),
    ...(video_input ? ['video_input: true'] : []),
    ...(limit ? [`prompt_character_limit: ${limit}`] : []),
  ]
  const fields = [
    `id: ${text(row.id)}`,
    `created: ${row.created}`,
    `name: ${text(row.name)}`,
    `privacy: ${text(row.privacy)}`,
    `sets: ${list(row.model_sets)}`,
    `constraints: { ${constraints.join(', ')} }`,
    ...(dependent ? [] : [`price: { ${Object.entries(quotes).map(seriesOf(durations)).join(', ')} }`]),
  ]
  return `  { ${fields.join(', ')} },`
}

/** A rate that gives each quote back, a rate and an extra that do, or else the quotes, in cents. */
function seriesOf(durations) {
  return ([name, usd]) => {
    const points = usd.map((price, index) => ({
      cents: Math.round(price * 100),
      seconds: Number.parseInt(durations[index], 10),
    }))
    const rate = rateOf(points)
    const extra = rate === undefined ? extraOf(points) : undefined
    const table = `[${points.map(({ cents }) => cents).join(', ')}]`
    return `${text(name)}: ${rate ? text(rate) : extra ? list(extra) : table}`
  }
}

/** The shortest rate in USD a second that rounds to each price; \`undefined\` if there is none. */
function rateOf(points, extra = 0) {
  if (points.length < 2) return undefined // one point says nothing about a line
  const least = Math.max(...points.map(({ cents, seconds }) => ((cents - 0.5) / 100 - extra) / seconds))
  const most = Math.min(...points.map(({ cents, seconds }) => ((cents + 0.5) / 100 - extra) / seconds))
  for (let decimals = 2; decimals <= 6; decimals += 1) {
    const scale = 10 ** decimals
    const rate = Math.round(((least + most) / 2) * scale) / scale
    // Not at the very edge, where rounding is anybody's guess.
    if (rate - least > 1e-9 && most - rate > 1e-9) return rate.toFixed(decimals)
  }
  return undefined
}

/** A rate and what comes on top of it once: a cent to a nickel; less is only rounding. */
function extraOf(points) {
  for (let mills = 10; mills < 50; mills += 1) {
    const rate = rateOf(points, mills / 1_000)
    if (rate) return [rate, (mills / 1_000).toFixed(3)]
  }
  return undefined
}

function lengths(durations) {
  const numbers = durations.map((value) => Number(/^(\d+)s$/.exec(value)?.[1]))
  if (numbers.some(Number.isNaN)) return list(durations)
  const [first, last] = [numbers[0], numbers.at(-1)]
  const rising = numbers.length > 2 && numbers.every((value, index) => value === first + index)
  return rising ? `range(${first}, ${last})` : `seconds(${numbers.join(', ')})`
}

const list = (values) => `[${values.map(text).join(', ')}]`
const text = (value) => `'${value}'`

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('published.ts', import.meta.url), build())
