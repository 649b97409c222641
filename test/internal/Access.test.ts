import { expect, test } from 'vitest'

import * as Access from '../../src/internal/Access.js'

const me = 'S-1-5-21-1000-2000-3000-1001'
const other = 'S-1-5-21-1000-2000-3000-1002'

test.each([
  [0o100600, 'owner'],
  [0o100400, 'owner'],
  [0o40700, 'owner'],
  [0o100640, 'others'],
  [0o100604, 'others'],
  [0o100610, 'others'],
  [0o40701, 'others'],
  [0o100666, 'others'],
])('default: mode %o is %s', (mode, access) => {
  expect(Access.ofMode(mode)).toBe(access)
})

// In the form that `icacls /save` writes: after public examples, with account numbers of our own. None was recorded here.
test.each([
  ['a file in the profile of a user', `D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;${me})`, 'owner'],
  ['the profile itself', `D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;${me})`, 'owner'],
  ['what was granted here', `D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;${me})`, 'owner'],
  ['a file of its owner alone', `D:PAI(A;;FA;;;${me})`, 'owner'],
  ['a file for the rights of its owner', 'D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;OW)', 'owner'],
  ['a container, whose user is the administrator', 'D:AI(A;ID;FA;;;SY)(A;ID;FA;;;LA)', 'owner'],
  [
    'numbers instead of letters',
    `D:P(A;;FA;;;S-1-5-18)(A;;FA;;;S-1-5-32-544)(A;;FA;;;${me})`,
    'owner',
  ],
  ['a list that lets nobody in', 'D:PAI', 'owner'],
  ['somebody who is kept out', `D:PAI(D;;FA;;;WD)(A;;FA;;;${me})`, 'owner'],
  ['a folder whose files are their creators’', `D:P(A;OICIIO;FA;;;CO)(A;OICI;FA;;;${me})`, 'owner'],
  [
    'a second disk',
    `D:AI(A;ID;FA;;;BA)(A;ID;FA;;;SY)(A;ID;0x1301bf;;;AU)(A;ID;0x1200a9;;;BU)`,
    'others',
  ],
  ['everybody', 'D:(A;;FA;;;WD)', 'others'],
  ['a disk without lists', 'D:NO_ACCESS_CONTROL', 'others'],
  ['a list of nobody', 'D:PNO_ACCESS_CONTROL', 'others'],
  [
    'a service',
    'D:PAI(A;OICI;FA;;;SY)(A;OICI;0x1201bf;;;LS)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)',
    'others',
  ],
  ['another account', `D:P(A;;FA;;;${me})(A;;FR;;;${other})`, 'others'],
  ['only what is made in a folder', `D:P(A;OICI;FA;;;${me})(A;OICIIO;FR;;;BU)`, 'others'],
  [
    'another under a condition',
    `D:P(A;;FA;;;${me})(XA;;FX;;;WD;(@User.Title=="PM" && (A || B)))`,
    'others',
  ],
  ['another under no condition but one', `D:P(XA;;FX;;;${me};(@User.Title=="(;;;;;WD)"))`, 'owner'],
  ['another by object', `D:P(OA;;FR;;;WD)(A;;FA;;;${me})`, 'others'],
  ['no list', '', 'unknown'],
  ['what is no list', 'D:(A;;FA)', 'unknown'],
  ['something else', 'Successfully processed 1 files', 'unknown'],
])('default: %s', (_name, list, access) => {
  expect(Access.ofAcl(list, { user: me })).toBe(access)
})

test.each([
  [`D:(A;;FA;;;SY)(A;;FA;;;${me})`, 'unknown'],
  [`D:(A;;FA;;;SY)(A;;FA;;;S-1-12-1-1-2-3-4)`, 'unknown'],
  [`D:(A;;FA;;;${me})(A;;FA;;;${other})`, 'others'],
  [`D:(A;;FA;;;${me})(A;;FR;;;BU)`, 'others'],
  ['D:(A;;FA;;;SY)', 'owner'],
])('behavior: to whom it is not known who asks, %s is %s', (list, access) => {
  expect(Access.ofAcl(list, { user: undefined })).toBe(access)
})

test('default: the list in a file of icacls /save', () => {
  const list = `D:PAI(A;;FA;;;${me})`
  const utf16 = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le'))
  expect(Access.savedOf(utf16(`key.json\r\n${list}\r\n`))).toBe(list)
  expect(Access.savedOf(utf16(`\uFEFFSchlüssel (1).json\r\n${list}\r\n`))).toBe(list)
  expect(Access.savedOf(utf16('D:\r\n'))).toBeUndefined()
  expect(Access.savedOf(utf16(''))).toBeUndefined()
  expect(Access.savedOf(new Uint8Array())).toBeUndefined()
})

test.each([
  [`"desktop-a1\\anna","${me}"\r\n`, me],
  [`"azuread\\müller","S-1-12-1-1-2-3-4"\r\n`, 'S-1-12-1-1-2-3-4'],
  ['"nt-autorität\\system","S-1-5-18"\r\n', 'S-1-5-18'],
  ['ERROR: Unable to get user claims information.', undefined],
  ['', undefined],
])('default: the number of an account in %s', (text, user) => {
  expect(Access.userOf(text)).toBe(user)
})

test.each([
  [{ kind: 'file', platform: 'linux' }, 'chmod 600 /h/key.json'],
  [{ kind: 'folder', platform: 'darwin' }, 'chmod 700 /h/key.json'],
] as const)('default: what to type, %o', (place, words) => {
  expect(Access.remedyOf({ path: '/h/key.json', ...place })).toBe(words)
})

test('default: what to type on Windows, in either of its shells', () => {
  const path = 'C:\\Users\\Anna Maria\\.zecchino'
  expect(Access.remedyOf({ kind: 'folder', path, platform: 'win32', user: me })).toBe(
    `icacls "${path}" /reset, and then: icacls "${path}" /inheritance:r /grant:r "*${me}:(OI)(CI)F" "*S-1-5-18:(OI)(CI)F"`,
  )
  expect(Access.remedyOf({ kind: 'file', path, platform: 'win32' })).toContain('whoami /user')
  expect(Access.remedyOf({ kind: 'file', path, platform: 'win32', user: me })).not.toContain(
    'chmod',
  )
})
