import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Response } from 'undici'
import { expect, test } from 'vitest'
import { privateKeyToAccount } from 'viem/accounts'

import * as Clock from '../../src/Clock.js'
import { createClient } from '../../src/client/createClient.js'
import type { Fetch } from '../../src/client/createWire.js'
import { createZecchino } from '../../src/flows/createZecchino.js'
import { raiseCredit } from '../../src/flows/raiseCredit.js'
import { accountOf } from '../../src/ledgers/accountOf.js'
import { sqliteLedger } from '../../src/ledgers/sqliteLedger.js'
import * as Errors from '../../src/Errors.js'
import * as Network from '../../src/Network.js'
import * as Policy from '../../src/Policy.js'
import { listenSandbox } from '../../src/sandbox/index.js'
import * as X402 from '../../src/X402.js'
import { accountWallet } from '../../src/wallets/accountWallet.js'
import { control } from '../support/createBuyer.js'
import { diceOf } from '../prove/diceOf.js'
import { removeFolder } from '../support/removeFolder.js'

const day = 86_400_000
const network = Network.networks['base-sepolia']

/** A wallet that notes what it signs by which clock, against an API whose `Date` a test makes up. */
async function setup(dateOf: (request: { number: number; path: string; true: number }) => string) {
  const sandbox = await listenSandbox({ limits: 'none', speed: 400 })
  const home = mkdtempSync(join(tmpdir(), 'zecchino-window-'))
  const account = privateKeyToAccount(`0x${'5a'.repeat(32)}`)
  let [offset, requests] = [0, 0]
  const now = () => new Date(Date.now() + offset)
  const signed: { ours: number; validAfter: bigint; validBefore: bigint }[] = []
  const wallet = accountWallet({
    ...account,
    signTypedData(data) {
      const { validAfter, validBefore } = data.message as {
        validAfter: bigint
        validBefore: bigint
      }
      signed.push({ ours: now().getTime() / 1_000, validAfter, validBefore })
      return account.signTypedData(data)
    },
  })
  const tap =
    (fetch: Fetch): Fetch =>
    async (url, init) => {
      const answer = await fetch(url, init)
      const headers = new Headers([...answer.headers])
      const path = new URL(url).pathname + (init.headers?.['PAYMENT-SIGNATURE'] ? ' paid' : '')
      headers.set('date', dateOf({ number: (requests += 1), path, true: Date.now() }))
      return new Response(answer.body, { headers: [...headers], status: answer.status })
    }
  const client = createClient({ baseUrl: sandbox.apiUrl, network, now, tap, wallet })
  const ledger = await sqliteLedger({
    account: accountOf(network, wallet.address),
    path: join(home, 'ledger.sqlite'),
  })
  const zecchino = createZecchino({
    client,
    ledger,
    outputDir: '/nowhere',
    policy: Policy.Policy.parse(Policy.defaults.sandbox),
    secret: Buffer.alloc(32, 7),
  })
  const world = control(sandbox.controlUrl)
  await world.fund(account.address, '100000')
  return {
    now,
    offset: (ms: number) => void (offset = ms),
    signed,
    /** Raises the credit by another $5. */
    async topUp(credit: bigint): Promise<Errors.Code | 'paid'> {
      try {
        const { payment } = await raiseCredit(zecchino, { credit })
        return payment?.status === 'credited' ? 'paid' : 'PAYMENT_UNRESOLVED'
      } catch (error) {
        return Errors.from(error).code
      }
    },
    world,
    zecchino,
    async [Symbol.asyncDispose]() {
      await zecchino.close()
      await sandbox.close()
      removeFolder(home)
    },
  }
}

const text = (at: number) => new Date(at).toUTCString()

test.each([
  ['a day ahead', day],
  ['a day behind', -day],
  ['in the year 2099', Date.UTC(2099) - Date.now()],
  ['61 seconds ahead', 61_500],
])('error: the 402 alone is dated %s ⇒ nothing is signed', async (_, ahead) => {
  await using shop = await setup(({ path, true: at }) =>
    text(path.endsWith('/top-up') ? at + ahead : at),
  )
  expect(await shop.topUp(5_000_000n)).toBe('CLOCK_SKEW')
  expect(shop.signed).toEqual([])
  expect(await shop.zecchino.ledger.payments()).toEqual([])
})

