// Runs the bundle beside it from V8's compiled code, which is faster than to compile it again.
// `compile` makes that code, as does the message `compile`: then with all that has run meanwhile.
const { readFileSync, renameSync, writeFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { join } = require('node:path')
const { Script } = require('node:vm')

const filename = join(__dirname, 'worker.cjs')
const code = join(__dirname, 'worker.code')
const compiles = process.argv[2] === 'compile'
const parameters = 'exports, require, module, __filename, __dirname'
const script = new Script(`(function (${parameters}) {${readFileSync(filename, 'utf8')}\n})`, {
  cachedData: compiles ? undefined : readFileSync(code),
  filename,
})
const module_ = { exports: {} }
if (compiles) process.send = () => {} // nobody is listening
const run = script.runInThisContext()
run(module_.exports, createRequire(filename), module_, filename, __dirname)

function compile() {
  const draft = `${code}.${process.pid}`
  writeFileSync(draft, script.createCachedData())
  renameSync(draft, code)
}
if (compiles) {
  compile()
  process.exit()
}
process.on('message', (message) => {
  if (message === 'compile') compile()
})
