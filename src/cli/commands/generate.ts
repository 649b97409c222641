import * as Money from '../../Money.js'
import * as Video from '../../Video.js'
import { videoGenerate } from '../../tools/videoGenerate.js'
import { videoQuote } from '../../tools/videoQuote.js'
import { confirm } from '../confirm.js'
import { letGo } from '../letGo.js'
import { progressBar } from '../progressBar.js'
import { readFiles, requestOf } from '../requestOptions.js'
import type { Context } from '../runCommand.js'
import { toolInput } from '../toolInput.js'
import { withWorkflow } from '../withWorkflow.js'
import { finish } from './retrieve.js'

/** `zecchino generate`: quote, confirm, buy, wait, save. */
export async function generate(context: Context): Promise<void> {
  const { args, json, note, open, options, print } = context
  const zecchino = await open()
  let quoteId = options['quote'] as string | undefined
  if (quoteId === undefined) {
    const request = Video.parseRequest(withWorkflow(requestOf(args, options), options))
    const quoted = await videoQuote.run(zecchino, request, { readFiles })
    quoteId = quoted.quote_id
    const price = Money.display(Money.parse(quoted.price_usd))
    const topUp = Money.parse(quoted.top_up_usd)
    const extra = topUp > 0n ? `, after a top-up of ${Money.display(topUp)} USDC` : ''
    note(`${request.model}: ${price}${extra} (${quoteId})`)
    for (const warning of quoted.warnings) note(`Warning: ${warning}`)
    await confirm(context, `Buy this video for ${price}?`)
  }
  const input = toolInput(videoGenerate, { max_usd: options['maxUsd'], quote_id: quoteId })
  const bar = progressBar({ quiet: json })
  const find = () => zecchino.ledger.findJobOfQuote(quoteId)
  const run = () => videoGenerate.run(zecchino, input, { onProgress: bar.show })
  const bought = await letGo(context, zecchino, { bar, find, run })
  if (!bought) return
  if (bought.status === 'needs_approval' || bought.status === 'needs_consent') {
    print(bought, [
      `${bought.status}: ${bought.next}`,
      `Afterwards, at a terminal: zecchino generate --quote ${quoteId}`,
    ])
    process.exitCode = 77
    return
  }
  note(`Job ${bought.job_id}`)
  await finish(context, zecchino, { jobId: bought.job_id, seconds: 3_600 })
}
