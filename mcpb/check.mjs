// Unpacks bundles into empty folders and looks at what is in them: the driver is the one of the platform that the
// manifest names, and the only one. That of this platform is driven with a client of the official SDK, as the
// manifest says: the tools are listed, and the ledger opens with the driver that is in the bundle.
//   node mcpb/check.mjs [file…]        default: every bundle in dist-mcpb
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

import { targetOf } from './targetOf.mjs'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const made = readdirSync('dist-mcpb').filter((name) => name.endsWith('.mcpb'))
const given = process.argv.slice(2)
const files = given.length > 0 ? given : made.map((name) => join('dist-mcpb', name))
assert.notEqual(files.length, 0, 'there is no bundle')
let driven = 0
for (const file of files) await check(resolve(file))
if (given.length === 0) assert.equal(driven, 1, 'the bundle of this platform was not driven')

async function check(file) {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-mcpb-'))
  const unpacked = join(folder, 'unpacked')
  const args = ['--yes', '@anthropic-ai/mcpb@2.1.2', 'unpack', file, unpacked]
  assert.equal(spawnSync('npx', args, { stdio: ['ignore', 2, 2] }).status, 0)
  const manifest = JSON.parse(readFileSync(join(unpacked, 'manifest.json'), 'utf8'))
  const target = lookAt(unpacked, { file, manifest })
  const isOwn = target.platform === process.platform && target.arch === process.arch
  if (isOwn) {
    await drive(unpacked, { folder, manifest })
    driven += 1
  }
  rmSync(folder, { force: true, recursive: true })
  const { tools } = manifest
  const bytes = statSync(file).size
  console.log(JSON.stringify({ file, bytes, driven: isOwn, target, tools: tools.length }))
}

/** Looks at what is in a bundle; gives the platform that its driver is for. */
function lookAt(unpacked, { file, manifest }) {
  const names = readdirSync(unpacked, { recursive: true }).map((name) => name.replaceAll('\\', '/'))
  const binaries = names.filter((name) => /\.(node|so|dylib|dll|exe)$/.test(name))
  const [, name, system, arch] = /-((\w+)-(\w+?)(?:-\w+)?)\.mcpb$/.exec(basename(file))
  assert.deepEqual(binaries, [`server/node_modules/@libsql/${name}/index.node`])
  const target = targetOf(readFileSync(join(unpacked, binaries[0])))
  assert.deepEqual(target, { arch, platform: system })
  assert.deepEqual(manifest.compatibility.platforms, [system])
  assert.equal(manifest.version, version)
  assert.ok(names.includes(manifest.server.entry_point))
  assert.equal(manifest.user_config.private_key.sensitive, true)
  const odd = names.filter((one) => /\.(ts|map|sqlite|env|tgz)$|(^|\/)\.|\.keystore\./.test(one))
  assert.deepEqual(odd, [])
  const licenses = readFileSync(join(unpacked, 'server/LICENSES.txt'), 'utf8')
  for (const one of ['@modelcontextprotocol/sdk', 'kysely', 'libsql', 'undici', 'viem', 'zod'])
    assert.match(licenses, new RegExp(`^${one} `, 'm'))
  return target
}

/** Starts the server as the manifest says, and uses it. */
async function drive(unpacked, { folder, manifest }) {
  const { server, tools, user_config } = manifest
  const chosen = {
    home: join(folder, 'home'),
    private_key: randomBytes(32).toString('hex'),
    profile: 'sandbox',
  }
  const fill = (text) =>
    text
      .replaceAll('${__dirname}', unpacked)
      .replaceAll(
        /\$\{user_config\.(\w+)\}/g,
        (_, name) => chosen[name] ?? user_config[name].default,
      )
      .replaceAll('${HOME}', folder)
  const { PATH } = process.env
  const env = Object.entries(server.mcp_config.env).map(([name, value]) => [name, fill(value)])
  const transport = new StdioClientTransport({
    args: server.mcp_config.args.map(fill),
    command: server.mcp_config.command,
    cwd: folder,
    env: { PATH, ...Object.fromEntries(env) },
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
}
