import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test, vi } from 'vitest'

import { queueVideo } from '../../src/actions/queueVideo.js'
import { openZecchino } from '../../src/cli/openZecchino.js'
import { readConfig } from '../../src/cli/readConfig.js'
import { quote } from '../../src/flows/quote.js'
import { syncRows } from '../../src/flows/syncRows.js'
import { cheap } from '../support/cheap.js'
import { cheapOwner } from '../support/cheapOwner.js'
import { control } from '../support/createBuyer.js'
import { caps } from '../support/purchases.js'
import { runBundled, startSandbox } from '../support/runCli.js'
import { runInTerminal } from '../support/runInTerminal.js'
import { privateKeyWallet } from '../../src/wallets/privateKeyWallet.js'

vi.setConfig({ testTimeout: 180_000 })

const passphrase = 'correct horse battery'
const sandbox = await startSandbox()
afterAll(() => sandbox[Symbol.asyncDispose]())

/** A home with a job that Venice took and whose answer was lost. */
async function setup() {
  const key = randomBytes(32).toString('hex')
  const home = mkdtempSync(join(tmpdir(), 'zecchino-test-'))
  cheapOwner(home, passphrase)
  const env = {
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_HOME: home,
    ZECCHINO_OUTPUT_DIR: join(home, 'videos'),
    ZECCHINO_PRIVATE_KEY: key,
  }
  await control(sandbox.controlUrl).credit(privateKeyWallet(key).address, '5')
  const zecchino = await openZecchino(readConfig({ ...env }))
  const { client, ledger } = zecchino
  const { quote: made } = await quote(zecchino, cheap)
  const { body, hash, model, price } = made
  const id = `job_${made.id.slice(6)}`
  await ledger.reserveJob({ caps, job: { hash, id, model, price, quoteId: made.id } })
  const sentAt = await ledger.now()
  const patch = { providerSentAt: client.providerTime().at, sentAt }
  await ledger.moveJob(id, { from: 'reserved', patch, to: 'sending' })
  const signedIn = await client.signIn(`${client.baseUrl}/video/queue`)
  expect(await queueVideo(client, { body, signedIn })).toMatchObject({ kind: 'queued' })
  await ledger.moveJob(id, { from: 'sending', patch: { detail: 'Lost.' }, to: 'ambiguous' })
  await syncRows(zecchino)
  const rows = await ledger.unlinkedRows()
  await zecchino.close()
  return {
    id,
    row: rows.find(({ type }) => type === 'CHARGE')!.id,
    run: (...args: string[]) => runBundled(args, { env }),
    /** Types a command and the owner's passphrase. */
    say: (...args: string[]) =>
      runInTerminal(args, { answers: [['passphrase', `${passphrase}\r`]], env }),
  }
}

test.runIf(existsSync('/usr/bin/script'))(
  'behavior: the owner is shown what is there, and takes it at a terminal',
  async () => {
    const { id, row, run, say } = await setup()

    const shown = await run('resolve', id, '--json')
    expect(shown.code).toBe(64)
    expect(shown.json()).toMatchObject({
      error: { message: 'Say one of --adopt, --abandon.' },
    })
    expect(shown.stderr).toMatch(/^Charge {4}\$0\.14 at .+: Venice has a video job of that name$/m)
    const alone = await run('resolve', id, '--adopt', '--json')
    expect([alone.code, alone.json()]).toMatchObject([77, { error: { code: 'NEEDS_TERMINAL' } }])
    expect(alone.stderr).toContain(`(row ${row})`)
    const both = await run('resolve', id, '--adopt', '--abandon')
    expect(both.code).toBe(64)
    for (const args of [[], ['--adopt'], ['--job', id, '--retry']])
      expect((await run('resolve', row, ...args)).code).toBe(64)
    expect((await run('resolve', 'nothing')).code).toBe(65)

    const again = await say('resolve', id, '--retry')
    expect(again.output).toContain('take it with --adopt, or --abandon it')
    const other = await say('resolve', id, '--adopt', 'something-else')
    expect(other.output).toContain('No charge that fits names something-else.')
    const taken = await say('resolve', id, '--adopt')
    expect([taken.code, taken.output]).toEqual([
      0,
      expect.stringContaining(
        `its video is taken, and it is queued. Fetch it: zecchino retrieve ${id}`,
      ),
    ])

    const fetched = await run('retrieve', id)
    expect(fetched.stdout).toMatch(/^Saved /m)
    expect((await run('audit', 'reconcile')).code).toBe(0)
    const late = await say('resolve', row, '--job', id)
    expect(late.output).toContain(`It is tied to ${id}, for good.`)
  },
)

test.runIf(existsSync('/usr/bin/script'))(
  'behavior: a job is given up, and its charge is its own; its row is tied by hand',
  async () => {
    const { id, row, run, say } = await setup()

    const tied = await say('resolve', row, '--job', id)
    expect([tied.code, tied.output]).toEqual([0, expect.stringContaining(`tied to ${id}`)])
    const abandoned = await say('resolve', id, '--abandon')
    expect(abandoned.output).toContain('it is tied to this job')
    expect(abandoned.code).toBe(0)

    const { unresolved } = (await run('wallet', '--json')).json() as { unresolved: object[] }
    expect(unresolved).toEqual([])
    const taken = await say('resolve', id, '--adopt')
    expect(taken.output).toContain('its video is taken')
    expect((await run('retrieve', id)).stdout).toMatch(/^Saved /m)
  },
)
