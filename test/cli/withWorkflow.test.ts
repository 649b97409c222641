import { Command } from 'commander'
import { expect, test } from 'vitest'

import { addRequestOptions, requestOf } from '../../src/cli/requestOptions.js'
import { withWorkflow } from '../../src/cli/withWorkflow.js'
import { runCli } from '../support/runCli.js'

const model = 'seedance-2-0-reference-to-video-basic'

/** The request of a command line, as `quote` and `generate` read it. */
function request(...args: string[]) {
  const command = addRequestOptions(new Command()).exitOverride()
  command.parse(args, { from: 'user' })
  return withWorkflow(requestOf(command.args, command.opts()), command.opts())
}

const clip = ['--reference-video', 'a.mp4']
const clips = ['--reference-video', 'a.mp4', 'b.mp4', 'c.mp4']

test.each([
  [['--edit', 'make it night', ...clip], 'Strictly edit <Video 1>, make it night'],
  [['--add', 'a kite to the sky', ...clip], 'Add a kite to the sky in <Video 1>.'],
  [['--add', 'a kite', '--at', 'the end', ...clip], 'At the end of <Video 1>, add a kite'],
  [
    ['--remove', 'the car', ...clip],
    'Remove the car from <Video 1>, keeping everything else as it is.',
  ],
  [
    [
      '--replace',
      'the mug',
      '--with',
      'the vase from <Image 1>',
      '--reference-image',
      'v.png',
      ...clip,
    ],
    'Replace the mug in <Video 1> with the vase from <Image 1>',
  ],
  [['--extend', 'a chase', ...clip], 'Extend <Video 1>, generate a chase'],
  [
    ['--extend', 'a chase', '--keep-input', ...clip],
    'Extend <Video 1>, start with <Video 1>, then a chase',
  ],
  [['--extend', 'a chase', '--backward', ...clip], 'Extend <Video 1> backward, a chase'],
  [
    ['--extend', 'a chase', '--backward', '--keep-input', ...clip],
    'Extend <Video 1> backward, a chase, and then end with <Video 1>',
  ],
  [
    ['--stitch', 'a fade', 'a cut', ...clips],
    '<Video 1> + a fade + followed by <Video 2> + a cut + followed by <Video 3>',
  ],
  [['--lead-in', 'A leaf falls', ...clips], '<Video 1>. A leaf falls, leading into <Video 2>.'],
  [
    [
      '--refer',
      'the man in image 1',
      'the voice in audio 1',
      '--to-generate',
      'a speech',
      '--reference-image',
      'm.png',
      '--soundtrack',
      's.wav',
    ],
    'Refer to the man in <Image 1> and the voice in <Audio 1> to generate a speech',
  ],
])('default: %j', (args, prompt) => {
  expect(request(model, ...args)).toMatchObject({ model, prompt })
})

test('behavior: a prompt of one’s own passes as it is', () => {
  expect(request('wan', 'A', 'bell', '--duration', '5s')).toEqual({
    duration: '5s',
    model: 'wan',
    prompt: 'A bell',
  })
})

test.each([
  [['word', '--edit', 'x', ...clip], 'A prompt and --edit exclude each other.'],
  [['--edit', 'x', '--extend', 'y', ...clip], '--edit and --extend exclude each other.'],
  [['--backward', ...clip], '--backward belongs to --extend.'],
  [['--edit', 'x', '--with', 'y', ...clip], '--with belongs to --replace.'],
  [['--replace', 'x', ...clip], '--replace needs --with.'],
  [['--refer', 'the man in image 1'], '--refer needs --to-generate.'],
  [
    ['--refer', 'the man', '--to-generate', 'x'],
    '--refer: expected something like "the man in image 1" or "the voice in audio 1".',
  ],
  [['--edit', ' ', ...clip], '--edit: expected words.'],
  [['--edit', 'x'], 'That speaks of <Video 1>: give at least 1 --reference-video.'],
  [
    ['--stitch', 'a', 'b', '--reference-video', 'a.mp4', 'b.mp4'],
    'That speaks of <Video 3>: give at least 3 --reference-video.',
  ],
])('error: %j', (args, reason) => {
  expect(() => request(model, ...args)).toThrow(reason)
})

test('error: another model does not know the shapes', () => {
  expect(() => request('wan-3-0-reference-to-video', '--edit', 'x', ...clip)).toThrow(
    '--edit is for Seedance’s reference-to-video models, which "wan-3-0-reference-to-video" is none of.',
  )
})

test('behavior: the help shows them, and a wrong use ends with 64', async () => {
  const help = await runCli(['generate', '--help'])
  expect(help.stdout).toMatch(/Instead of a prompt, for Seedance[^]* --edit <change> /)
  const env = {
    ZECCHINO_API_URL: 'http://127.0.0.1:9/api/v1',
    ZECCHINO_PRIVATE_KEY: '11'.repeat(32),
  }
  const wrong = await runCli(['quote', model, 'word', '--edit', 'x', '--json'], { env })
  expect(wrong.json()).toMatchObject({ error: { code: 'USAGE' } })
  expect(wrong.code).toBe(64)
})
