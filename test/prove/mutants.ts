// Plants bugs and sees whether they are found: `npm run prove:mutants -- --json`.
import { plantedBugs } from './plantedBugs.js'
import { plantBugs } from './plantBugs.js'
import { readOptions } from './readOptions.js'
import { report } from './report.js'

const { jobs, json, list, only } = readOptions({ jobs: 1, json: false, list: false, only: '' })
const bugs = plantedBugs.filter(({ name }) => only.split(',').some((part) => name.includes(part)))
if (list) for (const { name } of bugs) console.log(name)
else if (bugs.length === 0) {
  console.error(`No bug is called ${only}; --list shows them.`)
  process.exitCode = 64
} else {
  const onProgress = (line: string) => console.error(line)
  const { caught, missed, problems } = await plantBugs(bugs, { lanes: jobs, onProgress })
  const found = { planted: bugs.length, caught, missed }
  const filter = only ? ` --only '${only}'` : ''
  report(found, { json, problems, repeat: `npm run prove:mutants --${filter} --json` })
}
