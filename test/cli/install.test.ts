import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { describe, expect, test } from 'vitest'

import { install, uninstall } from '../../src/cli/commands/install.js'
import type { Entry } from '../../src/cli/hosts.js'
import type { Places } from '../../src/cli/readConfig.js'
import type { Context } from '../../src/cli/runCommand.js'
import * as Toml from '../../src/internal/Toml.js'
import { version } from '../../src/version.js'
import { runCli } from '../support/runCli.js'

/** What a command prints, as far as it is looked at here. */
type Told = {
  backup: string
  hosts: object[]
  lines: string
  snippet: string
  status: string
  warnings: string[]
}

/** A home of its own, and the two commands in it. The package is copied where a test says so, not here. */
function setup(env: Record<string, string> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const places: Places = {
    appData: join(home, '.config'),
    codexHome: join(home, '.codex'),
    cwd: join(home, 'project'),
    env,
    home,
    node: '/usr/bin/node',
    platform: 'linux',
    zecchinoHome: join(home, '.zecchino'),
  }
  const appOf = (version: string) => {
    const folder = join(places.zecchinoHome, 'app', version)
    const entry = join(folder, 'node_modules/zecchino/dist/cli/bin.js')
    mkdirSync(dirname(entry), { recursive: true })
    writeFileSync(entry, `console.log(JSON.stringify({ jobs: [] }))`)
    return { entry, folder, isReused: false, version }
  }
  let running = '0.1.0'
  const entry = {
    args: [join(places.zecchinoHome, `app/0.1.0/node_modules/zecchino/dist/cli/bin.js`), 'mcp'],
    command: '/usr/bin/node',
    env: { ZECCHINO_HOME: places.zecchinoHome },
  }
  return {
    apps: () => readdirSync(join(places.zecchinoHome, 'app')).toSorted(),
    block: [
      '[mcp_servers.zecchino]',
      'command = "/usr/bin/node"',
      `args = ["${entry.args[0]}", "mcp"]`,
      `env = { ZECCHINO_HOME = "${places.zecchinoHome}" }`,
      'startup_timeout_sec = 60',
      '',
    ].join('\n'),
    entry,
    home,
    places,
    read: (name: string) => readFileSync(join(home, name), 'utf8'),
    async run(
      run: typeof install | typeof uninstall,
      name: string | undefined,
      options: Record<string, unknown> = {},
    ) {
      const printed: object[] = []
      const lines: string[] = []
      const context = {
        args: name === undefined ? [] : [name],
        options,
        print(result: object, text: readonly string[]) {
          printed.push({ ...result })
          lines.push(...text)
        },
      }
      await run(context as unknown as Context, places, async () => appOf(running))
      return { ...printed[0], lines: lines.join('\n') } as Told
    },
    /** From now on another version runs. */
    runs: (version: string) => (running = version),
    write(name: string, text: string) {
      mkdirSync(dirname(join(home, name)), { recursive: true })
      writeFileSync(join(home, name), text, { mode: 0o640 })
    },
  }
}

test.each([
  ['claude-code', '.claude.json', '{\n  "numStartups": 3,\n  "mcpServers": {}\n}\n', 'mcpServers'],
  [
    'claude-desktop',
    `.config/Claude/claude_desktop_config.json`,
    '{ "mcpServers": { "a": { "command": "b" } } }',
    'mcpServers',
  ],
  ['cursor', '.cursor/mcp.json', undefined, 'mcpServers'],
  ['vscode', `.config/Code/User/mcp.json`, '{\n\t// mine\n\t"inputs": [],\n}\n', 'servers'],
  ['codex', '.codex/config.toml', 'model = "o"\n\n[mcp_servers.other]\ncommand = "x"\n', undefined],
])(
  'behavior: %s is told once, and told off without a trace',
  async (name, file, before, container) => {
    const { block, entry, home, read, run, write } = setup()
    if (before !== undefined) write(file, before)

    const added = await run(install, name)
    expect(added).toMatchObject({ file: join(home, file), status: 'added' })
    const text = read(file)
    if (container === undefined) expect(text).toBe(`${before}\n${block}`)
    else {
      const bare = text.replace('// mine', '').replace(/,\s*}\s*$/, '}')
      expect(JSON.parse(bare)[container].zecchino).toEqual({
        ...entry,
        ...(name === 'vscode' && { type: 'stdio' }),
      })
      for (const line of before?.split('\n').filter((part) => part.includes('"inputs"')) ?? [])
        expect(text).toContain(line)
    }
    if (before !== undefined) {
      expect(readFileSync(added.backup, 'utf8')).toBe(before)
      expect(statSync(join(home, file)).mode & 0o777).toBe(0o640)
    }
    expect(await run(install, name)).toMatchObject({ status: 'unchanged' })
    expect(read(file)).toBe(text)

    expect(await run(uninstall, name)).toMatchObject({ status: 'removed' })
    if (before === undefined) expect(existsSync(join(home, file))).toBe(false)
    else expect(read(file)).toBe(before)
    expect(readdirSync(dirname(join(home, file))).filter((left) => /bak|part/.test(left))).toEqual(
      [],
    )
    expect(await run(uninstall, name)).toMatchObject({ status: 'unchanged' })
  },
)

