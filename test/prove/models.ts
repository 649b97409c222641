// Every model with every option it lists, from quote to file: `npm run prove:models -- --full`.
import { proveModels } from './proveModels.js'
import { readOptions } from './readOptions.js'
import { report } from './report.js'

const { full, json, model } = readOptions({ full: false, json: false, model: '' })
const { found, problems } = await proveModels({
  full,
  models: model ? [model] : undefined,
  onProgress: (line) => console.error(line),
})
const { models, ...sums } = found
if (!json) {
  const span = (values: readonly (number | string)[]) =>
    values.length > 3 ? `${values[0]} … ${values.at(-1)} (${values.length})` : values.join(', ')
  for (const { bytes, jobs, model, options, refused, seconds, sizes, tried } of models)
    console.log(
      refused
        ? `${model.padEnd(42)}cannot be bought: ${refused}`
        : `${model.padEnd(42)}${`${tried}/${options} options`.padEnd(16)}${`${jobs} jobs`.padEnd(10)}${String(bytes).padStart(11)} bytes  ${span(seconds)} s  ${span(sizes)}`,
    )
}
report(json ? found : sums, {
  json,
  problems,
  repeat: `npm run prove:models --${full ? ' --full' : ''}${model && ` --model ${model}`}`,
})
