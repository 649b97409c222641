// Prints how long the sandbox takes to start, to answer and to render. Asserts nothing.
const start = performance.now()
const { listenSandbox } = await import('../../dist/sandbox/index.js')
const loaded = performance.now()
const sandbox = await listenSandbox()
const rows = [
  ['import', loaded - start],
  ['listen', performance.now() - loaded],
]
await timed('first request (models)', () => fetch(`${sandbox.apiUrl}/models?type=video`))
await timed('second request (models)', () => fetch(`${sandbox.apiUrl}/models?type=video`))
await sandbox.close()

const { createRenderer } = await import('../../dist/sandbox/render.js')
const renderer = createRenderer()
const sizes = [
  [854, 480],
  [1280, 720],
  [1080, 1920],
  [1920, 1080],
  [2520, 1080],
]
for (const [width, height] of sizes) {
  for (const [seconds, what] of [
    [5, 'first of its size'],
    [30, 'same size, another length'],
    [5, 'the same again'],
  ]) {
    const job = { height, seconds, seed: 1, width }
    await timed(`render ${width}x${height}, ${seconds} s, ${what}`, () => renderer.render(job))
  }
}
await renderer.close()
for (const [name, ms] of rows) console.log(`${ms.toFixed(1).padStart(9)} ms  ${name}`)

async function timed(name, run) {
  const from = performance.now()
  const result = await run()
  if (result instanceof Response) await result.arrayBuffer()
  rows.push([name, performance.now() - from])
}
