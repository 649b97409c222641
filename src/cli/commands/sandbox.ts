import { readFileSync } from 'node:fs'

import * as Fixture from '../../Fixture.js'
import { parseJson } from '../../internal/base64Json.js'
import type * as Network from '../../Network.js'
import type { Envelopes, FaultInput } from '../../sandbox/index.js'
import { UsageError } from '../UsageError.js'
import type { Context } from '../runCommand.js'
import { wholeNumber } from '../wholeNumber.js'

/** `zecchino sandbox`: runs until it is told to stop. */
export async function sandbox({ note, options }: Context): Promise<void> {
  if (options['own'] === true) {
    const { readConfig } = await import('../readConfig.js')
    const { serveOwnSandbox } = await import('../serveOwnSandbox.js')
    return serveOwnSandbox(readConfig())
  }
  if (options['chain'] === 'anvil')
    throw new UsageError({ reason: '--chain anvil is reserved; use --chain memory.' })
  const { listenSandbox } = await import('../../sandbox/index.js')
  const listening = await listenSandbox({
    behavior: options['behavior'] as 'current' | 'documented' | 'live',
    envelopes: options['envelopes'] as Envelopes,
    faults: faultsOf(options['faults'] as string | undefined),
    fixtures: fixturesOf(options['fixtures'] as string | undefined),
    network: options['network'] as Network.Name,
    port: wholeNumber('--port', options['port']),
    seed: options['seed'] as string | undefined,
    speed: speedOf(options['speed'] as string),
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

/** The faults of a JSON file; what they are is checked where they are switched on. */
function faultsOf(path: string | undefined): readonly FaultInput[] | undefined {
  if (path === undefined) return undefined
  let faults: unknown
  try {
    faults = parseJson(readFileSync(path, 'utf8'))
  } catch {
    throw new UsageError({ reason: `--faults: ${path} cannot be read.` })
  }
  if (!Array.isArray(faults))
    throw new UsageError({ reason: `--faults: ${path} is not a JSON list of faults.` })
  return faults as FaultInput[]
}

/** What a live service was found to answer. */
function fixturesOf(path: string | undefined): Fixture.Fixture | undefined {
  if (path === undefined) return undefined
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new UsageError({ reason: `--fixtures: ${path} cannot be read.` })
  }
  return Fixture.parse(text)
}

/** How many times faster than the real one. */
export function speedOf(text: string): number {
  const speed = Number(text)
  if (speed > 0 && speed <= 100_000) return speed
  throw new UsageError({ reason: '--speed takes a number above 0, at most 100000.' })
}
