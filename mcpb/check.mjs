// Unpacks a bundle into an empty folder and drives it with a client of the official SDK, as the
// manifest says: the tools are listed, and the ledger opens with the driver that is in the bundle.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

const own = `-${process.platform}-${process.arch}`
const made = readdirSync('dist-mcpb').find((name) => name.includes(own) && name.endsWith('.mcpb'))
const file = resolve(process.argv[2] ?? join('dist-mcpb', made ?? 'no bundle'))
const folder = mkdtempSync(join(tmpdir(), 'zecchino-mcpb-'))
const unpacked = join(folder, 'unpacked')
const args = ['--yes', '@anthropic-ai/mcpb@2.1.2', 'unpack', file, unpacked]
assert.equal(spawnSync('npx', args, { stdio: ['ignore', 2, 2] }).status, 0)

const licenses = readFileSync(join(unpacked, 'server/LICENSES.txt'), 'utf8')
for (const name of ['@modelcontextprotocol/sdk', 'kysely', 'libsql', 'undici', 'viem', 'zod'])
  assert.match(licenses, new RegExp(`^${name} `, 'm'))
const { server, tools, user_config } = JSON.parse(
  readFileSync(join(unpacked, 'manifest.json'), 'utf8'),
)
const chosen = {
  home: join(folder, 'home'),
  private_key: randomBytes(32).toString('hex'),
  profile: 'sandbox',
}
const fill = (text) =>
  text
    .replaceAll('${__dirname}', unpacked)
    .replaceAll(/\$\{user_config\.(\w+)\}/g, (_, name) => chosen[name] ?? user_config[name].default)
    .replaceAll('${HOME}', folder)
const { PATH } = process.env
const transport = new StdioClientTransport({
  args: server.mcp_config.args.map(fill),
  command: server.mcp_config.command,
  cwd: folder,
  env: {
    PATH,
    ...Object.fromEntries(
      Object.entries(server.mcp_config.env).map(([name, value]) => [name, fill(value)]),
    ),
  },
})
const client = new Client({ name: 'check', version: '0' })
await client.connect(transport)
const listed = await client.listTools()
assert.deepEqual(
  listed.tools.map(({ name }) => name),
  tools.map(({ name }) => name),
)
const jobs = await client.callTool({ arguments: {}, name: 'video_list' })
assert.deepEqual(jobs.structuredContent?.jobs, [], JSON.stringify(jobs))
await client.close()
rmSync(folder, { force: true, recursive: true })
console.log(JSON.stringify({ file, bytes: statSync(file).size, tools: listed.tools.length }))