test.each([
  ['cursor', '.cursor/mcp.json', '{ "mcpServers": { oops', 'cannot be read'],
  ['cursor', '.cursor/mcp.json', '{ "mcpServers": [] }', 'cannot be read'],
  ['cursor', '.cursor/mcp.json', '{"mcpServers":{"zecchino":{"command":"mine"}}}', 'another entry'],
  ['codex', '.codex/config.toml', '{"json": 1}', 'cannot be read'],
  ['codex', '.codex/config.toml', 'mcp_servers = { a = { command = "b" } }\n', 'another entry'],
  ['codex', '.codex/config.toml', '[mcp_servers."zecchino"]\ncommand = "mine"\n', 'another entry'],
])(
  'error: %s: %s with %j stays as it is, and the snippet is shown',
  async (name, file, text, why) => {
    const { home, read, run, write } = setup()
    write(file, text)
    for (const command of [install, uninstall])
      await expect(run(command, name)).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
        facts: [expect.stringContaining('zecchino')],
        shortMessage: expect.stringContaining(why),
      })
    expect(read(file)).toBe(text)
    expect(readdirSync(dirname(join(home, file)))).toHaveLength(1)
  },
)

test('behavior: what others added meanwhile stays', async () => {
  const { block, read, run, write } = setup()
  write('.cursor/mcp.json', '{\n  "mcpServers": {\n    "a": { "command": "b" }\n  }\n}\n')
  await run(install, 'cursor')
  const later = read('.cursor/mcp.json')
    .replace('"b"', '"c"')
    .replace(/\n}\n$/, ',\n  "more": 1\n}\n')
  write('.cursor/mcp.json', later)
  await run(uninstall, 'cursor')
  expect(read('.cursor/mcp.json')).toBe(
    '{\n  "mcpServers": {\n    "a": { "command": "c" }\n  },\n  "more": 1\n}\n',
  )
  write('.codex/config.toml', `model = "o"\n\n${block}\n[later]\nx = 1\n`)
  await run(uninstall, 'codex')
  expect(read('.codex/config.toml')).toBe('model = "o"\n\n\n[later]\nx = 1\n')
})

test('behavior: a link stays a link, and --print touches nothing', async () => {
  const { entry, home, run, write } = setup()
  write('dotfiles/mcp.json', '{}')
  mkdirSync(join(home, '.cursor'))
  symlinkSync(join(home, 'dotfiles/mcp.json'), join(home, '.cursor/mcp.json'))
  const printed = await run(install, 'cursor', { print: true })
  expect(JSON.parse(printed.snippet)).toEqual({
    mcpServers: { zecchino: entry },
  })
  expect(readFileSync(join(home, 'dotfiles/mcp.json'), 'utf8')).toBe('{}')
  await run(install, 'cursor')
  expect(realpathSync(join(home, '.cursor/mcp.json'))).toBe(
    realpathSync(join(home, 'dotfiles/mcp.json')),
  )
  expect(readFileSync(join(home, 'dotfiles/mcp.json'), 'utf8')).toContain('zecchino')
})

