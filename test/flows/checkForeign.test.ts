import { expect, test } from 'vitest'

import { buyVideo } from '../../src/flows/buyVideo.js'
import { acknowledgeForeign, findForeign } from '../../src/flows/checkForeign.js'
import { quote } from '../../src/flows/quote.js'
import { reconcile } from '../../src/flows/reconcile.js'
import { watch } from '../../src/flows/watch.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import { cheap } from '../support/cheap.js'
import { control, createBuyer } from '../support/createBuyer.js'

const request = { ...cheap, prompt: 'A gull.' }

async function buy({ zecchino }: Awaited<ReturnType<typeof createBuyer>>) {
  const { quote: made } = await quote(zecchino, request)
  const { job } = await buyVideo(zecchino, { quoteId: made.id })
  return watch(zecchino, {
    jobId: job.id,
    timeout: 20_000,
    until: ({ status }) => status === 'cleaned',
  })
}

test('behavior: a charge that nobody here made stops spending until the owner has seen it', async () => {
  await using sandbox = await listenSandbox({ speed: 400 })
  const { advance, credit, fault } = control(sandbox.controlUrl)
  const first = await createBuyer({ apiUrl: sandbox.apiUrl })
  await credit(first.address, '5')
  await fault({ kind: 'foreign-charge', route: 'queue', usd: '0.2' })
  expect((await buy(first)).status).toBe('cleaned')
  await first.zecchino.close()

  await advance(10 * 60_000)
  await using buyer = await createBuyer({
    apiUrl: sandbox.apiUrl,
    home: first.home,
    key: first.key,
  })
  const { ledger } = buyer.zecchino
  await buyer.zecchino.ready()

  const words = ((await ledger.state()).frozen?.reason ?? '')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/row [\w-]+/g, 'row <row>')
  expect(words).toMatchInlineSnapshot(
    `"Venice shows a CHARGE of $0.20 at <time> (row <row>) that nobody here made; if it is yours, run: zecchino unfreeze."`,
  )
  const { quote: made } = await quote(buyer.zecchino, request)
  await expect(buyVideo(buyer.zecchino, { quoteId: made.id })).rejects.toMatchObject({
    code: 'WALLET_FROZEN',
    moneyMoved: 'no',
  })
  const { differences } = await reconcile(buyer.zecchino)
  expect(differences).toMatchObject([
    { says: expect.stringMatching(/^CHARGE of -\$0\.20 at .* is nobody's here$/) },
  ])

  const found = await findForeign(buyer.zecchino)
  expect(found).toMatchObject([{ amount: -200_000n, type: 'CHARGE' }])
  expect(await acknowledgeForeign(buyer.zecchino, found)).toBe(1)
  expect(await acknowledgeForeign(buyer.zecchino, found)).toBe(0)
  await ledger.unfreeze('seen')
  expect(await buyVideo(buyer.zecchino, { quoteId: made.id })).toMatchObject({
    job: { status: 'reserved' },
  })
  expect((await reconcile(buyer.zecchino)).differences).toEqual([])
})

test('behavior: what a wallet did before its ledger began is history', async () => {
  await using sandbox = await listenSandbox({ speed: 400 })
  const { advance, credit } = control(sandbox.controlUrl)
  const first = await createBuyer({ apiUrl: sandbox.apiUrl })
  await credit(first.address, '5')
  await buy(first)
  await first.zecchino.close()

  await advance(10 * 60_000)
  await using anew = await createBuyer({ apiUrl: sandbox.apiUrl, key: first.key })
  expect((await buy(anew)).status).toBe('cleaned')
  expect((await anew.zecchino.ledger.state()).frozen).toBeUndefined()
})
