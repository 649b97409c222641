// Runs every example against the sandbox; CI does.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

const own = ['payment-header.mjs', 'run-all.mjs', 'sign-in-header.mjs']
for (const name of readdirSync(import.meta.dirname).filter((file) => file.endsWith('.mjs'))) {
  if (own.includes(name)) continue
  console.log(`-- ${name}`)
  const { status } = spawnSync(process.execPath, [`${import.meta.dirname}/${name}`], {
    stdio: 'inherit',
    timeout: 120_000,
  })
  if (status !== 0) throw new Error(`${name} ended with ${status}`)
}
