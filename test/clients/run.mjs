// Installs clients of MCP, each version pinned, and has them convert the tools and buy with them.
//   npm run test:clients [-- --all] [-- --only mastra]
// Without `--all` those that are small: `all/` is 350 MB more, with a lock of its own.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))
const options = process.argv.slice(2)
const install = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error']

run('npm', [...install, '--prefix', folder])
if (options.includes('--all')) run('npm', [...install, '--prefix', `${folder}all`])
const node = ['-y', '-p', 'node@22', 'node']
run('npx', [...node, `${folder}convert.mjs`])
run('npx', [...node, `${folder}buy.mjs`, ...options])

/** Runs a command to its end, and ends with it where it fails. */
function run(command, args) {
  const stdio = ['ignore', command === 'npm' ? 2 : 1, 2]
  const { status } = spawnSync(command, args, { shell: process.platform === 'win32', stdio })
  if (status !== 0) process.exit(status ?? 1)
}
