import * as Errors from '../Errors.js'

/**
 * The path by which a Node is found tomorrow. Homebrew's holds a version and goes with the next one; its link
 * in `opt` stays, where it leads to the same.
 *
 * @throws {@link PassingNodeError} for one in the cache of npx and the like, which is wiped.
 */
export function stableNode(node: string, isSame: (path: string) => boolean): string {
  if (/[\\/](_npx|dlx(-[^\\/]*)?|xfs-[^\\/]*)[\\/]/.test(node)) throw new PassingNodeError({ node })
  const [, prefix, formula] = /^(.*)\/Cellar\/(node(?:@\d+)?)\/[^/]+\/bin\/node$/.exec(node) ?? []
  const link = `${prefix}/opt/${formula}/bin/node`
  return prefix !== undefined && isSame(link) ? link : node
}

/** This runs on a Node that lies in a cache. */
export class PassingNodeError extends Errors.BaseError {
  override readonly code = 'INVALID_CONFIG'
  override readonly name = 'Install.PassingNodeError'

  constructor({ node }: { node: string }) {
    super(
      'The Node that runs this lies in a cache, which is wiped now and then; no host was told.',
      {
        facts: [`Node: ${node}`],
        hint: 'Install Node 20.19 or newer (https://nodejs.org), and install again with that.',
      },
    )
  }
}
