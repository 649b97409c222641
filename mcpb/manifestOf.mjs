/** What a host shows before it installs the bundle, and how it starts the server. */
export function manifestOf({ answers, pack, target }) {
  const { description, keywords, license, version } = pack
  const env = {
    ZECCHINO_HOME: '${user_config.home}',
    ZECCHINO_OUTPUT_DIR: '${user_config.output_dir}',
    ZECCHINO_PRIVATE_KEY: '${user_config.private_key}',
    ZECCHINO_PROFILE: '${user_config.profile}',
  }
  return {
    manifest_version: '0.3',
    name: 'zecchino',
    display_name: 'Zecchino',
    version,
    description,
    long_description:
      'Buys AI video from Venice with a crypto wallet instead of an API key. What may be spent is ' +
      'set by the wallet’s owner, each purchase waits for the owner’s approval unless the owner ' +
      'decides otherwise, and the same quote never pays twice.',
    author: { name: 'The Zecchino authors' },
    license,
    keywords,
    server: {
      type: 'node',
      entry_point: 'server/serve.js',
      mcp_config: { command: 'node', args: ['${__dirname}/server/serve.js'], env },
    },
    tools: answers.tools.tools.map(({ description: text, name }) => ({ name, description: text })),
    compatibility: {
      platforms: [target.split('-')[0]],
      runtimes: { node: pack.engines.node },
    },
    user_config: {
      home: {
        type: 'directory',
        title: 'Home of the wallet',
        description: 'Where `zecchino init` put the wallet, and where the ledger and policy are.',
        default: '${HOME}/.zecchino',
        required: false,
      },
      output_dir: {
        type: 'directory',
        title: 'Folder for videos',
        description: 'Where finished videos are saved.',
        default: '${HOME}/.zecchino/videos',
        required: false,
      },
      private_key: {
        type: 'string',
        title: 'Private key',
        description: 'Only without `zecchino init`: the key of a wallet that holds little.',
        default: '',
        required: false,
        sensitive: true,
      },
      profile: {
        type: 'string',
        title: 'Profile',
        description:
          'venice spends real USDC; sandbox talks to `zecchino sandbox` on this machine.',
        default: 'venice',
        required: false,
      },
    },
  }
}
