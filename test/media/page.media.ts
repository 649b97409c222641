import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'

import { base64, setup, shortVideo } from '../sandbox/support/client.js'
import { openBrowser } from './support/browser.js'

/** A sandbox with credit in it, a browser on its page, and everything the page said and asked for. */
async function open(options: { height?: number; width?: number } = {}) {
  const { height = 1_000, width = 1_440 } = options
  const world = await setup()
  const browser = await openBrowser()
  const page = await browser.newPage({ viewport: { height, width } })
  const asked: string[] = []
  const said: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  page.on('console', (message) => said.push(message.text()))
  page.on('pageerror', (error) => said.push(error.message))
  return {
    ...world,
    asked,
    page,
    said,
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
    },
  }
}

type Api = Awaited<ReturnType<typeof setup>>['api']

async function makeVideo(api: Api) {
  const response = await api.call('/video/queue', { body: shortVideo })
  const job = (await response.json()) as { model: string; queue_id: string }
  await api.wait(job)
  return job
}

/** A value of the page, by an expression that runs in it. */
const read = <Value>(page: Page, expression: string) => page.evaluate<Value>(expression)

/** Waits until an expression is true in the page, whose policy forbids Playwright's own way. */
const until = (page: Page, expression: string) =>
  expect.poll(() => read(page, `Boolean(${expression})`), { timeout: 20_000 }).toBe(true)

test('default: money, a video that plays, and nothing from anywhere else', async () => {
  await using it = await open()
  const { api, asked, page, said, sandbox } = it
  await api.fill(5)
  const job = await makeVideo(api)
  await page.goto(`${sandbox.url}/`)

  await page.locator('#videos .status[data-status=COMPLETED]').waitFor()
  await until(page, `document.querySelector('#videos video')?.currentTime > 0.3`)
  const video = await read<object>(
    page,
    `(({ duration, videoHeight, videoWidth }) => ({ duration, videoHeight, videoWidth }))(
      document.querySelector('#videos video'))`,
  )
  expect(video).toEqual({ duration: 4, videoHeight: 480, videoWidth: 854 })
  expect(await page.locator('#tiles').innerText()).toContain('$4.86')
  expect(await page.locator('#wallets').innerText()).toContain('$4.86')
  expect(await page.locator('#transfers').innerText()).toContain('$5.00')
  await page.getByRole('tab', { name: 'Credit' }).click()
  expect(await page.locator('#rows').innerText()).toContain('−$0.14')
  expect(await page.locator('#requests').innerText()).toContain('/api/v1/video/retrieve')

  // Out of sight it rests, and back in sight it goes on.
  await read(page, `scrollTo(0, document.documentElement.scrollHeight)`)
  await until(page, `document.querySelector('#videos video').paused`)
  await page.locator('#videos video').scrollIntoViewIfNeeded()
  await until(page, `!document.querySelector('#videos video').paused`)

  // A second video and new rows in the log do not disturb the first one.
  await read(page, `document.querySelector('#videos video').marked = true`)
  await makeVideo(api)
  await until(page, `document.querySelectorAll('#videos video').length === 2`)
  const first = `[...document.querySelectorAll('#videos video')].find((video) => video.marked)`
  expect(await read(page, `${first}.src`)).toContain(job.queue_id)
  expect(await read(page, `${first}.paused`)).toBe(false)

  expect(asked.filter((url) => !url.startsWith(`${sandbox.url}/`))).toEqual(
    asked.filter((url) => url.startsWith('data:')),
  )
  expect(said).toEqual([])
})

test('behavior: why a sign-in was refused is there in words', async () => {
  await using it = await open()
  const { api, page, person, sandbox } = it
  const path = `/x402/balance/${person.address}`
  const header = await api.signIn()
  await api.call(path, { header })
  await api.call('/video/queue', { body: shortVideo, header })
  await api.call('/video/queue', {
    body: shortVideo,
    header: await api.signIn({ fields: { domain: 'evil.example' } }),
  })
  await page.goto(`${sandbox.url}/`)

  await page.getByText('its nonce was used before').waitFor()
  await page.getByText('the message is for evil.example, not for this server').waitFor()
  await page.getByRole('button', { name: 'Refused' }).click()
  expect(await page.locator('#requests .code').allInnerTexts()).toEqual(['401', '401'])
  await page.locator('#requests-search').fill('evil')
  expect(await page.locator('#requests .code').count()).toBe(1)
})