test('behavior: upgrade, rollback and rollback again are one command each, for every host', async () => {
  const { apps, read, run, runs, write } = setup()
  write('.codex/config.toml', 'model = "o"\n')
  await run(install, 'cursor')
  await run(install, 'codex')
  runs('0.2.0')
  const upgraded = await run(install, undefined)
  expect(upgraded.lines).toMatch(/cursor 0\.1\.0 → 0\.2\.0[^]*codex 0\.1\.0 → 0\.2\.0/)
  const versions = () => [
    /app\/([\d.]+)\//.exec(read('.cursor/mcp.json'))?.[1],
    /app\/([\d.]+)\//.exec(read('.codex/config.toml'))?.[1],
  ]
  expect(versions()).toEqual(['0.2.0', '0.2.0'])
  await run(install, 'cursor', { rollback: true })
  expect(versions()).toEqual(['0.1.0', '0.2.0'])
  await run(install, undefined, { rollback: true })
  expect(versions()).toEqual(['0.2.0', '0.1.0'])
  await run(install, undefined) // both again
  expect(versions()).toEqual(['0.2.0', '0.2.0'])
  expect(apps()).toEqual(['0.1.0', '0.2.0', 'hosts'])

  runs('0.3.0')
  await run(install, 'cursor')
  expect(apps()).toEqual(['0.1.0', '0.2.0', '0.3.0', 'hosts']) // codex may go back to 0.1.0
  expect((await run(install, undefined)).lines).toContain('cursor has 0.3.0 already')
  expect(apps()).toEqual(['0.2.0', '0.3.0', 'hosts'])
  await run(uninstall, 'codex')
  await run(uninstall, 'cursor')
  expect(apps()).toEqual(['hosts'])
  expect(read('.codex/config.toml')).toBe('model = "o"\n')
  await expect(run(install, undefined)).rejects.toMatchObject({ code: 'USAGE' })
  await expect(run(install, 'cursor', { rollback: true })).rejects.toMatchObject({ code: 'USAGE' })
})

test('behavior: what older versions wrote is taken over, and so is what people put beside it', async () => {
  const { entry, read, run, write } = setup()
  const old = {
    command: 'npx',
    args: ['-y', 'zecchino', 'mcp'],
    env: { VENICE_API_KEY: 'k' },
    disabled: true,
  }
  write('.cursor/mcp.json', JSON.stringify({ mcpServers: { zecchino: old } }))
  write(
    '.codex/config.toml',
    '[mcp_servers.zecchino]\ncommand = "npx"\nargs = ["-y", "zecchino", "mcp"]\ntool_timeout_sec = 90 # mine\n' +
      '\n[mcp_servers.zecchino.env]\nVENICE_API_KEY = "k"\nZECCHINO_SANDBOX = "own"\n\n[later]\nx = 1\n',
  )
  expect((await run(install, 'cursor')).lines).toContain('cursor 0.1.0')
  expect(JSON.parse(read('.cursor/mcp.json')).mcpServers.zecchino).toEqual({
    ...entry,
    disabled: true,
    env: { VENICE_API_KEY: 'k', ...entry.env },
  })
  await run(install, 'codex')
  expect(read('.codex/config.toml')).toBe(
    `[mcp_servers.zecchino]\ncommand = "/usr/bin/node"\nargs = ["${entry.args[0]}", "mcp"]\n` +
      `tool_timeout_sec = 90 # mine\nenv = { VENICE_API_KEY = "k", ZECCHINO_HOME = "${entry.env.ZECCHINO_HOME}" }\n` +
      'startup_timeout_sec = 60\n\n\n[later]\nx = 1\n',
  )
  expect(await run(install, 'codex')).toMatchObject({ status: 'unchanged' })
})

test('behavior: another profile takes the place of the one before, and leaves nothing of it', async () => {
  const { places, read, run } = setup()
  const url = 'http://127.0.0.1:4020/api/v1'
  const played = await run(install, 'cursor', { sandbox: url })
  const envOf = () => JSON.parse(read('.cursor/mcp.json')).mcpServers.zecchino.env
  expect(envOf()).toEqual({
    ZECCHINO_API_URL: url,
    ZECCHINO_HOME: places.zecchinoHome,
    ZECCHINO_PROFILE: 'sandbox',
  })
  expect(played.lines).toContain('play money only')
  const real = await run(install, 'cursor')
  expect(envOf()).toEqual({ ZECCHINO_HOME: places.zecchinoHome })
  expect(real.lines).toContain('real money')
})

