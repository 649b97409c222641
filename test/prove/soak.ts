// Thousands of videos from one wallet: `npm run prove:soak -- --jobs 5000`.
import { proveSoak } from './proveSoak.js'
import { readOptions } from './readOptions.js'
import { report } from './report.js'

const { jobs, json, seed } = readOptions({ jobs: 200, json: false, seed: 1 })
const onProgress = (line: string) => console.error(line)
const { found, problems } = await proveSoak({ jobs, onProgress, seed })
report(found, { json, problems, repeat: `npm run prove:soak -- --jobs ${jobs} --seed ${seed}` })
