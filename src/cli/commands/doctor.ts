import { existsSync, mkdirSync, rmdirSync } from 'node:fs'
import { dirname } from 'node:path'

import { getBalance } from '../../actions/getBalance.js'
import { listModels } from '../../actions/listModels.js'
import { retrieveVideo } from '../../actions/retrieveVideo.js'
import { readAuthorization } from '../../actions/readAuthorization.js'
import { readUsdc } from '../../actions/readUsdc.js'
import { isVerified, unverifiedWords } from '../../client/requireVerified.js'
import * as Errors from '../../Errors.js'
import type { WalletZecchino, Zecchino } from '../../flows/createZecchino.js'
import { isFileError, troubleOf } from '../../flows/fileErrorOf.js'
import type { Access } from '../../internal/Access.js'
import { freeBytes } from '../../internal/freeBytes.js'
import { probeFolder } from '../../internal/probeFolder.js'
import { readAccess } from '../../internal/readAccess.js'
import { policyOf } from '../../flows/policyOf.js'
import { readWaits } from '../../flows/readWaits.js'
import { leftAnswers } from '../../flows/takeAnswers.js'
import * as Ledger from '../../Ledger.js'
import * as Money from '../../Money.js'
import * as Proxies from '../../Proxies.js'
import * as X402 from '../../X402.js'
import { hasOwner } from '../owner.js'
import { policyNotes } from '../policyNotes.js'
import type { Config } from '../readConfig.js'
import { nameOf } from '../readKeys.js'
import type { Context } from '../runCommand.js'

/** What a check found: `warning` works, but the owner should know. */
type Finding = { says: string; status: 'failed' | 'ok' | 'warning'; next?: string }

const ok = (says: string): Finding => ({ says, status: 'ok' })
const warning = (says: string, next: string): Finding => ({ next, says, status: 'warning' })

/** `zecchino doctor`: looks at everything a purchase needs. Free; signs in, pays nothing. */
export async function doctor({ config, open, print }: Context): Promise<void> {
  const findings: (Finding & { check: string })[] = []
  async function check(name: string, look: () => Finding | Promise<Finding>): Promise<boolean> {
    try {
      findings.push({ check: name, ...(await look()) })
    } catch (error) {
      const { code, facts, hint, shortMessage } = Errors.from(error)
      findings.push({
        check: name,
        // What is wrong in a configuration stands in the facts.
        says: [shortMessage, ...(code === 'INVALID_CONFIG' ? facts : [])].join(' '),
        status: 'failed',
        ...(hint !== undefined && { next: hint }),
      })
    }
    return findings.at(-1)?.status !== 'failed'
  }

  let settings: Config | undefined
  await check('configuration', async () => {
    settings = await config()
    return ok(`profile ${settings.profile}, ${settings.network.title}, ${settings.apiUrl}`)
  })
  if (settings) {
    const known = settings
    if (known.proxies) await check('proxy', () => checkProxy(known))
    await check('home', () => checkHome(known))
    await check('key', () => checkKey(known))
    await check('videos', () => checkOutput(known))
    await check('media folders', () => checkFolders(known))
    if (known.databaseUrl === undefined)
      await check('ledger folder', () => checkLedgerFolder(known))
    let zecchino: Zecchino | undefined
    const payer = known.key || known.apiKey === undefined ? 'wallet' : 'API key'
    await check(`${payer} and ledger`, async () => {
      zecchino = await open()
      return checkLedger(zecchino)
    })
    await check('policy', () => checkPolicy(known, zecchino))
    if (zecchino) {
      const opened = zecchino
      await check('answers', () => checkAnswers(opened))
      if (!isVerified(opened.client))
        await check('certificates', () => ({ ...unverifiedWords, status: 'failed' }))
      if (await check('API', () => checkApi(opened))) {
        await check('clock', () => checkClock(opened))
        await check('sign-in', () =>
          opened.payer === 'key' ? checkApiKey(opened) : checkBalance(opened),
        )
      }
      if (opened.payer === 'wallet') await check('chain', () => checkChain(opened))
    }
  }

  const failed = findings.some(({ status }) => status === 'failed')
  print(
    { ok: !failed, findings },
    findings.flatMap(({ check, next, says, status }) => [
      `${{ failed: '✗', ok: '✓', warning: '!' }[status]} ${check.padEnd(20)}${says}`,
      ...(next ? [`  ${''.padEnd(20)}${next}`] : []),
    ]),
  )
  if (failed) process.exitCode = Errors.codes.INVALID_CONFIG.exit
}

