import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { keepPrivate } from '../../src/internal/keepPrivate.js'
import { readAccess } from '../../src/internal/readAccess.js'

const me = 'S-1-5-21-1000-2000-3000-1001'
const open = 'D:AI(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BU)'
const closed = `D:PAI(A;;FA;;;SY)(A;;FA;;;${me})`

/** A folder with tools of Windows that keep one list, in a file, and answer as the real ones do. */
function setup({ icacls = keeping, list = open }: { icacls?: string; list?: string } = {}) {
  const tools = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const path = join(tools, 'key.json')
  writeFileSync(path, '{}', { mode: 0o666 })
  writeFileSync(join(tools, 'list'), list)
  const program = (name: string, text: string) => {
    writeFileSync(join(tools, name), `#!/bin/sh\ncd '${tools}'\n${text}`)
    chmodSync(join(tools, name), 0o755)
  }
  program('icacls.exe', icacls)
  program('whoami.exe', `printf '"pc\\\\\\\\anna","${me}"\\r\\n'`)
  return {
    asked: () => readFileSync(join(tools, 'asked'), 'utf8').trim(),
    options: { platform: 'win32', tools } as const,
    path,
    [Symbol.dispose]: () => rmSync(tools, { force: true, recursive: true }),
  }
}

const keeping = `
echo "$*" >>asked
if [ "$2" = /save ]; then printf 'key.json\\r\\n%s\\r\\n' "$(cat list)" | iconv -t UTF-16LE >"$3"
else echo '${closed}' >list; fi`

const onPosix = test.skipIf(process.platform === 'win32')

onPosix('default: by the mode', async () => {
  using place = setup()
  expect(await readAccess(place.path)).toMatchObject({ access: 'others' })
  chmodSync(place.path, 0o600)
  expect(await readAccess(place.path)).toEqual({
    access: 'owner',
    remedy: `chmod 600 ${place.path}`,
  })
})

onPosix('default: on Windows by its list, which is set and read back', async () => {
  using place = setup()
  const before = await readAccess(place.path, place.options)
  expect(before.access).toBe('others')
  expect(before.remedy).toContain(`"*${me}:F"`)

  keepPrivate(place.path, place.options)

  expect((await readAccess(place.path, place.options)).access).toBe('owner')
  const [save, grant] = place.asked().split('\n')
  expect(save).toMatch(/key\.json \/save /)
  expect(grant).toBe(`${place.path} /inheritance:r /grant:r *${me}:F *S-1-5-18:F`)
})

onPosix.each([
  ['says nothing', ''],
  ['fails', 'exit 5'],
  ['writes nothing', ': >"$3"'],
])('behavior: a tool that %s protects nothing, and stops nothing', async (_, icacls) => {
  using place = setup({ icacls })
  keepPrivate(place.path, place.options)
  expect((await readAccess(place.path, place.options)).access).toBe('unknown')
})

test('error: no such file', async () => {
  using place = setup()
  await expect(readAccess(`${place.path}.none`)).rejects.toMatchObject({ code: 'ENOENT' })
})
