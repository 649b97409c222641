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

import { expect, test } from 'vitest'

import { install, uninstall } from '../../src/cli/commands/install.js'
import type { Places } from '../../src/cli/readConfig.js'
import type { Context } from '../../src/cli/runCommand.js'
import { runCli } from '../support/runCli.js'

/** A home of its own, and the two commands in it. */
function setup() {
  const home = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const places: Places = {
    appData: join(home, '.config'),
    codexHome: join(home, '.codex'),
    cwd: join(home, 'project'),
    home,
    platform: 'linux',
  }
  return {
    home,
    places,
    read: (name: string) => readFileSync(join(home, name), 'utf8'),
    async run(run: typeof install, name: string, options: Record<string, unknown> = {}) {
      const printed: Record<string, string>[] = []
      const context = {
        args: [name],
        options,
        print: (result: object) => printed.push({ ...result }),
      }
      await run(context as unknown as Context, places)
      return printed[0]
    },
    write(name: string, text: string) {
      mkdirSync(dirname(join(home, name)), { recursive: true })
      writeFileSync(join(home, name), text, { mode: 0o640 })
    },
  }
}

const entry = { args: ['-y', 'zecchino', 'mcp'], command: 'npx' }
const block = '[mcp_servers.zecchino]\ncommand = "npx"\nargs = ["-y", "zecchino", "mcp"]\n'

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
    const { home, read, run, write } = setup()
    if (before !== undefined) write(file, before)

    const added = await run(install, name)
    expect(added).toMatchObject({ file: join(home, file), status: 'added' })
    const text = read(file)
    if (container === undefined) expect(text).toBe(`${before}\n${block}`)
    else {
      const bare = text.replace('// mine', '').replace(/,\s*}\s*$/, '}')
      expect(JSON.parse(bare)[container].zecchino).toMatchObject(entry)
      for (const line of before?.split('\n').filter((part) => part.includes('"inputs"')) ?? [])
        expect(text).toContain(line)
    }
    if (before !== undefined) {
      expect(readFileSync(added?.['backup'] ?? '', 'utf8')).toBe(before)
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
  const { read, run, write } = setup()
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
  const { home, run, write } = setup()
  write('dotfiles/mcp.json', '{}')
  mkdirSync(join(home, '.cursor'))
  symlinkSync(join(home, 'dotfiles/mcp.json'), join(home, '.cursor/mcp.json'))
  const printed = await run(install, 'cursor', { print: true })
  expect(JSON.parse(printed?.['snippet'] ?? '')).toEqual({
    mcpServers: { zecchino: entry },
  })
  expect(readFileSync(join(home, 'dotfiles/mcp.json'), 'utf8')).toBe('{}')
  await run(install, 'cursor')
  expect(realpathSync(join(home, '.cursor/mcp.json'))).toBe(
    realpathSync(join(home, 'dotfiles/mcp.json')),
  )
  expect(readFileSync(join(home, 'dotfiles/mcp.json'), 'utf8')).toContain('zecchino')
})

test('behavior: the command line tells the file, and no key is ever in it', async () => {
  const home = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const key = '5ec2e7'.repeat(10).padEnd(64, '0')
  const env = { CODEX_HOME: join(home, 'codex'), HOME: home, ZECCHINO_PRIVATE_KEY: key }
  const { code, stderr, stdout } = await runCli(['install', 'codex'], { env })
  const text = readFileSync(join(home, 'codex', 'config.toml'), 'utf8')
  expect({ code, text }).toEqual({ code: 0, text: block })
  expect(stdout).toContain(join(home, 'codex', 'config.toml'))
  expect(stdout + stderr + text).not.toContain(key)
  expect((await runCli(['install', 'emacs'], { env })).code).toBe(64)
  expect((await runCli(['install', 'claude-desktop', '--project'], { env })).code).toBe(64)
})