/** What leads out of this network, and to what. This machine is never reached through it. */
function checkProxy({ apiUrl, proxies, rpcUrls }: Config): Finding {
  const ways = [apiUrl, ...rpcUrls].map((url) => ({
    host: new URL(url).host,
    via: Proxies.viaOf(proxies, url),
  }))
  const through = ways.flatMap(({ host, via }) =>
    via
      ? [`${host} through ${via.shown} (${via.from}${via.authorization ? ', signed in' : ''})`]
      : [],
  )
  const direct = ways.filter(({ via }) => !via).map(({ host }) => `${host} without`)
  const files = proxies?.fileHosts.join(', ')
  return {
    ...ok([...through, ...direct].join(', ')),
    ...(through.length > 0 && {
      next: `Files come from ${files} only; list others under "fileHosts" in config.json.`,
    }),
  }
}

/** Answers to paid calls that are not on the ledger: each may be a video that is paid for. */
function checkAnswers(zecchino: Zecchino): Finding {
  const left = leftAnswers(zecchino)
  const [misfit] = left.filter(({ told }) => told)
  if (misfit)
    return warning(
      `the answer to the paid call of ${misfit.jobId} of ${misfit.sentAt.toISOString()} fits no job as it stands: ${misfit.path}`,
      `See \`zecchino resolve ${misfit.jobId}\`, and keep the file.`,
    )
  const [oldest] = left
  if (!oldest) return ok('none waits beside the ledger')
  return warning(
    `${left.length} to paid calls wait beside the ledger, the oldest of ${oldest.sentAt.toISOString()} for ${oldest.jobId}: ${oldest.path}`,
    'They go on it by themselves as soon as it can be written: run `zecchino recover`.',
  )
}

async function checkHome({ home }: Config): Promise<Finding> {
  if (!existsSync(home)) return warning(`${home} is not there yet`, 'Run `zecchino init`.')
  const { access, remedy } = await readAccess(home)
  if (access === 'others')
    return warning(`others on this machine can look into ${home}`, `Run: ${remedy}`)
  if (access === 'unknown')
    return warning(`Windows does not say who can look into ${home}`, noLists)
  if (!hasOwner(home))
    return warning('no owner’s passphrase, so nobody can approve', 'Run `zecchino init`.')
  return ok(home)
}

function checkKey(config: Config): Finding {
  const { apiKey, key, otherKeys } = config
  const where = process.platform === 'linux' ? ' in /proc' : ''
  const exposed = `Programs of the same user can read it${where} for as long as the process lives`
  if (!key && apiKey !== undefined) return warning('an API key from the environment', `${exposed}.`)
  if (!key)
    return warning('none', 'Run `zecchino init`, or set ZECCHINO_KEYSTORE or VENICE_API_KEY.')
  if (otherKeys.length > 0)
    return warning(
      `${[key, ...otherKeys].map((one) => nameOf(one, config)).join(', ')}: the first one signs`,
      'Keep only one, and a keystore file rather than a variable.',
    )
  if (key.kind !== 'keystore') {
    const kind = key.kind === 'mnemonic' ? 'mnemonic' : 'private key'
    return warning(`a ${kind} from the environment`, `${exposed}; a keystore file is better.`)
  }
  if (apiKey === undefined) return ok(`keystore ${key.path}`)
  return warning(
    `keystore ${key.path}, and an API key that is not used`,
    'The wallet pays. Unset VENICE_API_KEY, or point ZECCHINO_HOME where there is no wallet.',
  )
}

