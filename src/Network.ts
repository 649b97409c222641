import type { Address } from 'viem'

/** A chain that payments settle on. Every field is a constant of ours, never the server's. */
export type Network = {
  /** USDC on this chain, checksummed. */
  asset: Address
  /** CAIP-2 name, as in x402 v2. */
  caip2: `eip155:${number}`
  chainId: number
  /** EIP-712 domain of the USDC contract: `name` differs by deployment. */
  domain: { name: string; version: string }
  /** Name in x402 v1, in Venice's flat payments and in `ZECCHINO_NETWORK`. */
  name: Name
  /** What a person reads. */
  title: string
}

export type Name = 'base' | 'base-sepolia'

/** Networks by name. Source: Circle's published USDC addresses; x402 2.27 network tables. */
export const networks = {
  base: {
    asset: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
    caip2: 'eip155:8453',
    chainId: 8453,
    domain: { name: 'USD Coin', version: '2' },
    name: 'base',
    title: 'Base',
  },
  'base-sepolia': {
    asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
    caip2: 'eip155:84532',
    chainId: 84532,
    domain: { name: 'USDC', version: '2' },
    name: 'base-sepolia',
    title: 'Base Sepolia',
  },
} as const satisfies Record<Name, Network>

/** Finds a network by v1 name (`base`), CAIP-2 name (`eip155:8453`) or chain id. */
export function find(name: unknown): Network | undefined {
  return Object.values(networks).find(
    (network) => name === network.name || name === network.caip2 || name === network.chainId,
  )
}

/** Whether real money moves there. */
export function isMainnet(network: Network): boolean {
  return network.name === 'base'
}
