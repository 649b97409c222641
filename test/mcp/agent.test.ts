import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test, vi } from 'vitest'

import { decide } from '../../src/flows/decide.js'
import { giveConsent } from '../../src/flows/giveConsent.js'
import { showApproval } from '../../src/flows/showApproval.js'
import { showConsent } from '../../src/flows/showConsent.js'
import { png } from '../support/media.js'
import { type Answer, sandboxFor, setup } from './support/connect.js'

const sandbox = await sandboxFor()
afterAll(() => sandbox.close())
vi.setConfig({ testTimeout: 90_000 })

type Setting = Awaited<ReturnType<typeof setup>>

/** What the agent was told to make; only this comes from outside the tools' own words. */
type Wish = { fill: Record<string, unknown>; first: object; owner?: (command: string) => unknown }

/**
 * An agent without a model: it starts with the tool whose description names no other as its source,
 * and from there on does what `next` says, filling in “…” and passing commands on to the owner.
 */
async function follow(setting: Setting, wish: Wish) {
  const told = setting.tools.map(({ description = '', name }) => ({ description, name }))
  const known = new Set(told.map(({ name }) => name))
  const steps: { answer: Answer; tool: string }[] = []
  const start = told.find(({ description }) => /^Free\..*Next: video_quote\.$/s.test(description))
  let step: { args: object; tool: string } | undefined = {
    args: wish.first,
    tool: start?.name ?? '',
  }
  while (step && steps.length < 12) {
    const { args, tool }: { args: object; tool: string } = step
    expect(known).toContain(tool)
    const answer = await setting.call(tool, args)
    steps.push({ answer, tool })
    const command = /`(zecchino [^`]+)`/.exec(answer.next)?.[1]
    const call = /\b((?:video|wallet)_\w+) (\{.*?\})(?=[ .,:]|$)/.exec(answer.next)
    if (command && !wish.owner) break
    if (command) await wish.owner?.(command)
    step = call
      ? { args: filled(JSON.parse(call[2] ?? '') as object, wish), tool: call[1] ?? '' }
      : undefined
  }
  return steps
}

function filled(args: object, { fill }: Wish): object {
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => [key, key in fill ? fill[key] : value]),
  )
}

/** The wallet's owner at their terminal. */
function ownerOf({ zecchino }: Setting) {
  return async (command: string) => {
    const [, verb, id = ''] = command.split(' ')
    if (verb === 'approve') {
      const shown = await showApproval(zecchino, id)
      await decide(zecchino, { decision: 'approved', shown, via: 'cli' })
    } else if (verb === 'consent')
      await giveConsent(zecchino, { shown: await showConsent(zecchino, id), via: 'cli' })
    else throw new Error(`an agent may not ask for ${command}`)
  }
}

const text = { query: 'wan 2.7', type: 'text-to-video' }
const small = { duration: '5s', prompt: 'A lantern on black water.' }

function expectSaved(steps: Awaited<ReturnType<typeof follow>>): void {
  const { answer, tool } = steps.at(-1) as (typeof steps)[number]
  expect(tool).toBe('video_retrieve')
  const { path } = answer['file'] as { path: string }
  expect(answer.next).toContain(path)
  expect(existsSync(path)).toBe(true)
}

test('behavior: what the tools say is enough for text-to-video', async () => {
  await using setting = await setup(sandbox)
  const steps = await follow(setting, { fill: small, first: text })
  expectSaved(steps)
  expect(new Set(steps.map(({ tool }) => tool)).size).toBe(4)
  expect(setting.client.getInstructions()?.split('\n')).toHaveLength(5)
  expect((await setting.truth()).charges).toHaveLength(1)
})

test('behavior: what the tools say is enough for image-to-video from a local file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  const image_url = join(folder, 'first.png')
  writeFileSync(image_url, png())
  await using setting = await setup(sandbox, { policy: { readFiles: [folder] } })
  const first = { query: 'wan 2.7', type: 'image-to-video' }
  const steps = await follow(setting, { fill: { ...small, image_url }, first })
  expectSaved(steps)
  expect((await setting.truth()).charges).toHaveLength(1)

  const outside = { ...small, image_url: join(folder, '..', 'other.png') }
  const refused = await follow(setting, { fill: outside, first })
  expect(refused.at(-1)).toMatchObject({ answer: { money_moved: 'no' }, tool: 'video_quote' })
  expect((await setting.truth()).charges).toHaveLength(1)
})

test('behavior: a purchase that needs the owner waits for the command in next', async () => {
  await using setting = await setup(sandbox, { policy: { approveAboveUsd: '0.1' } })
  const alone = await follow(setting, { fill: small, first: text })
  expect(alone.at(-1)).toMatchObject({ answer: { status: 'needs_approval' } })
  expect((await setting.truth()).settlements).toEqual([])

  const owner = ownerOf(setting)
  expectSaved(await follow(setting, { fill: small, first: text, owner }))
  expect((await setting.truth()).charges).toHaveLength(1)
})

test('behavior: a consent is a person’s, and the same quote goes on after it', async () => {
  await using setting = await setup(sandbox)
  await setting.control.fault({ kind: 'needs-consent', route: 'queue' })
  const asked: string[] = []
  const owner = async (command: string) => {
    asked.push(command)
    expect((await setting.truth()).charges).toEqual([])
    await ownerOf(setting)(command)
  }
  const steps = await follow(setting, { fill: small, first: text, owner })
  expectSaved(steps)
  expect(asked).toEqual([expect.stringMatching(/^zecchino consent job_/)])
  expect(steps.find(({ answer }) => answer['status'] === 'needs_consent')?.answer).toMatchObject({
    face_media_roles: ['image'],
    policy_text: expect.stringContaining('Sandbox policy.'),
  })
})

test('error: a request over the cap ends with the owner’s number, and nothing was paid', async () => {
  await using setting = await setup(sandbox, { policy: { maxPerVideoUsd: '0.05' } })
  const steps = await follow(setting, { fill: small, first: text })
  expect(steps.at(-1)).toMatchObject({
    answer: {
      code: 'POLICY_REFUSED',
      message: expect.stringContaining('maxPerVideoUsd is $0.05'),
      money_moved: 'no',
    },
    tool: 'video_quote',
  })
  expect(await setting.truth()).toEqual({ charges: [], jobs: 0, settlements: [] })
})

test('error: a job that fails ends with the refund, and is not bought again', async () => {
  await using setting = await setup(sandbox)
  await setting.control.fault({ kind: 'content-policy', route: 'retrieve' })
  const steps = await follow(setting, { fill: small, first: text })
  // The refund may be there before the first answer, or after it.
  expect(steps.at(-1)).toMatchObject({ answer: { status: 'failed_refunded' } })
  expect((await setting.truth()).charges).toHaveLength(1)
})