/** Tries what saving a video takes, and leaves the folder as it was, or not there. */
async function checkOutput({ outputDir }: Config): Promise<Finding> {
  const { access, trouble } = await tryFolder(outputDir, 'job_doctor')
  if (trouble) {
    const { way, why } = trouble
    const says = `no video can be saved in ${outputDir}: ${why}`
    return { next: `${way}, or set ZECCHINO_OUTPUT_DIR to another folder.`, says, status: 'failed' }
  }
  if (access === 'others')
    return warning(`others on this machine can read what is saved in ${outputDir}`, noModes)
  if (!existsSync(outputDir)) return ok(`${outputDir} (made at the first video)`)
  const free = await freeBytes(outputDir)
  if (free === undefined || free >= fewBytes) return ok(outputDir)
  const says = `${outputDir} has room for ${Math.floor(free / 1024 ** 2)} MiB only`
  return warning(says, 'Free space on that disk, or set ZECCHINO_OUTPUT_DIR to another folder.')
}

/** What to do about a folder in which even a file that was made for its owner is open to others. */
const noModes =
  process.platform === 'win32'
    ? 'Take a folder of your own on an NTFS disk.'
    : 'Its disk keeps no permissions: mount it with umask=077, or take another folder.'

const noLists = 'It counts as not protected. Keep it in your own folder, on an NTFS disk.'

/** Room for a few videos, in bytes. */
const fewBytes = 256 * 1024 ** 2

/** Tries what making and keeping a ledger takes, beside the one that may be there. */
async function checkLedgerFolder({ home, profile }: Config): Promise<Finding> {
  const { access, trouble } = await tryFolder(home, `${profile}.sqlite.doctor`)
  if (trouble) {
    const { way, why } = trouble
    const says = `no ledger can be kept in ${home}: ${why}`
    return { next: `${way}, or set ZECCHINO_HOME to another folder.`, says, status: 'failed' }
  }
  if (access !== 'others') return ok(home) // what is not known is told of the home
  return { next: noModes, says: `others could read a ledger in ${home}`, status: 'failed' }
}

/** Tries a folder; one that is missing is made for that, and taken away. */
async function tryFolder(folder: string, name: string): Promise<Trial> {
  let made: string | undefined
  try {
    made = mkdirSync(folder, { mode: 0o700, recursive: true })
    return await probeFolder(folder, { name })
  } catch (error) {
    if (isFileError(error)) return { access: 'unknown', trouble: troubleOf(error) }
    throw error
  } finally {
    if (made !== undefined) removeEmpty(folder, made)
  }
}

/** Who could open a file there, and why none can be saved, if that is so. */
type Trial = { access: Access; trouble?: ReturnType<typeof troubleOf> }

/** Takes folders away, up to the first that was made, unless somebody has put something there. */
function removeEmpty(folder: string, first: string): void {
  try {
    for (let made = folder; made.length >= first.length; made = dirname(made)) rmdirSync(made)
  } catch {
    // It is in use by now, or stays as an empty folder.
  }
}

function checkFolders({ policy }: Config): Finding {
  const missing = policy.readFiles.filter((folder) => !existsSync(folder))
  if (missing.length > 0)
    return warning(`not there: ${missing.join(', ')}`, 'Correct readFiles in config.json.')
  return ok(policy.readFiles.join(', ') || 'none: agents cannot upload local files')
}

async function checkLedger(zecchino: Zecchino): Promise<Finding> {
  const { ledger } = zecchino
  const log = await ledger.verifyEvents()
  if (!log.ok)
    return {
      next: 'Run `zecchino audit verify`; restore the ledger from a copy.',
      says: `the audit log is broken at event ${log.broken}`,
      status: 'failed',
    }
  const { frozen } = await ledger.state()
  if (frozen) return warning(`spending is stopped: ${frozen.reason}`, 'See `zecchino wallet`.')
  const [sent] = await ledger.jobs({ limit: 1, statuses: ['sending'] })
  const words = sent && (await readWaits(zecchino))(sent)
  if (words) return warning(`${sent.id}: ${words}`, `See \`zecchino retrieve ${sent.id}\`.`)
  const open = await ledger.payments({ statuses: Ledger.openPaymentStatuses })
  if (open.length > 0)
    return warning(`${open.length} payment still open`, 'Run `zecchino recover`.')
  const who = zecchino.payer === 'key' ? ledger.account : zecchino.wallet.address
  return ok(`${who}, ${log.events} events, unbroken`)
}

