/** Client script, second part: one function for each thing the state holds. */
export const pageViews = String.raw`
function showFacts(state) {
  const facts = [
    ['API', location.origin + '/api/v1', true],
    ['Network', state.network + ' · chain ' + state.chain.chainId],
    ['Paid to', state.chain.payTo, true],
    ['Behaviour', state.behavior],
    ['Speed', state.speed + ' ×'],
  ]
  sync($('facts'), facts.filter(([, value]) => value), {
    key: ([name, value]) => name + value,
    make: ([name, value, copied]) =>
      h('div', {}, h('dt', { text: name }), h('dd', {}, copied && value.startsWith('0x') ? tag(value)
        : copied ? h('code', { text: value }) : value)),
  })
}

function showTiles(state) {
  const refused = state.requests.filter(isRefused).length
  const making = state.jobs.filter(({ status }) => status === 'PROCESSING').length
  const seen = state.requests.length + (state.requests_dropped || 0)
  const tiles = [
    ['On the chain', money(total(state.wallets.map(({ usdc }) => usdc))), 'USDC in wallets'],
    ['Credit', money(total(state.wallets.map(({ credit_usd }) => credit_usd))), 'prepaid, unspent'],
    ['Charged', money(total(state.charges.map((row) => row.amount_usd))),
      money(total(state.refunds.map((row) => row.amount_usd))) + ' refunded'],
    ['Videos', String(state.jobs.length), making ? making + ' in the making' : 'none in the making'],
    ['Requests', String(seen), refused + ' refused'],
  ]
  sync($('tiles'), tiles, {
    key: ([name]) => name,
    make: ([name]) => h('div', {}, h('dt', { text: name }), h('dd'), h('small')),
    update(node, [, value, note]) {
      write(node.children[1], value)
      write(node.children[2], note)
    },
  })
}

const eye = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    target.seen = isIntersecting
    if (!isIntersecting) target.pause()
    else if (!target.stopped && !matchMedia('(prefers-reduced-motion: reduce)').matches)
      target.play().catch(() => {})
  }
}, { threshold: 0.3 })

function videoOf(job) {
  const video = h('video', {
    controls: '', loop: '', playsinline: '', preload: 'metadata',
    'aria-label': job.model + ', ' + job.seconds + ' seconds',
    src: '/__sandbox/videos/' + encodeURIComponent(job.queue_id) + '#t=0.01',
  })
  video.muted = true
  // A person who pauses it wants it to stay paused.
  video.addEventListener('pause', () => { video.stopped = video.seen && !video.ended })
  video.addEventListener('play', () => { video.stopped = false })
  eye.observe(video)
  return video
}

const mediaWords = { deleted: 'Deleted by its owner', gone: 'The file is gone' }

function makeJob(job) {
  return h('article', { class: 'video' },
    h('div', { class: 'frame' }, h('div', { class: 'veil' }, h('span'), h('i', { class: 'bar' }))),
    h('div', { class: 'about' },
      h('div', { class: 'line' }, h('strong', { text: job.model }), h('span', { class: 'status' })),
      h('div', { class: 'line small' }, h('span', { class: 'shape' }), h('span', { class: 'price' })),
      h('div', { class: 'line small' }, tag(job.wallet, { dot: true }), tag(job.queue_id)),
      h('p', { class: 'note', hidden: '' })))
}

function updateJob(node, job) {
  const shown = job.status === 'COMPLETED' && job.media === 'held'
  const frame = node.querySelector('.frame')
  const video = frame.querySelector('video')
  if (shown && !video) frame.prepend(videoOf(job))
  if (!shown && video) { eye.unobserve(video); video.remove() }
  frame.lastElementChild.hidden = shown
  const [from, to, now] = [job.created_at, job.ready_at, clock.iso].map((iso) => Date.parse(iso))
  const part = Math.min(Math.max((now - from) / Math.max(to - from, 1), 0), 1)
  const left = Math.ceil(Math.max(to - now, 0) / 1000)
  const making = left ? 'ready in ' + left + ' s' : 'rendering …'
  write(frame.querySelector('span'), job.status === 'PROCESSING' ? making
    : job.status === 'FAILED' ? 'Failed' : mediaWords[job.media] || '')
  const bar = frame.querySelector('.bar')
  bar.hidden = job.status !== 'PROCESSING'
  bar.style.setProperty('--part', part)
  const status = node.querySelector('.status')
  mark(status, 'data-status', job.status)
  write(status, { COMPLETED: 'ready', FAILED: 'failed', PROCESSING: 'in the making' }[job.status] || job.status)
  write(node.querySelector('.shape'), job.width + ' × ' + job.height + ' · ' + job.seconds + ' s'
    + (job.private ? ' · private, ' + plural(job.downloads, 'download') : ''))
  write(node.querySelector('.price'), money(job.price_usd) + (job.refunded ? ' refunded' : ''))
  const note = node.querySelector('.note')
  note.hidden = !job.note
  write(note, job.note || '')
}

let allVideos = false
function showJobs(state) {
  const jobs = [...state.jobs].reverse()
  const shown = allVideos ? jobs : jobs.slice(0, 9)
  $('videos-empty').hidden = jobs.length > 0
  write($('videos-count'), jobs.length ? String(jobs.length) : '')
  sync($('videos'), shown, { key: (job) => job.queue_id, make: makeJob, update: updateJob })
  $('videos-more').hidden = jobs.length <= 9
  write($('videos-more'), allVideos ? 'Show the newest only' : 'Show all ' + jobs.length)
}

const isRefused = ({ status }) => status === null || status >= 400
const tone = ({ status }) =>
  status === null ? 'none' : status < 300 ? 'good' : status < 400 ? 'other' : status === 402 ? 'pay' : 'bad'

const log = { filter: 'all', search: '' }
function showRequests(state) {
  const words = log.search.toLowerCase()
  const shown = state.requests.filter((entry) =>
    (log.filter === 'all' || (log.filter === 'fault' ? entry.fault : isRefused(entry))) &&
    (!words || [entry.path, entry.verdict, entry.wallet, entry.fault, entry.method, entry.status]
      .join(' ').toLowerCase().includes(words))).reverse().slice(0, 200)
  const seen = state.requests.length + (state.requests_dropped || 0)
  write($('requests-count'), seen ? String(seen) : '')
  $('start').hidden = seen > 0
  $('requests-empty').hidden = seen === 0 || shown.length > 0
  sync($('requests'), shown, {
    key: (entry) => entry.seq,
    make: (entry) => h('li', {},
      h('span', { class: 'code' }),
      h('div', { class: 'what' },
        h('div', { class: 'route' }, h('b', { text: entry.method }), ' ',
          h('span', { text: entry.path, title: entry.path })),
        h('div', { class: 'verdict' })),
      h('div', { class: 'meta' }, h('time', { datetime: entry.at, text: time(entry.at), title: entry.at }))),
    update(node, entry) {
      mark(node, 'data-tone', tone(entry))
      write(node.children[0], entry.status === null ? '—' : String(entry.status))
      const verdict = node.querySelector('.verdict')
      write(verdict, entry.verdict)
      const meta = node.lastElementChild
      if (entry.wallet && !meta.querySelector('.tag')) meta.append(tag(entry.wallet, { dot: true }))
      if (entry.fault && !node.querySelector('.fault'))
        verdict.after(h('span', { class: 'fault', text: 'fault: ' + entry.fault }))
    },
  })
}

function showWallets(state) {
  $('wallets-empty').hidden = state.wallets.length > 0
  write($('wallets-count'), state.wallets.length ? String(state.wallets.length) : '')
  sync($('wallets'), state.wallets, {
    key: (wallet) => wallet.address,
    make: (wallet) => h('li', {},
      h('div', { class: 'line' }, tag(wallet.address, { dot: true }),
        h('button', { class: 'quiet', onclick: () => choose(wallet.address), text: 'Give …', type: 'button' })),
      h('dl', {}, h('div', {}, h('dt', { text: 'USDC on the chain' }), h('dd')),
        h('div', {}, h('dt', { text: 'Credit' }), h('dd')),
        h('div', { hidden: '' }, h('dt', { text: 'DIEM' }), h('dd')))),
    update(node, wallet) {
      const [usdc, credit, diem] = node.querySelectorAll('dd')
      write(usdc, money(wallet.usdc))
      write(credit, money(wallet.credit_usd))
      diem.parentElement.hidden = wallet.diem_usd === undefined
      write(diem, money(wallet.diem_usd || '0'))
    },
  })
  sync($('addresses'), state.wallets, {
    key: ({ address }) => address,
    make: ({ address }) => h('option', { value: address }),
  })
}

/** A table whose cells are text or elements. Rows never change once they are there. */
function table(parent, { columns, empty, key, rows }) {
  let body = parent.querySelector('tbody')
  if (!body) {
    body = h('tbody')
    const head = h('tr', {}, ...columns.map(([name]) => h('th', { scope: 'col', text: name })))
    parent.append(h('p', { class: 'empty', text: empty }), h('table', {}, h('thead', {}, head), body))
  }
  parent.firstElementChild.hidden = rows.length > 0
  parent.lastElementChild.hidden = rows.length === 0
  sync(body, rows.slice(-200).reverse(), {
    key,
    make: (row) => h('tr', {}, ...columns.map(([name, cell]) => h('td', { 'data-name': name }, cell(row)))),
  })
}

const nobody = /^0x0{40}$/
const party = (address, state) => address.toLowerCase() === state.chain.payTo.toLowerCase()
  ? h('span', { class: 'role', text: 'Venice' })
  : nobody.test(address) ? h('span', { class: 'role', text: 'minted' }) : tag(address, { dot: true })

function showTrail(state) {
  table($('transfers'), {
    columns: [
      ['Time', (row) => time(row.at)],
      ['From', (row) => party(row.from, state)],
      ['To', (row) => party(row.to, state)],
      ['USDC', (row) => money(row.amount_usdc)],
      ['Block', (row) => String(row.block)],
      ['Transaction', (row) => tag(row.transaction)],
    ],
    empty: 'No USDC has moved.',
    key: (row) => row.transaction,
    rows: state.chain.transfers,
  })
  table($('settlements'), {
    columns: [
      ['Time', (row) => time(row.at)],
      ['Payer', (row) => tag(row.payer, { dot: true })],
      ['Paid', (row) => money(row.amount_usd)],
      ['Credited', (row) => h('span', { class: row.credited ? 'yes' : 'no', text: row.credited ? 'yes' : 'no, the credit never came' })],
      ['Sent', (row) => (row.presented === 1 ? 'once' : row.presented + ' times')],
      ['Transaction', (row) => tag(row.transaction)],
    ],
    empty: 'No payment has settled.',
    key: (row) => [row.payment_id, row.credited, row.presented].join(),
    rows: state.settlements,
  })
  table($('rows'), {
    columns: [
      ['Time', (row) => time(row.createdAt)],
      ['Wallet', (row) => tag(row.wallet, { dot: true })],
      ['Row', (row) => h('span', { class: 'role', text: row.type.toLowerCase().replace('_', '-') })],
      ['Amount', (row) => money(row.amount)],
      ['Credit after', (row) => money(row.balanceAfter)],
      ['Model', (row) => row.modelId || '–'],
      ['Request', (row) => (row.requestId ? tag(row.requestId) : '–')],
    ],
    empty: 'No credit has been booked.',
    key: (row) => row.id,
    rows: state.rows,
  })
}
`
