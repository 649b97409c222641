/** JSON as it may be shown: what was on no list is a placeholder that tells its kind. */
export type Masked = boolean | null | number | string | Masked[] | { [key: string]: Masked }

/** Longer lists are cut, deeper values are left out. */
const most = { depth: 12, items: 12, keys: 60, words: 150 }

/**
 * Keeps of a JSON value what is known to be harmless and puts typed placeholders for all the rest:
 * `<address>`, `<hex 64>`, `<uuid>`, `<url>`, `<id 36>`, `<number 8>` (decimals), `<text 120>`.
 *
 * An allow-list: a field that nobody thought of is masked. Even listed values survive only as far
 * as they are plain words and short numbers ({@link isPlain}).
 */
export function maskJson(value: unknown, options: maskJson.Options): Masked {
  return mask(value, { depth: 0, key: '', options })
}

export declare namespace maskJson {
  type Options = {
    /** Fields whose plain texts stay. */
    kept: ReadonlySet<string>
    /** Fields whose numbers stay. */
    numbers: ReadonlySet<string>
    /** Fields whose sentences stay, word by word. */
    words: ReadonlySet<string>
  }
}

type Place = { depth: number; key: string; options: maskJson.Options }

function mask(value: unknown, place: Place): Masked {
  const { depth, key, options } = place
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number')
    return options.numbers.has(key) ? value : `<number${lengthOf(decimalsOf(value))}>`
  if (typeof value === 'string') return maskText(value, place)
  if (typeof value !== 'object') return '<nothing>'
  if (depth === most.depth) return '<deeper>'
  if (Array.isArray(value)) {
    const shown = value
      .slice(0, most.items)
      .map((part) => mask(part, { ...place, depth: depth + 1 }))
    return value.length > most.items ? [...shown, `<${value.length - most.items} more>`] : shown
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, most.keys)
      .map(([name, part]) => [
        isPlain(name) ? name : '<key>',
        mask(part, { depth: depth + 1, key: name, options }),
      ]),
  )
}

function maskText(text: string, { key, options }: Place): string {
  if (options.kept.has(key) && text.split(' ').every(isPlain)) return text
  return options.words.has(key) ? maskWords(text) : placeholderOf(text)
}

/** Keeps the words of a sentence that are plain; what may be a credential in it is a placeholder. */
export function maskWords(text: string): string {
  const words = text.slice(0, 4_000).split(/(\s+|[|"])/)
  const shown = words.slice(0, most.words).map((word) => {
    const [, before = '', inner = '', after = ''] =
      /^(["'`([]*)(.*?)([.,;:!?"'`)\]…]*)$/s.exec(word) ?? []
    return inner.trim() === '' || inner === '|' || isPlain(inner)
      ? word
      : before + placeholderOf(inner) + after
  })
  return words.length > most.words ? `${shown.join('')} <more>` : shown.join('')
}

/**
 * Whether a word says something and hides nothing: parts of letters, short numbers, or a very few
 * short ones of both, between `-`, `_`, `.`, `/` and `:`. A key, a token, an address or a link is
 * none.
 */
export function isPlain(word: string): boolean {
  if (word === '') return true
  if (word.length > 64 || word.includes('://') || !/^[\w$%.:/+*'’-]+$/.test(word)) return false
  const parts = word.split(/[-_.:/]/)
  const mixed = parts.filter((part) => /\d/.test(part) && /[A-Za-z]/.test(part))
  return (
    word.replaceAll(/\D/g, '').length <= 12 &&
    mixed.filter((part) => !/^[a-z]\d{1,3}[A-Z][a-z]+$/.test(part)).length <= 2 &&
    parts.every((part) => part.length <= 22 && shapes.some((shape) => shape.test(part)))
  )
}

/** What a plain part is: a number, letters with capitals where a name has them, or few of both. */
const shapes = [
  /^[$+*]?\d{0,9}%?$/,
  /^([A-Z]*|[A-Z]?[a-z]*)(['’][a-z]{0,2})?$/,
  /^[A-Za-z][a-z]*([A-Z][a-z]+){1,4}$/,
  /^[A-Za-z\d]{2,6}$/,
  /^[a-z]\d{1,3}[A-Z][a-z]{2,12}$/, // x402Version
]

const forms: readonly (readonly [RegExp, (text: string) => string])[] = [
  [
    /^data:/i,
    (text) => `<${/^data:[\w/+.-]{0,40}/i.exec(text)?.[0] ?? 'data'}${lengthOf(text.length)}>`,
  ],
  [/^[a-z][a-z\d+.-]*:\/\//i, () => '<url>'],
  [/^0x[\da-f]{40}$/i, () => '<address>'],
  [/^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i, () => '<uuid>'],
  [/^(0x)?[\da-f]{8,}$/i, (text) => `<hex ${text.replace(/^0x/i, '').length}>`],
  [/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/, () => '<time>'],
  [/^-?\d+(\.\d+)?$/, (text) => `<number${lengthOf(text.split('.')[1]?.length ?? 0)}>`],
]

/** What ids begin with in the wild: enough to tell their forms apart. */
const prefix = /^(chatcmpl|job|ledger|payment|queue|req|request|tx|txn|video|x402)([-_:])(.+)$/s

/** The kind of a text, and its length where that is part of the kind; ids keep a known prefix. */
export function placeholderOf(text: string): string {
  const form = forms.find(([pattern]) => pattern.test(text))
  if (form) return form[1](text)
  const [, start, mark, rest] = prefix.exec(text) ?? []
  if (start && mark && rest) return start + mark + placeholderOf(rest)
  return /^\S+$/.test(text) ? `<id ${text.length}>` : `<text ${text.length}>`
}

function decimalsOf(value: number): number {
  return value.toFixed(12).replace(/0+$/, '').split('.')[1]?.length ?? 0
}

function lengthOf(length: number): string {
  return length === 0 ? '' : ` ${length}`
}