async function checkPolicy(config: Config, zecchino: Zecchino | undefined): Promise<Finding> {
  const notes = await policyNotes(config, zecchino)
  if (notes.length > 0)
    return warning(
      notes.map(({ says }) => says).join('; '),
      notes.map(({ next }) => next).join(' '),
    )
  const version = zecchino?.ledger.readOnly ? undefined : await zecchino?.ledger.policy()
  return ok(version ? `version ${version.number}, by the ${version.author}` : 'that of the file')
}

async function checkApi({ client }: Zecchino): Promise<Finding> {
  return ok(`${(await listModels(client)).length} video models`)
}

function checkClock({ client }: Zecchino): Finding {
  const seconds = Math.round(client.skew() / 1000)
  if (Math.abs(seconds) * 1000 > X402.maxSkew)
    return {
      next: 'Set the clock of this machine: payments are refused until then.',
      says: `${Math.abs(seconds)} s off`,
      status: 'failed',
    }
  // A slow answer alone looks like a few seconds.
  if (Math.abs(seconds) <= 5) return ok('right')
  return warning(`${Math.abs(seconds)} s off`, 'Set the clock of this machine.')
}

/** Asks about a job that cannot be: free, and the key is looked at before the job is. */
async function checkApiKey({ client }: Zecchino): Promise<Finding> {
  const model = 'wan-2-7-text-to-video' // a model that is listed: of another one it says only that
  const outcome = await retrieveVideo(client, { model, queueId: 'none' })
  const status = outcome.kind === 'transient' ? outcome.status : undefined
  if (outcome.kind === 'unknown_id' || outcome.kind === 'gone')
    return ok('the API key is accepted; it shows no credit')
  if (status === 402) {
    const next = 'Add funds to it at venice.ai, or pay with a wallet (`zecchino init`).'
    return { next, says: 'the account behind the API key is out of funds', status: 'failed' }
  }
  if (status === 401) {
    const next = 'Check VENICE_API_KEY: it may be mistyped, revoked or expired.'
    return { next, says: 'Venice does not accept the API key', status: 'failed' }
  }
  return warning('it cannot be told whether the API key is accepted', 'Try again in a minute.')
}

/** Reads the credit and what the wallet holds: the last line of defence is a small balance. */
async function checkBalance(zecchino: WalletZecchino): Promise<Finding> {
  const { client, network, rpc, wallet } = zecchino
  const policy = await policyOf(zecchino)
  const { address } = wallet
  const { balanceUsd: credit } = await getBalance(client)
  const usdc = rpc && (await readUsdc(rpc, { address, network }).catch(() => undefined))
  const says = `credit ${Money.display(credit)}${usdc === undefined ? '' : `, ${Money.format(usdc)} USDC`}`
  const much = 5n * policy.maxSpendPerDayUsd
  if ((usdc ?? 0n) <= much) return ok(says)
  return warning(
    `${says}: far more than the daily cap of ${Money.display(policy.maxSpendPerDayUsd)}`,
    'Keep the rest in another wallet: a small balance is the last line of defence.',
  )
}

/** Does what a proof of payment does, at every node, with a nonce that nobody uses. */
async function checkChain({ client, network, rpcs, wallet }: WalletZecchino): Promise<Finding> {
  if (rpcs.length === 0)
    return warning('not read', 'Without an RPC a lost payment stays unknown until you resolve it.')
  const nonce = `0x${'0'.repeat(64)}`
  const options = { from: wallet.address, network, nonce }
  const told = await Promise.all(rpcs.map((rpc) => readAuthorization(rpc, options)))
  const off = told.map(({ at }) => Math.round((client.now().getTime() - at.getTime()) / 1000))
  const hosts = rpcs.map(({ host }) => host).join(' and ')
  const says = `${network.title}, chain ${network.chainId}, by ${hosts}`
  // A settled block is some minutes old; one from the future is another clock's, or a lie.
  if (off.some((seconds) => seconds < -60 || seconds > 3_600))
    return warning(
      `${says}: its settled block is ${off.join(' and ')} s old`,
      'Choose another node.',
    )
  return ok(says)
}
