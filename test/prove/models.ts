// Every live model in each of its resolutions, from quote to file: `npm run prove:models`; with
// `--share 1/3` the first third of them.
import { shareOf } from './modelCases.js'
import { proveModels } from './proveModels.js'
import { readOptions } from './readOptions.js'
import { report } from './report.js'

const { json, model, share } = readOptions({ json: false, model: '', share: '1/1' })
const [, part, parts] = /^([1-9]\d?)\/([1-9]\d?)$/.exec(share) ?? []
if (part === undefined || Number(part) > Number(parts))
  throw new Error('--share is a part of the whole, such as 1/3')
const { found, problems } = await proveModels({
  only: (cases) =>
    shareOf(
      cases.filter((one) => !model || one.model === model),
      { part: Number(part), parts: Number(parts) },
    ),
  onProgress: (line) => console.error(line),
})
const { models, ...sums } = found
if (!json)
  for (const { bytes, done, estimated, model, sizes, usd } of models)
    console.log(
      [
        model.padEnd(44),
        done.join(' ').padEnd(26),
        `$${[...new Set(usd)].join(' to ')}${estimated ? ', estimated' : ''}`.padEnd(18),
        `${bytes} bytes`.padStart(15),
        `  ${sizes.join(' ')}`,
      ].join(''),
    )
const estimated = models.flatMap(({ estimated, model }) => (estimated ? [model] : []))
report(json ? found : { ...sums, models: models.length, estimated }, {
  json,
  problems,
  repeat: `npm run prove:models -- --share ${share}${model && ` --model ${model}`}`,
})