test.each([-50_000, -20_000, 20_000, 50_000])(
  'behavior: our own clock is %d ms off ⇒ paid, within the window of both clocks',
  async (off) => {
    await using shop = await setup(({ true: at }) => text(at))
    shop.offset(off)
    expect(await shop.topUp(5_000_000n)).toBe('paid')
    const [{ ours = 0, validBefore = 0n } = {}] = shop.signed
    for (const at of [ours, ours - off / 1_000]) {
      expect(Number(validBefore) - at).toBeGreaterThanOrEqual(30)
      expect(Number(validBefore) - at).toBeLessThanOrEqual(600)
    }
  },
)

test('behavior: whatever `Date` each answer has, no signature is good for more than 600 s by our clock', async () => {
  const dice = diceOf(20_260_301)
  const lies = [0, 0, 0, 0, 1_000, -3_000, 40_000, -55_000, 59_000, 61_000, -90_000, day, -day]
  let round = 0
  await using shop = await setup(({ number, true: at }) => {
    const lie = lies[Math.floor(dice(number, 'lie') * lies.length)] ?? 0
    return dice(number, 'broken') < 0.05
      ? 'yesterday'
      : text(at + (dice(round, 'honest') < 0.5 ? 0 : lie))
  })
  const ends = new Map<string, number>()
  for (; round < 40; round += 1) {
    shop.offset(Math.round((dice(round, 'offset') - 0.5) * 160_000))
    const end = await shop.topUp(BigInt(round + 1) * 5_000_000n)
    ends.set(end, (ends.get(end) ?? 0) + 1)
  }
  expect(ends.get('paid')).toBeGreaterThan(8)
  expect(ends.get('CLOCK_SKEW')).toBeGreaterThan(4)
  for (const { ours, validAfter, validBefore } of shop.signed) {
    expect(validAfter).toBe(0n)
    expect(Number(validBefore) - ours).toBeGreaterThanOrEqual(30)
    expect(Number(validBefore) - ours).toBeLessThanOrEqual(600)
  }
})

test('error: a clock that steps between the check and the signature ⇒ nothing is signed', async () => {
  await using shop = await setup(({ true: at }) => text(at))
  const { ledger } = shop.zecchino
  const reserve = ledger.reservePayment.bind(ledger)
  Object.assign(ledger, {
    async reservePayment(options: Parameters<typeof reserve>[0]) {
      const reserved = await reserve(options)
      shop.offset(-400_000)
      return reserved
    },
  })
  expect(await shop.topUp(5_000_000n)).toBe('CLOCK_SKEW')
  expect(shop.signed).toEqual([])
  expect(await ledger.payments()).toMatchObject([{ status: 'failed_unpaid' }])
})

test('error: a clock that was put right since the server told its time ⇒ nothing is signed', () => {
  const now = new Date('2026-03-01T12:00:00Z')
  const ours = (offset: number, steady: number) => ({
    steady,
    wall: new Date(now.getTime() + offset),
  })
  const heard = { ...ours(0, 0), provider: now }
  /** What is signed when the clock shows something else than has passed. */
  const sign = (offset: number, steady: number) => {
    const clocks = {
      now: ours(offset, steady).wall,
      provider: Clock.providerTime(heard, ours(offset, steady)),
    }
    const validBefore = X402.validBeforeOf({ ...clocks, windowSeconds: 600 })
    const authorization = { validAfter: 0n, validBefore } as X402.Authorization
    X402.checkWindow(authorization, clocks)
    return Number(validBefore) - (now.getTime() + steady) / 1_000
  }
  for (const steady of [0, 1_000, 60_000]) {
    expect(sign(steady, steady)).toBeLessThanOrEqual(600)
    for (const step of [-100_000, -30_000, 30_000, 100_000]) {
      const left = sign(steady + step, steady)
      expect(left).toBeGreaterThan(0)
      expect(left).toBeLessThanOrEqual(600)
    }
    for (const step of [-day, -200_000, 200_000, day])
      expect(() => sign(steady + step, steady)).toThrow(X402.ClockSkewError)
  }
})
