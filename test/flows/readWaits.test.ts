import { expect, test, vi } from 'vitest'

import * as Ledger from '../../src/Ledger.js'
import { buyVideo } from '../../src/flows/buyVideo.js'
import type { WalletZecchino } from '../../src/flows/createZecchino.js'
import { quote } from '../../src/flows/quote.js'
import { readWaits } from '../../src/flows/readWaits.js'
import { videoGenerate } from '../../src/tools/videoGenerate.js'
import { videoList } from '../../src/tools/videoList.js'
import { videoRetrieve } from '../../src/tools/videoRetrieve.js'
import { walletStatus } from '../../src/tools/walletStatus.js'
import { request } from '../crash/requests.js'
import { createLab } from '../support/createLab.js'

vi.setConfig({ testTimeout: 60_000 })

const time = String.raw`\d\d:\d\d:\d\d UTC`

/** A job that no process of the test works on, in the hands of `owner` if there is one. */
async function reserve(zecchino: WalletZecchino, prompt: string, owner?: string): Promise<string> {
  const { ledger, policy } = zecchino
  const { quote: made } = await quote(zecchino, { ...request, prompt })
  const { hash, id: quoteId, model, price } = made
  const id = `job_${prompt}`
  await ledger.reserveJob({ caps: Ledger.capsOf(policy), job: { hash, id, model, price, quoteId } })
  if (owner) await ledger.claimJob(id, { owner, ttl: 15_000 })
  return id
}

async function waits(zecchino: WalletZecchino, id: string): Promise<string | undefined> {
  const job = await zecchino.ledger.findJob(id)
  return job && (await readWaits(zecchino))(job)
}

async function setup() {
  const lab = await createLab()
  await lab.credit(lab.address, '20')
  return { lab, zecchino: await lab.process() }
}

test('default: a job that somebody works on waits for nothing', async () => {
  const { lab, zecchino } = await setup()
  await using _ = lab
  expect(await waits(zecchino, await reserve(zecchino, 'a', 'somebody'))).toBeUndefined()
})

test('behavior: an answer that is awaited, one that is lost, and one that nobody looks for', async () => {
  const { lab, zecchino } = await setup()
  await using _ = lab
  const { ledger } = zecchino
  const id = await reserve(zecchino, 'a', 'somebody')
  const next = await reserve(zecchino, 'b', 'somebody')
  await ledger.moveJob(id, { from: 'reserved', patch: { sentAt: lab.now() }, to: 'sending' })

  expect(await waits(zecchino, id)).toMatch(
    new RegExp(`^Its paid request left at ${time}, and its answer is awaited\\.$`),
  )
  expect(await waits(zecchino, next)).toMatch(
    new RegExp(`^It waits for its turn: ${id} is being sent since ${time}, and one request`),
  )

  await ledger.noteJob(id, { detail: 'The connection broke before its answer was here.' })
  expect(await waits(zecchino, id)).toMatch(
    new RegExp(
      `^The answer to its paid request, sent at ${time}, was lost\\. Until ${time} at the latest it is being found out whether Venice took it, and nothing else is bought meanwhile; if that cannot be told, the owner decides\\.$`,
    ),
  )
  expect(await waits(zecchino, next)).toMatch(
    new RegExp(
      `^It waits for the answer to ${id}, sent at ${time}, which was lost: before it is known what became of that, by ${time} at the latest, nothing else is bought\\.$`,
    ),
  )

  await ledger.releaseJob(id, 'somebody')
  expect(await waits(zecchino, id)).toMatch(
    /was lost, and no process looks for it: one that runs does within a minute, `zecchino retrieve job_a` at once\.$/,
  )
})

test('behavior: nobody has it in hand', async () => {
  const { lab, zecchino } = await setup()
  await using _ = lab
  const { ledger } = zecchino
  const id = await reserve(zecchino, 'a')
  expect(await waits(zecchino, id)).toMatch(
    /^It is not paid for yet, and no process has it in hand/,
  )
  await ledger.moveJob(id, { from: 'reserved', patch: { sentAt: lab.now() }, to: 'sending' })
  const patch = { queueId: 'q', queuedAt: lab.now() }
  await ledger.moveJob(id, { from: 'sending', patch, to: 'queued' })
  expect(await waits(zecchino, id)).toMatch(/^It is paid for, and no process has it in hand/)
  await ledger.claimJob(id, { owner: 'somebody', ttl: 15_000 })
  expect(await waits(zecchino, id)).toBeUndefined()
})

