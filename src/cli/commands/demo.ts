import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { fetch } from 'undici'

import type { Event } from '../../Event.js'
import { quote } from '../../flows/quote.js'
import type { Zecchino } from '../../flows/createZecchino.js'
import * as Money from '../../Money.js'
import * as Wallet from '../../Wallet.js'
import { listenSandbox } from '../../sandbox/index.js'
import { videoGenerate } from '../../tools/videoGenerate.js'
import { videoRetrieve } from '../../tools/videoRetrieve.js'
import { paymentOf } from '../../tools/walletTopUp.js'
import { speedOf } from './sandbox.js'
import { openZecchino } from '../openZecchino.js'
import { progressBar } from '../progressBar.js'
import { type Config, readConfig } from '../readConfig.js'
import type { Context } from '../runCommand.js'

const request = {
  model: 'seedance-1-5-pro-text-to-video-basic',
  prompt: 'A gold coin spins on a wet Venetian stone at dawn, slow push-in.',
  duration: '5s',
  aspect_ratio: '16:9',
  resolution: '720p',
  audio: false,
} as const

/**
 * `zecchino demo`: one purchase end to end, against a sandbox in this process that is spoken to
 * over HTTP like any other. The wallet is thrown away.
 */
export async function demo(context: Context): Promise<void> {
  const { json, note, options, print } = context
  const sandbox = await listenSandbox({ speed: speedOf(options['speed'] as string) })
  const home = mkdtempSync(join(tmpdir(), 'zecchino-demo-'))
  const config: Config = readConfig({
    ZECCHINO_API_URL: sandbox.apiUrl,
    ZECCHINO_HOME: home,
    ZECCHINO_PRIVATE_KEY: randomBytes(32).toString('hex'),
    ZECCHINO_PROFILE: 'sandbox',
  })
  const zecchino = await openZecchino(config, { onEvent: (event) => tell(event, note) })
  try {
    if (zecchino.payer !== 'wallet') throw new Wallet.NoWalletError()
    const { address } = zecchino.wallet
    note(`1  A wallet instead of an API key: ${address}`)
    await post(`${sandbox.controlUrl}/fund`, { address, usdc: '20' })
    note(`   The sandbox gives it 20 USDC of play money on ${zecchino.network.title}.`)

    const quoted = await quote(zecchino, request)
    note(
      `2  ${request.model}, ${request.duration}, ${request.resolution}, ${request.aspect_ratio}, no sound`,
    )
    note(`   "${request.prompt}"`)
    note(
      `   costs ${Money.display(quoted.quote.price)}; the credit is ${Money.display(quoted.credit ?? 0n)}.`,
    )

    const bought = await videoGenerate.run(zecchino, { quote_id: quoted.quote.id }, {})
    const bar = progressBar({ quiet: json })
    const input = { job_id: bought.job_id, wait_seconds: 50 }
    const result = await videoRetrieve.run(zecchino, input, { onProgress: bar.show })
    bar.end()
    const after = await receipt(zecchino, bought.job_id)
    const { file } = result
    if (file) {
      note(`6  Saved ${file.path}`)
      note(
        `   ${file.width}×${file.height}, ${file.duration_seconds.toFixed(2)} s, ${file.codec}, ${file.bytes} bytes`,
      )
      note(`   sha256 ${file.sha256}`)
      note(
        `7  Receipt: paid ${after.payments.length} × USDC, charged $${result.price_usd} once, credit left $${after.credit_usd}.`,
      )
      note(`   The same quote again would answer with the same job and pay nothing.`)
    } else note(`6  ${result.status}: ${result.detail ?? result.next}`)
    const { job_id, price_usd, status } = result
    const told = { job_id, status, price_usd, ...after, ...(file && { file }) }
    print(told, file ? [file.path] : [status])
    if (!file) process.exitCode = 75
  } finally {
    await zecchino.close()
    await sandbox.close()
  }
}

/** What was paid and what is left, as the ledger and the sandbox's API have it. */
async function receipt(zecchino: Zecchino, jobId: string) {
  const { getBalance } = await import('../../actions/getBalance.js')
  const payments = await zecchino.ledger.payments({ jobId })
  const { balanceUsd } = await getBalance(zecchino.client)
  return {
    payments: payments.map((payment) => {
      const { amount_usd, pay_to, status, transaction } = paymentOf(payment)
      return { amount_usd, pay_to, transaction, status }
    }),
    credit_usd: Money.format(balanceUsd),
  }
}

/** The story of what happens on the way, one event at a time. */
function tell(event: Event, note: (line: string) => void): void {
  switch (event.type) {
    case 'topup.demanded':
      note(
        `3  402 Payment Required: ${Money.display(event.amount)} USDC on ${event.network}, to ${event.payTo}`,
      )
      return
    case 'topup.signed':
      note('   Signed: one EIP-3009 TransferWithAuthorization, on record before it leaves:')
      note(`   ${Money.display(event.amount)} to ${event.payTo},`)
      note(`   until ${event.validBefore.toISOString()}, nonce ${event.nonce.slice(0, 10)}…`)
      return
    case 'topup.moved':
      note(
        `4  Top-up ${event.status}${event.transaction ? `: ${event.transaction.slice(0, 18)}…` : ''}`,
      )
      return
    case 'job.moved':
      if (event.status === 'queued') note(`5  Queued, and on record: ${event.jobId}`)
  }
}

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    method: 'POST',
  })
  await response.text()
}
