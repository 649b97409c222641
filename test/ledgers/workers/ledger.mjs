// One process of many, each with ledgers of its own: does what its parent sends, and answers.
import { setTimeout as sleep } from 'node:timers/promises'

import Database from 'libsql'
import { Client } from 'pg'

import { postgresLedger } from '../../../dist/ledgers/postgresLedger.js'
import { sqliteLedger } from '../../../dist/ledgers/sqliteLedger.js'

let ledgers = []
/** Whether the next look at the clock, which a write takes while it holds its lock, stops this process. */
let isToStop = false

function now() {
  if (isToStop) {
    isToStop = false
    process.kill(process.pid, 'SIGSTOP')
  }
  return new Date()
}

const deeds = {
  /** Opens `clients` ledgers, all on the same store; with `stops` its writes can be stopped. */
  async open({ clients = 1, dialect, stops, ...options }) {
    const open = dialect === 'sqlite' ? sqliteLedger : postgresLedger
    const given = { ...options, ...(stops && { now }) }
    ledgers = await Promise.all(Array.from({ length: clients }, () => open(given)))
    return process.pid
  },

  close: () => Promise.all(ledgers.splice(0).map((ledger) => ledger.close())),

  /** Calls a method of the ledger. */
  call: ({ args, method }) => ledgers[0][method](...args),

  /** The same, and a signal stops it in the middle of its write. */
  stop({ args, method }) {
    isToStop = true
    return ledgers[0][method](...args)
  },

  /** Buys as many quotes as the caps allow, every client its share of them. */
  async spend({ caps, name, price, quotes }) {
    const told = { errors: [], refused: 0, reserved: 0 }
    const share = async (ledger, client) => {
      for (let index = client; index < quotes.length; index += ledgers.length) {
        const job = { hash: 'h', id: `${name}_${index}`, model: 'm', price, quoteId: quotes[index] }
        const result = await ledger.reserveJob({ caps, job }).catch((error) => error)
        if (result.created) told.reserved += 1
        else if (result.refused === 'budget') told.refused += 1
        else told.errors.push(result.refused ?? result.message ?? 'not created')
      }
    }
    await Promise.all(ledgers.map(share))
    return told
  },

  /** One transaction of raw SQL that stays open for a while, past all code of the ledger. */
  async transact({ dialect, path, schema, text, url }) {
    if (dialect === 'sqlite') {
      const database = new Database(path, { timeout: 20_000 })
      try {
        for (const statement of ['PRAGMA foreign_keys = ON', 'BEGIN IMMEDIATE', text])
          database.exec(statement)
        await sleep(50)
        database.exec('COMMIT')
      } finally {
        database.close()
      }
      return
    }
    const client = new Client(url)
    await client.connect()
    try {
      await client.query(`SET search_path TO "${schema}"; BEGIN; ${text}`)
      await sleep(50)
      await client.query('COMMIT')
    } finally {
      await client.end()
    }
  },
}

process.on('message', async ({ deed, id, options }) => {
  try {
    process.send({ id, value: await deeds[deed](options) })
  } catch (error) {
    const { code, constraint, message, name } = error
    process.send({ error: { code, constraint, message, name }, id })
  }
})
process.on('disconnect', () => process.exit())
process.send({ id: 0 })
