import type { Network } from '../../index.js'
import { UsageError } from '../UsageError.js'
import type { Context } from '../runCommand.js'
import { wholeNumber } from '../wholeNumber.js'

/** `zecchino sandbox`: runs until it is told to stop. */
export async function sandbox({ note, options }: Context): Promise<void> {
  if (options['chain'] === 'anvil')
    throw new UsageError({ reason: '--chain anvil is reserved; use --chain memory.' })
  const { listenSandbox } = await import('../../sandbox/index.js')
  const listening = await listenSandbox({
    behavior: options['behavior'] as 'current',
    network: options['network'] as Network.Name,
    port: wholeNumber('--port', options['port']),
    seed: wholeNumber('--seed', options['seed']),
    speed: Number(options['speed']),
  })
  const { apiUrl, asset, chainId, controlUrl, network, payTo, rpcUrl, url } = listening
  const ready = { apiUrl, controlUrl, network, chainId, asset, payTo, rpcUrl }
  process.stdout.write(`SANDBOX READY ${JSON.stringify(ready)}\n`)
  note(`Look at it in a browser: ${url}/`)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await listening.close()
}
