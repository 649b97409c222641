import { createClient } from '../../client/createClient.js'
import type { Zecchino } from '../../flows/createZecchino.js'
import { videoModels } from '../../tools/videoModels.js'
import { table } from '../table.js'
import { toolInput } from '../toolInput.js'
import type { Context } from '../runCommand.js'

/** `zecchino models`: needs no wallet. */
export async function models({ args, config, options, print }: Context): Promise<void> {
  const { apiUrl, network, proxies } = await config()
  const client = createClient({ baseUrl: apiUrl, network, proxies })
  try {
    const input = toolInput(videoModels, {
      limit: Number(options['limit']),
      query: args.join(' '),
      type: options['type'],
    })
    // Listing models touches nothing but the client.
    const result = await videoModels.run({ client } as Zecchino, input, {})
    const rows = result.models.map((model) => [
      model.id,
      model.type,
      model.durations.join(' '),
      model.resolutions.join(' '),
      model.aspect_ratios.join(' '),
      model.note ?? '',
    ])
    print(result, [
      ...table(['model', 'type', 'durations', 'resolutions', 'aspect ratios', ''], rows),
      `${result.models.length} of ${result.total} models`,
    ])
  } finally {
    await client.close()
  }
}
