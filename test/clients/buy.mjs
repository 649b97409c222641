// Has clients of MCP buy a video, over stdio and over HTTP, with arguments as hosts and models spell them, and holds
// it against what the sandbox knows: one job, one charge at the price that was quoted, and the whole file.
//   node test/clients/buy.mjs [--all] [--only mastra]
// Ends with 1 unless all of it holds. Needs Node 22; `npm run test:clients` brings it.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { breachOf } from './breachOf.mjs'
import { clients as few } from './clients.mjs'
import { createShop } from './createShop.mjs'
import { spellings } from './spellings.mjs'

const { values } = parseArgs({
  options: { all: { type: 'boolean' }, only: { default: '', type: 'string' } },
})

const wanted = {
  aspect_ratio: '1:1',
  audio: false,
  duration: '4s',
  model: 'seedance-2-0-mini-reference-to-video-basic',
  prompt: 'Refer to the gondola in <Image 1> to generate a regatta.',
  reference_image_urls: ['https://example.com/gondola.png'],
  resolution: '480p',
}

const names = ['video_generate', 'video_list', 'video_models', 'video_quote', 'video_retrieve']
names.push('wallet_status', 'wallet_top_up')

const shop = await createShop()
const schemas = await readSchemas()
const known = values.all ? [...few, ...(await import('./all/clients.mjs')).clients] : few
const clients = known.filter(({ name }) => new RegExp(values.only, 'i').test(name))
const failures = clients.length > 0 ? [] : [`no client is called ${values.only}`]
row('client', 'version', 'transport', 'tools', 'bought', 'charged', 'spelled with')
for (const client of clients)
  for (const transport of client.transports ?? ['stdio', 'http']) await tryClient(client, transport)
await shop.close()
for (const failure of failures) console.log(`Failed: ${failure}`)
process.exit(failures.length > 0 ? 1 : 0)

async function tryClient(client, transport) {
  const place = await shop.open(transport)
  const found = { tools: 0 }
  const wrong = []
  let session
  try {
    session = await client.open({ ...place.server, home: place.home })
    found.tools = session.tools.length
    if (session.tools.toSorted().join() !== names.join()) wrong.push(session.tools.join(' '))
    await buy(session, { found, spells: client.spells })
  } catch (error) {
    wrong.push(error.message)
  }
  await session?.close().catch((error) => wrong.push(`at its end: ${error.message}`))
  const { charges, jobs, settlements } = await place.truth()
  await place.close()
  const paid = charges.map((charge) => charge.amount_usd)
  const counts = [jobs.length, charges.length, settlements.length]
  if (counts.join() !== '1,1,1') wrong.push('jobs, charges and top-ups are ' + counts.join(', '))
  if (paid.some((usd) => usd !== found.price)) wrong.push(`quoted was $${found.price}`)
  failures.push(...wrong.map((one) => `${client.name} over ${transport}: ${one}`))
  row(
    client.name,
    versionOf(client.package),
    transport,
    found.tools,
    found.bytes ? `${found.bytes} bytes` : 'no',
    paid.map((usd) => `$${usd}`).join(' + ') || 'no',
    client.spells.join(' ') || 'nothing but the schema',
  )
}

/** From a look at the wallet to the file, as an agent goes. It buys twice, as hosts do that heard no answer. */
async function buy(session, { found, spells }) {
  const ask = async (name, args, spelled = spells) => {
    const spell = (sofar, one) => spellings[one](schemas[name], sofar)
    const text = await session.call(name, spelled.reduce(spell, args))
    const answer = parse(text)
    if (!answer || answer.code !== undefined) throw new Error(`${name} answered ${text}`)
    return answer
  }
  await ask('wallet_status', {})
  const { models } = await ask('video_models', { limit: 5, query: 'seedance-2-0-mini' })
  if (!models.some(({ id }) => id === wanted.model)) throw new Error('the model is not listed')
  const plain = await ask('video_quote', wanted, [])
  const quote = await ask('video_quote', wanted)
  found.price = plain.price_usd
  if (quote.price_usd !== plain.price_usd)
    throw new Error(`$${quote.price_usd} spelled so, $${plain.price_usd} in plain words`)
  const order = { max_usd: '9.50', quote_id: quote.quote_id }
  const job = await ask('video_generate', order)
  const again = await ask('video_generate', order)
  if (again.job_id !== job.job_id) throw new Error(`a second job: ${again.job_id}`)
  let looked
  for (let looks = 0; looks < 5 && !looked?.file; looks += 1)
    looked = await ask('video_retrieve', { job_id: job.job_id, wait_seconds: 20 })
  if (!looked.file) throw new Error(`no file: ${JSON.stringify(looked)}`)
  const breach = breachOf(looked.file)
  if (breach) throw new Error(breach)
  const { jobs } = await ask('video_list', { limit: 5 })
  if (jobs.length !== 1) throw new Error(`${jobs.length} jobs are listed`)
  found.bytes = looked.file.bytes
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The schemas of the tools as the server says them, by name. */
async function readSchemas() {
  const place = await shop.open('stdio')
  const [{ open }] = few
  const session = await open(place.server)
  await session.close()
  await place.close()
  return session.schemas
}

/** The version that is pinned. */
function versionOf(name) {
  const read = (folder) =>
    JSON.parse(readFileSync(new URL(`${folder}package.json`, import.meta.url)))
  return ['./', './all/'].map((folder) => read(folder).dependencies[name]).find(Boolean)
}

function row(...cells) {
  const widths = [15, 9, 11, 7, 14, 9]
  console.log(cells.map((cell, at) => String(cell).padEnd(widths[at] ?? 0)).join(''))
}
