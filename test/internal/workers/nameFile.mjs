// A process that names a file where there are no hard links, and ends (or stops) where it is told.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const { links, part, path, patience, point, signal = 'SIGKILL' } = JSON.parse(process.argv[2])

let passed = 0
function strike(call, when) {
  if (point?.call !== call || point.when !== when) return
  passed += 1
  if (passed === (point.skip ?? 0) + 1) process.kill(process.pid, signal)
}
for (const name of ['lstat', 'readdir', 'rename', 'rm']) {
  const real = fs.promises[name]
  fs.promises[name] = async (...values) => {
    strike(name, 'before')
    try {
      return await real(...values)
    } finally {
      strike(name, 'after')
    }
  }
}
fs.promises.link = async () => {
  throw Object.assign(new Error(`${links}: link`), { code: links, errno: -1, syscall: 'link' })
}
syncBuiltinESMExports()

// As it is built: its imports are bound by now.
const { nameFile } = await import(pathToFileURL(resolve('dist/internal/nameFile.js')).href)
process.once('message', () =>
  nameFile(part, path, { patience }).then(
    (value) => process.send({ value }),
    ({ code, message }) => process.send({ error: code ?? message }),
  ),
)
process.send('ready')
