/** All that a ledger says, for comparison. */
export async function tellLedger(ledger) {
  const [jobs, payments] = [await ledger.jobs(), await ledger.payments()]
  const subjects = ['history', 'foreign', ...[...jobs, ...payments].map(({ id }) => id)]
  const tied = []
  for (const subject of subjects)
    tied.push(...(await ledger.linkedRows(subject)).map(({ id }) => ({ id, subject })))
  const untied = await ledger.unlinkedRows()
  return {
    audit: await ledger.verifyEvents(),
    jobs,
    payments,
    rows: [...tied, ...untied.map(({ id }) => ({ id }))],
    state: await ledger.state(),
    usage: await ledger.usage(),
  }
}

/** As JSON: money is text. */
export function asJson(value) {
  return JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}` : one))
}