test('behavior: a fault is switched on, strikes, and is switched off', async () => {
  await using it = await open()
  const { api, page, sandbox } = it
  await api.fill(5)
  await page.goto(`${sandbox.url}/`)
  const toggle = page.getByRole('switch', { exact: true, name: 'capacity' })
  await toggle.click()
  await page.locator('#active li').waitFor()
  expect(await toggle.getAttribute('aria-checked')).toBe('true')

  expect((await api.call('/video/queue', { body: shortVideo })).status).toBe(503)
  await page.getByText('fault: capacity').waitFor()
  await page.getByText('struck 1 of 1').waitFor()
  expect(await toggle.getAttribute('aria-checked')).toBe('false')
  expect((await api.call('/video/queue', { body: shortVideo })).status).toBe(200)

  await page.getByRole('button', { name: 'Clear all' }).click()
  await page.locator('#active li').waitFor({ state: 'detached' })
  expect(await api.state()).toMatchObject({ faults: [] })
})

test('behavior: a fault is adjusted, and a wrong one is refused with the reason', async () => {
  await using it = await open()
  const { api, page, sandbox } = it
  await page.goto(`${sandbox.url}/`)
  const row = page.locator('#kinds li', { has: page.getByRole('switch', { name: 'price-lie' }) })
  await row.getByRole('button', { name: 'Adjust' }).click()
  await row.getByRole('textbox').fill('{"kind":"price-lie","route":"quote","factor":"a lot"}')
  await row.getByRole('button', { name: 'Switch on' }).click()
  await page.locator('#toast[data-bad]', { hasText: 'factor' }).waitFor()
  await row.getByRole('textbox').fill('{"kind":"price-lie","route":"quote","factor":2}')
  await row.getByRole('button', { name: 'Switch on' }).click()
  await page.locator('#active li').waitFor()

  const quote = await api.call('/video/quote', { body: shortVideo, header: '' })
  expect(await quote.json()).toEqual({ quote: 0.28 })
})

test('behavior: money is given, time advanced, everything forgotten', async () => {
  await using it = await open()
  const { api, page, person, sandbox } = it
  await page.goto(`${sandbox.url}/`)
  await page.getByLabel('Wallet', { exact: true }).fill(person.address)
  await page.getByLabel('USD', { exact: true }).fill('7.25')
  await page.getByRole('button', { name: 'Fund with USDC' }).click()
  await page.locator('#wallets', { hasText: '$7.25' }).waitFor()
  await page.getByLabel('USD', { exact: true }).fill('0.5')
  await page.getByRole('button', { name: 'Give credit' }).click()
  await page.locator('#wallets', { hasText: '$0.50' }).waitFor()

  const before = await api.time()
  await page.getByRole('button', { name: '+1 h' }).click()
  await page.locator('#toast', { hasText: 'It is later now' }).waitFor()
  expect((await api.time()).getTime() - before.getTime()).toBeGreaterThanOrEqual(3_600_000)

  await page.getByRole('button', { name: 'Reset the sandbox' }).click()
  expect(await api.state()).toMatchObject({ wallets: [{ credit_usd: '0.5' }] })
  await page.getByRole('button', { name: 'Click again' }).click()
  await page.getByText('No wallet is known').waitFor()
  expect(await api.state()).toMatchObject({ wallets: [] })
})

test('behavior: what a hostile client sends is text', async () => {
  await using it = await open()
  const { api, page, said, sandbox } = it
  const markup = '<img src=x onerror="document.title=1">'
  const proof = { address: markup, message: markup, signature: markup }
  await api.call('/video/queue', { body: shortVideo, header: base64(proof) })
  await api.call(`/${encodeURIComponent(markup)}`, { header: '' })
  await page.goto(`${sandbox.url}/`)

  await page.locator('#requests', { hasText: '<img' }).waitFor()
  expect(await page.locator('#requests img').count()).toBe(0)
  expect(await page.title()).toBe('Zecchino sandbox')
  expect(said).toEqual([])
})

test('behavior: fits a phone', async () => {
  await using it = await open({ height: 844, width: 390 })
  const { api, page, sandbox } = it
  await api.fill(5)
  await makeVideo(api)
  await page.goto(`${sandbox.url}/`)
  await page.locator('#videos video').waitFor()

  expect(await read(page, 'document.documentElement.scrollWidth')).toBe(390)
})

test('error: a sandbox that is gone is said so', async () => {
  await using it = await open()
  const { page, sandbox } = it
  await page.goto(`${sandbox.url}/`)
  await page.locator('#facts dd').first().waitFor()
  await sandbox.close()

  await page.getByText('The sandbox does not answer').waitFor()
})
