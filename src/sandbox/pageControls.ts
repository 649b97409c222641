/** Client script, last part: faults, forms, and the poll that keeps everything up to date. */
export const pageControls = String.raw`
const isLive = (fault) => fault.times === 'always' || fault.hits < fault.times
const faultPanel = { active: [], kinds: [], search: '' }

const addFault = async (fault) => {
  if (await call('POST', '/faults', fault)) toast('On: ' + (fault.kind || 'faults'))
  await refresh()
}
const removeFaults = async (faults) => {
  for (const fault of faults) await call('DELETE', '/faults/' + encodeURIComponent(fault.id))
  await refresh()
}

function makeKind({ does, example, kind }) {
  const edit = h('textarea', { 'aria-label': 'Fault as JSON', rows: '6', spellcheck: 'false' })
  edit.value = JSON.stringify(example, null, 2)
  const form = h('form', { hidden: '' }, edit, h('button', { text: 'Switch on', type: 'submit' }))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    try {
      void addFault(JSON.parse(edit.value))
    } catch (error) {
      toast('Not JSON: ' + error.message, true)
    }
  })
  const adjust = h('button', { 'aria-expanded': 'false', class: 'quiet', text: 'Adjust', type: 'button' })
  adjust.addEventListener('click', () => {
    form.hidden = !form.hidden
    mark(adjust, 'aria-expanded', String(!form.hidden))
  })
  const toggle = h('button', { 'aria-checked': 'false', 'aria-label': kind, class: 'switch', role: 'switch', type: 'button' }, h('i'))
  toggle.addEventListener('click', () => {
    const mine = faultPanel.active.filter((fault) => fault.kind === kind)
    void (mine.some(isLive) ? removeFaults(mine) : addFault(example))
  })
  return h('li', {}, toggle,
    h('div', { class: 'grow' },
      h('div', { class: 'line' }, h('span', {}, h('code', { text: kind }), ' ', h('small', { text: 'on ' + example.route })), adjust),
      h('p', {}, ...prose(does)), form))
}

function showKinds() {
  const words = faultPanel.search.toLowerCase()
  for (const [index, { does, example, kind }] of faultPanel.kinds.entries()) {
    const node = $('kinds').children[index]
    node.hidden = ![kind, does, example.route].join(' ').toLowerCase().includes(words)
    const on = faultPanel.active.some((fault) => fault.kind === kind && isLive(fault))
    mark(node.firstElementChild, 'aria-checked', String(on))
  }
}

function showFaults(state) {
  faultPanel.active = state.faults
  const live = state.faults.filter(isLive).length
  write($('faults-count'), live ? live + ' on' : '')
  $('faults-clear').hidden = state.faults.length === 0
  sync($('active'), [...state.faults].reverse(), {
    key: (fault) => fault.id,
    make: (fault) => h('li', {},
      h('div', {}, h('code', { text: fault.kind }), ' ', h('small', { text: 'on ' + fault.route + (fault.when ? ', ' + fault.when : '') })),
      h('small', { class: 'hits' }),
      h('button', { 'aria-label': 'Remove ' + fault.kind, class: 'quiet', onclick: () => removeFaults([fault]), text: 'Remove', type: 'button' })),
    update(node, fault) {
      mark(node, 'data-over', !isLive(fault))
      const of = fault.times === 'always' ? '' : ' of ' + fault.times
      write(node.querySelector('.hits'), 'struck ' + fault.hits + of)
    },
  })
  showKinds()
}

/** The simulated time of the last state, and when it came: between two states the clock goes on. */
const clock = { iso: '', at: 0 }
function tick() {
  if (!clock.iso) return
  const now = new Date(Date.parse(clock.iso) + Date.now() - clock.at)
  write($('now'), now.toLocaleString([], { day: 'numeric', hour: '2-digit', hour12: false, minute: '2-digit', month: 'short', second: '2-digit' }))
}

let last
function show(state) {
  last = state
  Object.assign(clock, { at: Date.now(), iso: state.now })
  tick()
  for (const view of [showFacts, showTiles, showJobs, showRequests, showWallets, showTrail, showFaults]) view(state)
}

let asking
/** One state at a time; whoever asks meanwhile gets the same one, and then a newer one. */
async function refresh() {
  await asking
  asking = (async () => {
    try {
      const response = await fetch('/__sandbox/state?requests=1000')
      show(await response.json())
      $('banner').hidden = true
    } catch (error) {
      $('banner').hidden = false
      write($('banner'), 'The sandbox does not answer. This is the last thing it said. (' + error.message + ')')
    }
  })()
  await asking
}

async function poll() {
  if (!document.hidden) await refresh()
  setTimeout(poll, 1000)
}

const choose = (address) => {
  $('give').elements.address.value = address
  $('give').elements.usd.select()
}

$('give').addEventListener('submit', async (event) => {
  event.preventDefault()
  const { address, usd } = event.target.elements
  const credit = event.submitter && event.submitter.value === 'credit'
  const body = credit ? { address: address.value, usd: usd.value } : { address: address.value, usdc: usd.value }
  if (await call('POST', credit ? '/credit' : '/fund', body))
    toast(money(usd.value) + (credit ? ' of credit given.' : ' in USDC given.'))
  await refresh()
})
$('advance').addEventListener('click', async ({ target }) => {
  if (!target.dataset.ms) return
  if (await call('POST', '/time', { advance_ms: Number(target.dataset.ms) })) toast('It is later now: ' + target.textContent)
  await refresh()
})
$('requests-filter').addEventListener('click', ({ target }) => {
  if (!target.dataset.filter) return
  log.filter = target.dataset.filter
  for (const button of target.parentElement.children) mark(button, 'aria-pressed', String(button === target))
  if (last) showRequests(last)
})
$('requests-search').addEventListener('input', ({ target }) => {
  log.search = target.value
  if (last) showRequests(last)
})
$('faults-search').addEventListener('input', ({ target }) => {
  faultPanel.search = target.value
  showKinds()
})
$('faults-clear').addEventListener('click', async () => {
  if (await call('DELETE', '/faults')) toast('All faults are off.')
  await refresh()
})
$('videos-more').addEventListener('click', () => {
  allVideos = !allVideos
  if (last) showJobs(last)
})
$('trail-tabs').addEventListener('click', ({ target }) => {
  if (target.role !== 'tab') return
  for (const tab of target.parentElement.children) {
    mark(tab, 'aria-selected', String(tab === target))
    $(tab.getAttribute('aria-controls')).hidden = tab !== target
  }
})

let sure
$('reset').addEventListener('click', async ({ target }) => {
  if (!sure) {
    write(target, 'Click again to forget everything')
    sure = setTimeout(() => { sure = undefined; write(target, 'Reset the sandbox') }, 3000)
    return
  }
  clearTimeout(sure)
  sure = undefined
  write(target, 'Reset the sandbox')
  if (await call('POST', '/reset')) toast('Everything is forgotten.')
  await refresh()
})

write($('start-code'), 'curl ' + location.origin + '/api/v1/models?type=video\n\nZECCHINO_PROFILE=sandbox ZECCHINO_API_URL=' + location.origin + '/api/v1 zecchino wallet')
setInterval(tick, 250)
void call('GET', '/faults/kinds').then((answer) => {
  faultPanel.kinds = answer ? answer.kinds : []
  $('kinds').append(...faultPanel.kinds.map(makeKind))
  showKinds()
})
void poll()
`
