import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { placeApp } from '../../../src/cli/placeApp.js'

const [home, from] = process.argv.slice(2)
mkdirSync(join(home, 'app'), { recursive: true })
process.send('started')
void placeApp(home, { from })