test.each(['https://api.venice.ai/api/v1', 'http://user:word@127.0.0.1:4020', 'sandbox'])(
  'error: %s is no sandbox: nothing is written',
  async (sandbox) => {
    const { home, run } = setup()
    await expect(run(install, 'cursor', { sandbox })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    })
    expect(existsSync(join(home, '.cursor'))).toBe(false)
  },
)

test('behavior: the same wallet in another home is told', async () => {
  const { home, places, run, write } = setup()
  const wallet = `0x${'aB'.repeat(20)}`
  for (const name of ['.zecchino', 'other'])
    write(`${name}/venice.eip155-8453-${wallet}.ledger.json`, '{}')
  const entry = {
    command: 'node',
    args: [join(home, 'other/app/0.0.9/node_modules/zecchino/dist/cli/bin.js'), 'mcp'],
    env: { ZECCHINO_HOME: join(home, 'other') },
  }
  write(
    '.config/Claude/claude_desktop_config.json',
    JSON.stringify({ mcpServers: { zecchino: entry } }),
  )
  const { hosts, warnings } = await run(install, 'cursor')
  expect(warnings).toEqual([expect.stringContaining(join(home, 'other'))])
  expect(warnings[0]).toContain('claude-desktop')
  expect(warnings[0]).toContain(wallet.toLowerCase())
  expect(hosts).toEqual([
    expect.objectContaining({ host: 'claude-desktop', version: '0.0.9' }),
    expect.objectContaining({ host: 'cursor', version: '0.1.0' }),
  ])
  // One that has never spent there is nobody's business.
  write('third/venice.eip155-8453-0x01.ledger.json', '{}')
  const third = { ...entry, env: { ZECCHINO_HOME: join(home, 'third') } }
  write(
    '.config/Claude/claude_desktop_config.json',
    JSON.stringify({ mcpServers: { zecchino: third } }),
  )
  expect((await run(install, 'codex')).warnings).toEqual([])
  expect(places.zecchinoHome).toContain(home)
})

describe('the command line', () => {
  test('behavior: what it writes starts in a host, with spaces on the way, and no key is ever in it', async () => {
    const home = mkdtempSync(join(tmpdir(), 'zecchino test '))
    const key = '5ec2e7'.repeat(10).padEnd(64, '0')
    const env = {
      CODEX_HOME: join(home, 'codex'),
      HOME: home,
      HTTPS_PROXY: 'http://me:passw0rd@proxy.example:3128',
      NODE_EXTRA_CA_CERTS: join(home, 'ca.pem'),
      ZECCHINO_HOME: join(home, 'my wallet'),
      ZECCHINO_PRIVATE_KEY: key,
    }
    writeFileSync(env.NODE_EXTRA_CA_CERTS, '')
    const { code, stderr, stdout } = await runCli(['install', 'codex'], { env })
    const text = readFileSync(join(home, 'codex', 'config.toml'), 'utf8')
    const entry = Toml.read(text, ['mcp_servers', 'zecchino']) as never as Entry
    expect({ code, stderr, entry }).toEqual({
      code: 0,
      stderr: '',
      entry: {
        args: [
          join(env.ZECCHINO_HOME, 'app', version, 'node_modules/zecchino/dist/cli/bin.js'),
          'mcp',
        ],
        command: process.execPath,
        env: {
          HTTPS_PROXY: 'http://proxy.example:3128',
          NODE_EXTRA_CA_CERTS: env.NODE_EXTRA_CA_CERTS,
          ZECCHINO_HOME: env.ZECCHINO_HOME,
        },
        startup_timeout_sec: 60,
      },
    })
    expect(stdout).toContain(
      'Not written, because it is or may hold a secret: ZECCHINO_PRIVATE_KEY.',
    )
    expect(stdout + text).not.toMatch(new RegExp(`${key}|passw0rd`))

    const transport = new StdioClientTransport({ ...entry, args: [...entry.args] })
    const client = new Client({ name: 'test', version: '0' })
    await client.connect(transport)
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toContain('video_generate')
    await client.close()

    expect((await runCli(['install', 'emacs'], { env })).code).toBe(64)
    expect((await runCli(['install', 'claude-desktop', '--project'], { env })).code).toBe(64)
  }, 120_000)
})
