import * as Money from '../../Money.js'
import * as Video from '../../Video.js'
import { videoQuote } from '../../tools/videoQuote.js'
import { readFiles, requestOf } from '../requestOptions.js'
import type { Context } from '../runCommand.js'
import { withWorkflow } from '../withWorkflow.js'

/** `zecchino quote`. */
export async function quote({ args, open, options, print }: Context): Promise<void> {
  const zecchino = await open()
  const request = Video.parseRequest(withWorkflow(requestOf(args, options), options))
  const result = await videoQuote.run(zecchino, request, { readFiles })
  print(result, [
    `Price     ${Money.display(Money.parse(result.price_usd))}${result.estimate ? ' (estimate)' : ''}`,
    ...(result.credit_usd === undefined
      ? ['Credit    unknown: an API key does not show it']
      : [
          `Credit    ${Money.display(Money.parse(result.credit_usd))}`,
          `Top-up    ${Money.display(Money.parse(result.top_up_usd))}`,
        ]),
    `Approval  ${result.needs_approval ? 'needed' : 'not needed'}`,
    `Quote     ${result.quote_id}, good until ${result.expires_at}`,
    ...result.warnings.map((warning) => `Warning   ${warning}`),
    `Buy it with: zecchino generate --quote ${result.quote_id}`,
  ])
}
