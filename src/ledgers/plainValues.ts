import {
  type KyselyPlugin,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type PrimitiveValueListNode,
  type QueryResult,
  type UnknownRow,
  type ValueNode,
} from 'kysely'

/**
 * Has both databases keep the same values. Left alone, SQLite cuts a text at its first NUL where
 * PostgreSQL refuses it, neither keeps half a surrogate pair, and they fail differently at integers of
 * more than 64 bits. A server may send any of these, also in an answer that is paid for.
 *
 * What a text column cannot keep is written as SUB and four hexadecimal digits, SUB itself as well, and
 * read back as it was. Too large an integer is an error, before the database sees it.
 */
export const plainValues: KyselyPlugin = {
  transformQuery: ({ node, queryId }: PluginTransformQueryArgs) =>
    transformer.transformNode(node, queryId),
  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    for (const row of result.rows)
      for (const [name, value] of Object.entries(row))
        if (typeof value === 'string' && value.includes(mark)) row[name] = read(value)
    return result
  },
}

const mark = '\u001A'

class Transformer extends OperationNodeTransformer {
  protected override transformValue(node: ValueNode): ValueNode {
    return { ...node, value: write(node.value) }
  }

  protected override transformPrimitiveValueList(
    node: PrimitiveValueListNode,
  ): PrimitiveValueListNode {
    return { ...node, values: node.values.map(write) }
  }
}

const transformer = new Transformer()

/** Largest and smallest integer of both databases. */
const [most, least] = [2n ** 63n - 1n, -(2n ** 63n)]

function write(value: unknown): unknown {
  if (typeof value === 'bigint' && (value > most || value < least))
    throw new RangeError('an integer has more than 64 bits')
  return typeof value === 'string' && !isPlain(value) ? [...value].map(written).join('') : value
}

/** Texts may have 35 MB: these searches are native. */
function isPlain(text: string): boolean {
  if (text.includes('\0') || text.includes(mark)) return false
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}

function written(character: string): string {
  if (character !== '\0' && character !== mark && !/\p{Surrogate}/u.test(character))
    return character
  return mark + character.charCodeAt(0).toString(16).padStart(4, '0')
}

function read(text: string): string {
  const [first = '', ...rest] = text.split(mark)
  return first + rest.map(readPart).join('')
}

/** What follows a mark; one that was there before anything was written like this stays. */
function readPart(part: string): string {
  if (!/^[0-9a-f]{4}/.test(part)) return mark + part
  return String.fromCharCode(Number.parseInt(part.slice(0, 4), 16)) + part.slice(4)
}