test('behavior: those that were bought before it, and a wallet that is frozen', async () => {
  const { lab, zecchino } = await setup()
  await using _ = lab
  await reserve(zecchino, 'a', 'somebody')
  lab.advance(1_000)
  const id = await reserve(zecchino, 'b', 'somebody')
  expect(await waits(zecchino, id)).toBe(
    'It is not sent yet: job_a was bought before it, and not sent yet either.',
  )
  await zecchino.ledger.freeze('Somebody else spends.')
  expect(await waits(zecchino, id)).toBe(
    'It waits, because spending is stopped: Somebody else spends.',
  )
})

test('behavior: a payment that is refused in every form is told of by the tools, with its end', async () => {
  await using lab = await createLab()
  await lab.fund(lab.address, '20')
  await lab.fault({ kind: 'envelopes', route: 'top-up-payment', takes: 'none', times: 'always' })
  const zecchino = await lab.process()
  const { quote: made } = await quote(zecchino, request)
  const heard: string[] = []
  const onProgress = ({ message }: { message: string }) => void heard.push(message)
  const { job } = await buyVideo(zecchino, { quoteId: made.id })
  const isRefused = async () =>
    (await zecchino.ledger.payments())[0]?.detail?.startsWith('every form') === true
  expect(await lab.pass({ minutes: 1, until: isRefused })).toBeDefined()

  const input = { job_id: job.id, wait_seconds: 1 }
  const shown = await videoRetrieve.run(zecchino, input, { onProgress })

  const words = new RegExp(
    `^Venice refused the top-up of \\$5\\.00 in every form\\. In case it was paid all the same, nothing else is signed until it has expired unspent, at ${time} or a little later\\.$`,
  )
  expect(shown).toMatchObject({ detail: expect.stringMatching(words), status: 'reserved' })
  expect(heard).toContainEqual(expect.stringMatching(words))
  const { jobs } = await videoList.run(zecchino, { limit: 20 }, {})
  expect(jobs).toMatchObject([{ detail: expect.stringMatching(words) }])
})

test('behavior: a lost answer is told of as what it is, and that Venice answers', async () => {
  await using lab = await createLab()
  await lab.credit(lab.address, '20')
  const zecchino = await lab.process()
  // Lost after it was read, and no row names the job: nothing is proven for half an hour.
  await lab.fault(
    { kind: 'reset', route: 'queue', times: 1, when: 'after' },
    { kind: 'other-request-id', route: 'queue', times: 'always' },
  )
  const { quote: made } = await quote(zecchino, request)
  const { job } = await buyVideo(zecchino, { quoteId: made.id })
  const isLost = async () => Boolean((await zecchino.ledger.findJob(job.id))?.detail)
  expect(await lab.pass({ minutes: 1, until: isLost })).toBeDefined()
  const written = (await zecchino.ledger.events()).length

  const lost =
    /^The answer to its paid request, sent at .+, was lost\. Until .+ nothing else is bought/
  const shown = await videoRetrieve.run(zecchino, { job_id: job.id, wait_seconds: 0 }, {})
  expect(shown).toMatchObject({ detail: expect.stringMatching(lost), status: 'sending' })
  const status = await walletStatus.run(zecchino, {}, {})
  expect(status.unresolved).toMatchObject([
    { detail: expect.stringMatching(/^Venice answers\. The answer to its paid request/) },
  ])
  expect(status.next).toMatch(/^Do not buy anything twice\. Venice answers\. The answer to/)
  expect(JSON.stringify([shown, status])).not.toContain('cannot be reached')

  // Another one waits for it, and says so.
  const { quote: second } = await quote(zecchino, { ...request, prompt: 'Another.' })
  const heard: string[] = []
  const onProgress = ({ message }: { message: string }) => void heard.push(message)
  const generated = videoGenerate.run(zecchino, { quote_id: second.id }, { onProgress })
  const isTold = async () => heard.some((words) => words.startsWith('It waits for the answer to'))
  expect(await lab.pass({ minutes: 5, until: isTold })).toBeDefined()
  await zecchino.ledger.freeze('enough')
  await generated.catch(() => {})

  // Looking, and waiting, leave nothing in the audit log.
  const since = (await zecchino.ledger.events()).slice(written)
  expect(since.filter(({ subject }) => subject === job.id)).toEqual([])
})

test('behavior: where Venice does not answer, that is said', async () => {
  const { lab, zecchino } = await setup()
  await using _ = lab
  const { ledger } = zecchino
  const id = await reserve(zecchino, 'a', 'somebody')
  await ledger.moveJob(id, { from: 'reserved', patch: { sentAt: lab.now() }, to: 'sending' })
  await lab.fault({ kind: 'status', route: 'balance', status: 503, times: 'always' })
  const { unresolved } = await walletStatus.run(zecchino, {}, {})
  expect(unresolved).toMatchObject([{ detail: expect.stringMatching(/^Venice cannot be reached/) }])
})
