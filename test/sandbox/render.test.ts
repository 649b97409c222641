import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny'
import ts from 'typescript'
import { expect, test } from 'vitest'

import { createRenderer } from '../../src/sandbox/render.js'

const clumsy = new URL('fixtures/clumsyWorker.js', import.meta.url)

function setup(options: createRenderer.Options = {}) {
  const renderer = createRenderer(options)
  return { ...renderer, [Symbol.asyncDispose]: () => renderer.close() }
}

async function factsOf(file: Uint8Array) {
  using input = new Input({
    formats: ALL_FORMATS,
    source: new BufferSource(Uint8Array.from(file)),
  })
  const track = await input.getPrimaryVideoTrack()
  if (!track) throw new Error('no video track')
  const packets = { count: 0, keys: 0, marked: 0 }
  const sink = new EncodedPacketSink(track)
  for await (const packet of sink.packets(undefined, undefined, { verifyKeyPackets: true }))
    if (packet.type === 'key') packets.keys++
  for await (const packet of sink.packets()) {
    packets.count++
    if (packet.type === 'key') packets.marked++
  }
  return {
    codec: await track.getCodec(),
    height: await track.getDisplayHeight(),
    seconds: await input.computeDuration(),
    start: await input.getFirstTimestamp(),
    width: await track.getDisplayWidth(),
    ...packets,
  }
}

/** The encoded frames; the file around them also holds the time of its making. */
async function packetsOf(file: Uint8Array) {
  const source = new BufferSource(Uint8Array.from(file))
  using input = new Input({ formats: ALL_FORMATS, source })
  const track = await input.getPrimaryVideoTrack()
  const packets: string[] = []
  if (track)
    for await (const { data } of new EncodedPacketSink(track).packets())
      packets.push(Buffer.from(data).toString('base64'))
  return packets
}

test('default', async () => {
  await using renderer = setup()
  const file = await renderer.render({ height: 480, seconds: 5, seed: 7, width: 854 })

  expect(await factsOf(file)).toEqual({
    codec: 'avc',
    count: 120,
    height: 480,
    keys: 4,
    marked: 4,
    seconds: 5,
    start: 0,
    width: 854,
  })
})

test('behavior: exact size and length in every shape', async () => {
  await using renderer = setup()
  const shapes = [
    { height: 256, seconds: 1, width: 256 },
    { height: 854, seconds: 30, width: 480 },
    { height: 360, seconds: 4.4, width: 840 },
    { height: 630, seconds: 12, width: 270 },
    { height: 16, seconds: 0.01, width: 20 },
    { height: 1080, seconds: 2, width: 2520 },
  ]
  for (const shape of shapes) {
    const facts = await factsOf(await renderer.render({ ...shape, seed: 0 }))
    expect(facts).toMatchObject({ codec: 'avc', height: shape.height, width: shape.width })
    expect(Math.abs(facts.seconds - shape.seconds)).toBeLessThan(0.001)
    expect(facts.marked).toBe(facts.keys)
  }
})

test('behavior: the seed chooses the picture, and the same seed gives the same one', async () => {
  await using renderer = setup()
  await using other = setup()
  const spec = { height: 128, seconds: 1, seed: 0, width: 128 }
  const first = await packetsOf(await renderer.render(spec))

  expect(await packetsOf(await other.render(spec))).toEqual(first)
  expect(await packetsOf(await renderer.render({ ...spec, seed: 1 }))).not.toEqual(first)
  expect(await packetsOf(await renderer.render({ ...spec, seed: -1 }))).not.toEqual(first)
})

test('behavior: the picture moves', async () => {
  await using renderer = setup()
  const packets = await packetsOf(
    await renderer.render({ height: 256, seconds: 1, seed: 0, width: 256 }),
  )

  // A frame equal to the one before is a few bytes of "nothing changed".
  expect(Math.min(...packets.map((packet) => packet.length))).toBeGreaterThan(100)
})

test('behavior: the same video twice is made once', async () => {
  await using renderer = setup({ worker: clumsy })
  const spec = { height: 64, seconds: 1, seed: 9, width: 64 }
  const [first, second] = await Promise.all([renderer.render(spec), renderer.render(spec)])

  expect(second).toBe(first)
  expect(await renderer.render(spec)).toBe(first)
  expect(await renderer.render({ ...spec, width: 66 })).not.toBe(first)
})

test('error: sizes and lengths that cannot be rendered', async () => {
  await using renderer = setup()
  const spec = { height: 720, seconds: 5, seed: 0, width: 1280 }

  await expect(renderer.render({ ...spec, width: 1281 })).rejects.toThrow('1281 × 720 pixels')
  await expect(renderer.render({ ...spec, height: 2160, width: 3840 })).rejects.toThrow('pixels')
  await expect(renderer.render({ ...spec, height: 0 })).rejects.toThrow('1280 × 0 pixels')
  await expect(renderer.render({ ...spec, seconds: 0 })).rejects.toThrow('0 seconds')
  await expect(renderer.render({ ...spec, seconds: Number.NaN })).rejects.toThrow('NaN seconds')
  await expect(renderer.render({ ...spec, seconds: 601 })).rejects.toThrow('601 seconds')
  await expect(renderer.render({ ...spec, seed: 0.5 })).rejects.toThrow('a seed is an integer')
})

test('error: a thread that dies takes one video with it', async () => {
  await using renderer = setup({ worker: clumsy })
  const render = (seed: number) => renderer.render({ height: 64, seconds: 1, seed, width: 64 })

  const videos = await Promise.allSettled([render(7), render(1), render(8), render(2), render(9)])

  expect(
    videos.map((video) => ('reason' in video ? String(video.reason) : video.value[0])),
  ).toEqual([
    7,
    'Error: the rendering thread crashed',
    8,
    'Error: the rendering thread ended before the video was made',
    9,
  ])
})

test('error: a closed renderer makes nothing', async () => {
  await using renderer = setup({ worker: clumsy })
  const spec = { height: 64, seconds: 1, seed: 6, width: 64 }
  await renderer.render(spec)
  const underWay = renderer.render({ ...spec, seed: 3 })
  const refused = expect(underWay).rejects.toThrow('the rendering thread ended')
  await setImmediate()
  await renderer.close()

  await refused
  await expect(renderer.render(spec)).rejects.toThrow('the renderer is closed')
})

test('behavior: an idle thread prints nothing and lets the process end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zecchino-render-'))
  try {
    // Node 20 cannot run the TypeScript source, and the renderer is no entry of the build.
    const source = await readFile(new URL('../../src/sandbox/render.ts', import.meta.url), 'utf8')
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    })
    const script = `
      ${outputText}
      const renderer = createRenderer({ worker: new URL(${JSON.stringify(clumsy.href)}) })
      const file = await renderer.render({ height: 64, seconds: 1, seed: 8, width: 64 })
      console.log(JSON.stringify([...file]))`
    const path = join(folder, 'script.mjs')
    await writeFile(path, script)
    const child = spawnSync(process.execPath, [path], { encoding: 'utf8', timeout: 20_000 })

    expect({ status: child.status, stderr: child.stderr, stdout: child.stdout }).toEqual({
      status: 0,
      stderr: '',
      stdout: '[8]\n',
    })
  } finally {
    await rm(folder, { force: true, recursive: true })
  }
})
