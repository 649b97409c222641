import { Argument, Command, CommanderError, Option } from 'commander'

import { version } from '../version.js'
import { hostNames } from './hostNames.js'
import { addRequestOptions } from './requestOptions.js'
import { runCommand } from './runCommand.js'

/**
 * Creates the command line. A command's module is loaded when the command runs, so that help and
 * plain commands load neither the MCP SDK nor a database driver.
 */
export function createProgram(): Command {
  const program = new Command('zecchino')
    .description('Buys AI video with a wallet instead of an API key: never twice, never lost.')
    .version(version)
    .option('--json', 'print exactly one JSON document on stdout')
    .option('--verbose', 'tell on stderr what happens')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, '')) })
    .exitOverride(exitWith)
    .showHelpAfterError('Run with --help for the usage.')

  program
    .command('models')
    .description('list video models (free)')
    .argument('[query...]', 'words that the id or name contains')
    .addOption(
      new Option('--type <type>', 'kind of model').choices([
        'text-to-video',
        'image-to-video',
        'video',
      ]),
    )
    .option('--limit <n>', 'how many', '20')
    .action(runCommand(async () => (await import('./commands/models.js')).models))

  addRequestOptions(program.command('quote'))
    .description('price a video and keep the quote for 15 minutes (free)')
    .action(runCommand(async () => (await import('./commands/quote.js')).quote))

  addRequestOptions(program.command('generate'))
    .description('quote, confirm, buy, wait and save a video (spends money)')
    .option('--quote <quote_id>', 'buy this quote instead of quoting')
    .option('--max-usd <usd>', 'refuse a higher price')
    .option('--yes', 'buy without asking (caps and approvals still hold)')
    .action(runCommand(async () => (await import('./commands/generate.js')).generate))

  program
    .command('retrieve')
    .description('wait for a job and show its file (free)')
    .argument('<job_id>')
    .option('--wait <seconds>', 'how long to wait', '600')
    .action(runCommand(async () => (await import('./commands/retrieve.js')).retrieve))

  program
    .command('list')
    .description('list the jobs of this wallet (free)')
    .option('--status <status>', 'only jobs that stand there')
    .option('--limit <n>', 'how many', '20')
    .action(runCommand(async () => (await import('./commands/list.js')).list))

  program
    .command('wallet')
    .description('show address, credit, caps and unresolved money; export the key (owner)')
    .argument('[what]', 'export')
    .argument('[file]', 'where the keystore is written')
    .action(runCommand(async () => (await import('./commands/wallet.js')).wallet))

  program
    .command('top-up')
    .description('bring the prepaid credit up to an amount (spends money)')
    .argument('[credit_usd]', 'credit to reach; default: the minimum top-up')
    .option('--yes', 'pay without asking (caps and approvals still hold)')
    .action(runCommand(async () => (await import('./commands/topUp.js')).topUp))

  program
    .command('balance')
    .description('show the prepaid credit at Venice (free)')
    .action(runCommand(async () => (await import('./commands/balance.js')).balance))

  program
    .command('fund')
    .description('give the wallet play money, in a sandbox')
    .argument('[usd]', 'how much; default: 20')
    .action(runCommand(async () => (await import('./commands/fund.js')).fund))

  program
    .command('sign-in')
    .description(
      'print a header that signs one request in, for any client (owner, with real money)',
    )
    .argument('<url>', 'of the API')
    .action(runCommand(async () => (await import('./commands/signIn.js')).signIn))

  program
    .command('transactions')
    .description('show Venice’s own ledger of this wallet (free)')
    .option('--limit <n>', 'how many', '20')
    .action(runCommand(async () => (await import('./commands/transactions.js')).transactions))

  program
    .command('init')
    .description('set the owner’s passphrase and make a wallet (at a terminal)')
    .action(runCommand(async () => (await import('./commands/init.js')).init))

  program
    .command('approve')
    .description('agree to a purchase (owner, at a terminal)')
    .argument('<id>', 'approval or job')
    .action(runCommand(async () => (await import('./commands/approve.js')).approve))

  program
    .command('deny')
    .description('refuse a purchase')
    .argument('<id>', 'approval or job')
    .action(runCommand(async () => (await import('./commands/approve.js')).deny))

  program
    .command('consent')
    .description('read a provider’s policy and consent to it (owner, at a terminal)')
    .argument('<job_id>')
    .action(runCommand(async () => (await import('./commands/consent.js')).consent))

  program
    .command('freeze')
    .description('stop all spending at once')
    .argument('[reason...]')
    .action(runCommand(async () => (await import('./commands/freeze.js')).freeze))

  program
    .command('unfreeze')
    .description('let spending go on (owner, at a terminal)')
    .action(runCommand(async () => (await import('./commands/freeze.js')).unfreeze))

  program
    .command('resolve')
    .description('decide about money nobody can account for (owner, at a terminal)')
    .argument('<id>', 'payment or job, or with --job a row of Venice’s')
    .option('--adopt [request]', 'the video is there: take it (which one, if several are)')
    .option('--credited', 'the payment was credited')
    .option('--unpaid', 'the payment never moved, and nothing shows that it did')
    .option(
      '--retry',
      'the request was not accepted: leave the charges shown to nobody, pay once more',
    )
    .option('--look', 'the job was given up: ask Venice about it once more (no passphrase)')
    .option('--abandon', 'give it up; what it cost stays counted')
    .option('--job <id>', 'tie a row that was acknowledged as nobody’s to the job that it is for')
    .action(runCommand(async () => (await import('./commands/resolve.js')).resolve))

  program
    .command('policy')
    .description('show the policy, or change it (owner, at a terminal)')
    .argument('[what]', 'set, move, trust-payee or trust-ledger')
    .argument('[key]')
    .argument('[value]')
    .action(runCommand(async () => (await import('./commands/policy.js')).policy))

  program
    .command('audit')
    .description('show the audit log, verify it, or reconcile it with Venice (free)')
    .argument('[what]', 'verify or reconcile')
    .option('--csv', 'print CSV')
    .action(runCommand(async () => (await import('./commands/audit.js')).audit))

  program
    .command('recover')
    .description('take up what an earlier process left behind (signs and queues nothing anew)')
    .option('--wait <seconds>', 'how long to wait for it', '60')
    .action(runCommand(async () => (await import('./commands/recover.js')).recover))

  program
    .command('doctor')
    .description('look at everything that a purchase needs (free)')
    .action(runCommand(async () => (await import('./commands/doctor.js')).doctor))

  program
    .command('probe')
    .description('ask the live service what no document says, step by step (owner, at a terminal)')
    .option('--free', 'only what costs nothing, without asking')
    .option('--out <file>', 'where the fixtures are written', 'zecchino-fixtures.json')
    .action(runCommand(async () => (await import('./commands/probe.js')).probe))

  program
    .command('mcp')
    .description('serve the tools to an agent over MCP: stdin and stdout, or HTTP on this machine')
    .argument('[what]', 'token: make a new token for HTTP')
    .option('--http', 'serve Streamable HTTP on 127.0.0.1, behind a token')
    .option('--port <port>', 'where to listen with --http; 0 takes a free one (default: 4021)')
    .action(runCommand(async () => (await import('./commands/mcp.js')).mcp))

  const hostArgument = () => new Argument('[host]', 'which one').choices(hostNames)
  program
    .command('install')
    .description(
      'tell a host of the MCP server (never of a key); without one, bring all to this version',
    )
    .addArgument(hostArgument())
    .option('--project', 'the file of this folder instead of the user’s')
    .option(
      '--sandbox [url]',
      'play money: a sandbox that the server runs by itself, or the one at a URL',
    )
    .option('--rollback', 'start again what was started before the last change')
    .option('--print', 'only print what belongs there')
    .action(runCommand(async () => (await import('./commands/install.js')).install))

  program
    .command('uninstall')
    .description('take back what install added')
    .addArgument(hostArgument())
    .option('--project', 'the file of this folder instead of the user’s')
    .action(runCommand(async () => (await import('./commands/install.js')).uninstall))

  program
    .command('sandbox')
    .description('run a local Venice that checks every signature')
    .option('--port <port>', 'where to listen; 0 takes a free one', '4020')
    .addOption(
      new Option('--network <name>', 'network to stand for')
        .choices(['base-sepolia', 'base'])
        .default('base-sepolia'),
    )
    .option('--speed <n>', 'how many times faster than real jobs', '20')
    .option('--seed <seed>', 'same seed, same ids and durations')
    .addOption(
      new Option('--behavior <which>', 'operator notes or OpenAPI document')
        .choices(['live', 'documented', 'current'])
        .default('live'),
    )
    .addOption(
      new Option('--envelopes <which>', 'forms in which payments are taken')
        .choices(['both', 'full', 'full-unchanged', 'full-labelled', 'flat', 'none'])
        .default('both'),
    )
    .addOption(
      new Option('--chain <which>', 'where the token lives')
        .choices(['memory', 'anvil'])
        .default('memory'),
    )
    .option('--faults <file>', 'JSON file of faults to start with')
    .option('--fixtures <file>', 'answer as a live service did when `probe` asked it')
    .addOption(new Option('--own', 'the sandbox of a home, for those who hold it').hideHelp())
    .action(runCommand(async () => (await import('./commands/sandbox.js')).sandbox))

  program
    .command('demo')
    .description('buy a video end to end in a sandbox of its own: no funds, no network')
    .option('--speed <n>', 'how many times faster than real jobs', '20')
    .action(runCommand(async () => (await import('./commands/demo.js')).demo))

  return program
}

/** Usage errors end with 64, help and version with 0. */
function exitWith(error: CommanderError): never {
  process.exit(error.exitCode === 0 ? 0 : 64)
}
