// What a wallet's owner says, as the commands carry it out: first they are shown what is known, then they
// say their word, and their passphrase is not asked for.
import {
  acknowledgeForeign,
  checkForeign,
  findForeign,
  nameOf,
} from '../../../dist/flows/checkForeign.js'
import { decide } from '../../../dist/flows/decide.js'
import { giveConsent } from '../../../dist/flows/giveConsent.js'
import { factsOf, findUnresolved, resolve } from '../../../dist/flows/resolve.js'
import { linesOf as linesOfApproval, showApproval } from '../../../dist/flows/showApproval.js'
import { linesOf as linesOfConsent, showConsent } from '../../../dist/flows/showConsent.js'
import { syncRows } from '../../../dist/flows/syncRows.js'
import { takeAnswers } from '../../../dist/flows/takeAnswers.js'
import { factsOfTie, findTie, tieRow } from '../../../dist/flows/tieRow.js'
import { buyVideo, Job, Policy, quote, setPolicy, Video } from '../../../dist/index.js'

/** The newest job of a request. */
export async function jobOf({ ledger }, request) {
  const [job] = await ledger.jobs({ hash: Video.hashOf(request), limit: 1 })
  if (!job) throw new Job.NotFoundError({ id: 'none of this request' })
  return job
}

/** What has to be decided about a request: its newest job that is lost or given up; without one the newest. */
async function subjectOf({ ledger }, request) {
  const jobs = await ledger.jobs({ hash: Video.hashOf(request) })
  const decided = jobs.find(({ status }) => open.has(status))
  return decided ?? jobOf({ ledger }, request)
}

/** Statuses in which somebody has to decide about a job, or may. */
const open = new Set([
  'abandoned',
  'ambiguous',
  'failed_unrefunded',
  'lost_media',
  'needs_approval',
  'needs_consent',
])

async function answer(zecchino, { decision, request, tell }) {
  const { hash, id } = await jobOf(zecchino, request)
  const shown = await showApproval(zecchino, id)
  const { approval, job } = shown
  const agreed = {
    hash: Video.hashOf(shown.request),
    price: `${job.price}`,
    topUp: `${approval.topUp}`,
  }
  tell({
    about: id,
    hash,
    shown: linesOfApproval(shown),
    ...(decision === 'approved' && { agreed }),
  })
  return decide(zecchino, { decision, shown, via: 'cli' })
}

/** Rows of the provider's, whatever they are tied to: first those that are nobody's, then the newest. */
async function rowsOf({ ledger }) {
  const rowsOf = async (subjects) => [...(await ledger.tiedRows(subjects)).values()].flat()
  const byDate = (one, other) => other.createdAt.localeCompare(one.createdAt)
  const nobodys = [...(await ledger.unlinkedRows()), ...(await rowsOf(['foreign', 'history']))]
  const others = await rowsOf((await ledger.jobs()).map(({ id }) => id))
  return [...nobodys.toSorted(byDate), ...others.toSorted(byDate)]
}

/** `tell` hears what was shown before the word is carried out. `false`: it came too late. */
export const say = {
  async anew(zecchino, { request, tell }) {
    const { quote: made, warnings } = await quote(zecchino, request)
    tell({ about: made.id, hash: made.hash, shown: warnings })
    await buyVideo(zecchino, { quoteId: made.id })
  },
  approve: (zecchino, options) => answer(zecchino, { ...options, decision: 'approved' }),
  async consent(zecchino, { request, tell }) {
    const { hash, id } = await jobOf(zecchino, request)
    const shown = await showConsent(zecchino, id)
    tell({ about: id, hash, shown: linesOfConsent(shown) })
    await giveConsent(zecchino, { shown, via: 'cli' })
  },
  deny: (zecchino, options) => answer(zecchino, { ...options, decision: 'denied' }),
  async freeze({ ledger }, { tell }) {
    tell({ shown: [] })
    await ledger.freeze('the owner stopped it.')
  },
  async pay(zecchino, { tell, verdict }) {
    await takeAnswers(zecchino)
    const [payment] = await zecchino.ledger.payments({ limit: 1 })
    const found = await findUnresolved(zecchino, payment?.id ?? 'none')
    tell({ about: payment.id, shown: factsOf(found) })
    await resolve(zecchino, { found, verdict })
  },
  async policy(zecchino, { key, tell, usd }) {
    tell({ shown: [] })
    await setPolicy(zecchino, Policy.parse({ [key]: usd }))
  },
  async resolve(zecchino, { named, request, tell, verdict }) {
    await takeAnswers(zecchino)
    const { hash, id } = await subjectOf(zecchino, request)
    const found = await findUnresolved(zecchino, id)
    const shown = found.charges ?? []
    const known = shown.map(({ request: one }) => one.id).find((one) => one !== null)
    const requestId = { right: known, wrong: 'a-video-that-is-not-there' }[named]
    tell({
      about: id,
      hash,
      shown: factsOf(found),
      ...(verdict === 'retry' && {
        rows: shown.flatMap((one) => one.request.rows.map((row) => row.id)),
      }),
    })
    await resolve(zecchino, { found, requestId, verdict })
  },
  async tie(zecchino, { request, row, tell }) {
    const { hash, id } = await subjectOf(zecchino, request)
    const rows = await rowsOf(zecchino)
    const found = await findTie(zecchino, {
      jobId: id,
      rowId: rows[row % rows.length]?.id ?? 'none',
    })
    tell({ about: id, hash, rows: [found.row.id], shown: factsOfTie(found) })
    await tieRow(zecchino, found)
  },
  async unfreeze(zecchino, { tell }) {
    await syncRows(zecchino).then(
      () => checkForeign(zecchino),
      () => {}, // Venice could not be reached: its rows were not looked at
    )
    const rows = await findForeign(zecchino)
    tell({ rows: rows.map(({ id }) => id), shown: rows.map(nameOf) })
    const acknowledged = await acknowledgeForeign(zecchino, rows)
    await zecchino.ledger.unfreeze(`by the owner; ${acknowledged} rows acknowledged`)
  },
}
