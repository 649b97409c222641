// Writes until something fails, and prints what.
import { sqliteLedger } from '../../../dist/ledgers/sqliteLedger.js'

const [path, account] = process.argv.slice(2)
const ledger = await sqliteLedger({ account, path })
const data = { text: 'x'.repeat(1_000) }
try {
  for (let index = 0; index < 2_000; index += 1)
    await ledger.appendEvent({ data, subject: `${index}`, type: 'filled' })
  console.log('{}')
} catch (error) {
  console.log(JSON.stringify(error))
}
