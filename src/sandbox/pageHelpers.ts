/** Client script, first part: making elements, keeping them, and writing values for people. */
export const pageHelpers = String.raw`
const $ = (id) => document.getElementById(id)

/** Makes an element. Text is always text: nothing here parses HTML. */
function h(tag, props, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(props || {})) {
    if (name === 'text') node.textContent = value
    else if (name === 'class') node.className = value
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else node.setAttribute(name, value)
  }
  node.append(...children)
  return node
}

/** Writes only what changed, so that a selection in the text survives. */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text
}

function mark(node, name, value) {
  if (value === undefined || value === false) node.removeAttribute(name)
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value)
}

/**
 * Makes the children of a parent the items, by key: what stays is updated and not moved, because a
 * video that moves in the document stops playing.
 */
function sync(parent, items, { key, make, update }) {
  const keys = new Set(items.map((item) => String(key(item))))
  const kept = new Map()
  for (const node of [...parent.children])
    if (keys.has(node.dataset.key)) kept.set(node.dataset.key, node)
    else node.remove()
  let at = parent.firstElementChild
  for (const item of items) {
    const name = String(key(item))
    const node = kept.get(name) || make(item)
    node.dataset.key = name
    if (node === at) at = at.nextElementSibling
    else parent.insertBefore(node, at)
    if (update) update(node, item)
  }
}

function money(value) {
  const text = String(value)
  const bare = text.replace(/^-/, '')
  const [whole, fraction = ''] = bare.split('.')
  return (text === bare ? '' : '−') + '$' + whole + '.' + fraction.padEnd(2, '0')
}

/** Adds decimal strings without going through floating point. */
function total(values) {
  const micro = (value) => {
    const [whole, fraction = ''] = String(value).split('.')
    return BigInt(whole + fraction.padEnd(6, '0').slice(0, 6))
  }
  const digits = values.reduce((sum, value) => sum + micro(value), 0n).toString().padStart(7, '0')
  return (digits.slice(0, -6) + '.' + digits.slice(-6)).replace(/\.?0+$/, '')
}

/** Wallets are told apart by their digits; the case of those is a checksum. */
const short = (text) => {
  const plain = /^0x[0-9a-f]{40}$/i.test(text) ? text.toLowerCase() : text
  return plain.length > 16 ? plain.slice(0, 6) + '…' + plain.slice(-4) : plain
}
const backtick = String.fromCharCode(96)
/** Text with code in backticks, as in the documentation. */
const prose = (text) =>
  text.split(backtick).map((part, index) => (index % 2 ? h('code', { text: part }) : part))

const time = (iso) => new Date(iso).toLocaleTimeString([], { hour12: false })
const plural = (count, word) => count + ' ' + word + (count === 1 ? '' : 's')
const hueOf = (text) => (Number.parseInt(String(text).slice(2, 8), 16) || 0) % 360

/** An address, transaction or id: shortened, with its own colour, and copied with a click. */
function tag(text, { dot = false } = {}) {
  const node = h('button', { class: 'tag', title: text + ' (click to copy)', type: 'button' })
  if (dot) {
    const spot = h('i', { class: 'dot' })
    spot.style.setProperty('--hue', hueOf(text))
    node.append(spot)
  }
  node.append(h('span', { text: short(text) }))
  node.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text).then(
      () => toast('Copied.'),
      () => toast(text),
    )
  })
  return node
}

let toastTimer
function toast(text, bad = false) {
  const node = $('toast')
  write(node, text)
  mark(node, 'data-bad', bad)
  mark(node, 'data-shown', true)
  clearTimeout(toastTimer)
  toastTimer = setTimeout(() => mark(node, 'data-shown', false), bad ? 6000 : 2500)
}

/** Calls the control API; what it refuses is shown, and gives undefined. */
async function call(method, path, body) {
  try {
    const response = await fetch('/__sandbox' + path, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    })
    const answer = await response.json()
    if (response.ok) return answer
    const details = Array.isArray(answer.details) ? answer.details.join('; ') : ''
    toast([answer.error || 'Refused', details].filter(Boolean).join(' '), true)
  } catch (error) {
    toast('The sandbox does not answer: ' + error.message, true)
  }
}
`
