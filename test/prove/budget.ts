// Many processes, one cap: `npm run prove:budget -- --processes 64 --attempts 10000`.
import { proveBudget } from './proveBudget.js'
import { readOptions } from './readOptions.js'
import { report } from './report.js'

const { engine, json, ...options } = readOptions({
  attempts: 1_000,
  engine: 'sqlite',
  json: false,
  processes: 16,
  seed: 1,
})
const { attempts, processes, seed } = options
if (engine !== 'postgres' && engine !== 'sqlite') throw new Error('--engine is sqlite or postgres')
const { found, problems } = await proveBudget({ ...options, engine })
report(found, {
  json,
  problems,
  repeat: `npm run prove:budget -- --processes ${processes} --attempts ${attempts} --engine ${engine} --seed ${seed}`,
})
