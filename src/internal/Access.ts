/**
 * Who may open a file or folder. `others`: somebody besides its owner. `unknown`: the system does not
 * say, which counts as not protected.
 */
export type Access = 'others' | 'owner' | 'unknown'

/** By the mode of a file, where modes mean something: any bit of the group or of all counts. */
export function ofMode(mode: number): Access {
  return (mode & 0o077) === 0 ? 'owner' : 'others'
}

/**
 * By a discretionary access control list of Windows in its text form (SDDL), as `icacls /save` writes it.
 * That form names accounts by number or by two letters, where what `icacls` prints is in the language of
 * the system. Whatever an entry allows somebody else counts, also if only files below a folder get it.
 * The system and its administrators may take every file anyway, as root may.
 */
export function ofAcl(list: string | undefined, options: ofAcl.Options): Access {
  const { user } = options
  const entries = entriesOf(list ?? '')
  if (!entries) return 'unknown'
  const strangers = entries
    .filter(({ type }) => allowing.has(type))
    .map(({ account }) => account)
    .filter((account) => account !== user && !keepers.test(account))
  if (strangers.length === 0) return 'owner'
  // Without knowing who one is, one account may be oneself.
  const isOne = new Set(strangers).size === 1 && /^S-1-(5-21|12-1)-/.test(strangers[0] ?? '')
  return user === undefined && isOne ? 'unknown' : 'others'
}

export declare namespace ofAcl {
  /** `user`: the number (SID) of who runs this process, if it is known. */
  type Options = { user: string | undefined }
}

/** Entries that give: plain, of an object, under a condition, and both. */
const allowing: ReadonlySet<string> = new Set(['A', 'OA', 'XA', 'ZA'])

/**
 * Who is no stranger: the system, the administrators, the built-in administrator, the owner of the file
 * and its creator, by their letters and by their numbers.
 */
const keepers = /^(SY|BA|LA|OW|CO|S-1-5-18|S-1-5-32-544|S-1-5-21-\d+-\d+-\d+-500|S-1-3-4|S-1-3-0)$/

/** The entries of a list. `undefined`: it is none, or there is none and everybody may do everything. */
function entriesOf(list: string): { account: string; type: string }[] | undefined {
  const [, text] = /^D:(?:P|AI|AR)*((?:\(.*\))?)$/s.exec(list.trim()) ?? []
  if (text === undefined) return list.includes('NO_ACCESS_CONTROL') ? [everybody] : undefined
  const entries = outermost(text).map((entry) => {
    const [type = '', , , , , account = ''] = entry.split(';')
    return { account, type }
  })
  return entries.every(({ account, type }) => account && type) ? entries : undefined
}

const everybody = { account: 'WD', type: 'A' }

/** What stands in parentheses, without those that a condition has inside. */
function outermost(text: string): string[] {
  const found: string[] = []
  let depth = 0
  for (const character of text) {
    if (character === ')') depth -= 1
    if (depth > 0) found[found.length - 1] += character
    if (character !== '(') continue
    if (depth === 0) found.push('')
    depth += 1
  }
  return found
}

/**
 * The list in a file of `icacls <path> /save <file>`: UTF-16, a line with the name and a line with the
 * list. `undefined`: it holds none.
 */
export function savedOf(file: Uint8Array): string | undefined {
  const text = new TextDecoder('utf-16le').decode(file)
  const [, list] = text.split(/\r?\n/)
  return list?.startsWith('D:') ? list : undefined
}

/** The number of an account (SID) in what `whoami /user` prints, in whatever language. */
export function userOf(text: string): string | undefined {
  return /\bS-1-\d+(?:-\d+)+\b/.exec(text)?.[0]
}

/**
 * What `icacls` is told to leave a file, or a folder and what is made in it, to one user and the system.
 * What others have been given by name is not taken away: see {@link remedyOf}.
 */
export function grantOf({ kind, path, user }: Place & { user: string }): string[] {
  const below = kind === 'folder' ? '(OI)(CI)' : ''
  const grants = [`*${user}:${below}F`, `*S-1-5-18:${below}F`] // the second one is the system
  return [path, '/inheritance:r', '/grant:r', ...grants]
}

/** What somebody types to have a file to themselves, in the shells of their system. */
export function remedyOf(
  place: Place & { platform: NodeJS.Platform; user?: string | undefined },
): string {
  const { kind, path, platform, user } = place
  if (platform !== 'win32') return `chmod ${kind === 'folder' ? 700 : 600} ${path}`
  const [, ...words] = grantOf({ kind, path, user: user ?? '<your SID, see whoami /user>' })
  const quoted = words.map((word) =>
    word.includes(':') && word.startsWith('*') ? `"${word}"` : word,
  )
  return `icacls "${path}" /reset, and then: icacls "${path}" ${quoted.join(' ')}`
}

/** What is to be protected, and where. */
export type Place = { kind: 'file' | 'folder'; path: string }
