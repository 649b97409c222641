import * as Errors from '../../Errors.js'
import type { HostName } from '../hostNames.js'
import { type Edit, type Host, hostOf, withoutContainer } from '../hosts.js'
import { type Places, readPlaces } from '../readConfig.js'
import { backupsOf, readText, removeFile, replaceFile } from '../replaceFile.js'
import type { Context } from '../runCommand.js'
import { UsageError } from '../UsageError.js'

/** `zecchino install <host>`: tells a host of the MCP server, or says what to tell it. */
export async function install(context: Context, places = readPlaces()): Promise<void> {
  const { options, print } = context
  const host = hostFor(context, places)
  const { file, snippet } = host
  if (options['print'] === true)
    return print({ file, snippet, status: 'printed' }, [snippet.trim()])
  const text = readText(file)
  const edit = host.edit(text, 'add')
  if (edit.outcome !== 'changed')
    return tell(context, host, { change: 'add', outcome: edit.outcome })
  const backup = replaceFile(file, { now: new Date(), text: edit.text })
  print({ backup, file, snippet, status: 'added' }, [
    `Added to ${file}.${backup ? ` What it was is kept in ${backup}.` : ''}`,
    'Restart the host, and run `zecchino init` if there is no wallet yet. To pay with an API key',
    'instead, give the host VENICE_API_KEY in its own environment: no key is written here.',
  ])
}

/** `zecchino uninstall <host>`: takes back what `install` added, and nothing else. */
export async function uninstall(context: Context, places = readPlaces()): Promise<void> {
  const host = hostFor(context, places)
  const { file } = host
  const text = readText(file)
  const edit = text === undefined ? ({ outcome: 'unchanged' } as const) : host.edit(text, 'remove')
  if (edit.outcome !== 'changed')
    return tell(context, host, { change: 'remove', outcome: edit.outcome })

  // The container may have been there before, empty; a backup knows.
  const bare = withoutContainer(edit.text)
  const backups = backupsOf(file)
  const original = backups.find((kept) => kept.text === edit.text || kept.text === bare)
  if (!original && backups.length === 0 && /^\s*(\{\s*\})?\s*$/.test(bare)) removeFile(file)
  else {
    const made = replaceFile(file, { now: new Date(), text: original?.text ?? edit.text })
    for (const path of original ? [original.path, made] : []) if (path) removeFile(path)
  }
  context.print({ file, status: 'removed' }, [`Taken out of ${file}.`])
}

function hostFor({ args, options }: Context, places: Places): Host {
  const [name] = args as HostName[] // commander knows the choices
  const scope = options['project'] === true ? 'project' : 'user'
  const host = name && hostOf(name, places, scope)
  if (!host) throw new UsageError({ reason: `${name} has no file for a project.` })
  return host
}

/** Says why nothing was changed. Only "nothing to do" is a success. */
function tell(
  { print }: Context,
  { file, snippet }: Host,
  options: { change: 'add' | 'remove'; outcome: Exclude<Edit['outcome'], 'changed'> },
): void {
  const { change, outcome } = options
  if (outcome !== 'unchanged') throw new HostFileError({ change, file, outcome, snippet })
  const words = change === 'add' ? 'has it already' : 'has nothing of ours'
  print({ file, snippet, status: outcome }, [`${file} ${words}.`])
}

/** A host's file is not ours to change as it stands. */
export class HostFileError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'Install.HostFileError'

  constructor(options: {
    change: 'add' | 'remove'
    file: string
    outcome: 'other' | 'unreadable'
    snippet: string
  }) {
    const { change, file, outcome, snippet } = options
    const why = outcome === 'other' ? 'has another entry for zecchino' : 'cannot be read'
    super(`${file} ${why}; it was left as it is.`, {
      facts: [snippet.trim()],
      hint: `${change === 'add' ? 'Put the lines above into it' : 'Take the lines above out of it'} by hand.`,
    })
  }
}
