import { type Command, Option } from 'commander'

/** What each shape of prompt is called on the command line, and what it is told. */
const options = {
  'edit <change>': 'change the reference video: "make it night"',
  'add <what>': 'put something into it: "a kite to the sky"',
  'at <when and where>': 'of --add: "the end and in the sky"',
  'remove <what>': 'take something out of it',
  'replace <what>': 'change something in it for --with',
  'with <what>': 'of --replace',
  'extend <scene>': 'go on where it ends',
  backward: 'of --extend: what came before it',
  'keep-input': 'of --extend: keep it in the result',
  'stitch <transitions...>': 'join reference videos; one transition between each two',
  'lead-in <scene>': 'join two, by what leads from one into the other',
  'refer <donors...>': 'take from references: "the man in image 1" "the voice in audio 1"',
  'to-generate <scene>': 'of --refer: what to make of it',
} as const

/** Gives a command the shapes of prompt that Seedance's reference-to-video models know. */
export function addSeedanceOptions(command: Command): Command {
  for (const [flag, what] of Object.entries(options))
    command.addOption(
      new Option(`--${flag}`, what).helpGroup(
        'Instead of a prompt, for Seedance reference-to-video (brackets are set for you):',
      ),
    )
  return command
}
