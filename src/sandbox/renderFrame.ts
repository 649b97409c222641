/** Palettes as sky (top, horizon), water (back, front) and coin, each `[red, green, blue]`. */
const palettes = [
  [
    [24, 32, 92],
    [250, 138, 96],
    [148, 74, 110],
    [34, 24, 64],
    [255, 206, 92],
  ],
  [
    [10, 60, 110],
    [150, 220, 226],
    [34, 132, 160],
    [6, 44, 78],
    [255, 214, 110],
  ],
  [
    [64, 22, 84],
    [255, 150, 142],
    [170, 64, 112],
    [48, 16, 58],
    [255, 222, 130],
  ],
  [
    [8, 16, 40],
    [64, 96, 156],
    [28, 52, 104],
    [6, 12, 32],
    [238, 226, 190],
  ],
  [
    [40, 110, 150],
    [255, 226, 170],
    [84, 160, 150],
    [16, 76, 88],
    [250, 176, 60],
  ],
  [
    [96, 60, 130],
    [255, 206, 180],
    [214, 120, 130],
    [84, 40, 90],
    [255, 236, 160],
  ],
  [
    [16, 70, 66],
    [196, 226, 150],
    [60, 140, 104],
    [10, 52, 48],
    [252, 214, 84],
  ],
  [
    [120, 30, 40],
    [255, 190, 90],
    [200, 84, 52],
    [70, 16, 30],
    [255, 230, 140],
  ],
] as const satisfies readonly (readonly Rgb[])[]

/** How many different pictures there are. A seed chooses one; more would only fill the cache. */
export const variants = palettes.length

/**
 * Paints one frame of an endless loop: a spinning coin over the waves of a lagoon at dusk.
 *
 * Returns planar YUV 4:2:0 (BT.601, limited range), `width * height * 3 / 2` bytes. Both sides are
 * even. Frame `count` is frame 0 again, so that repeating the frames shows no seam.
 */
export function renderFrame(options: renderFrame.Options): Uint8Array {
  const { count, height, index, variant, width } = options
  const [top, horizon, back, front, gold] = palettes[variant % variants] ?? palettes[0]
  const unit = Math.min(width, height)
  const turn = (2 * Math.PI * index) / count
  const shoreline = height * 0.64
  const planes = planesOf(width, height)

  for (const plane of planes) {
    gradient(plane, top, horizon, shoreline)

    const x = width * (0.5 + 0.08 * Math.sin(turn + variant))
    const y = height * 0.38 + unit * 0.04 * Math.sin(2 * turn)
    const radius = unit * 0.19
    const facing = Math.max(Math.abs(Math.cos(turn / 2 + variant)), 0.07)
    for (let halo = 4; halo > 0; halo--)
      ellipse(plane, { color: gold, opacity: 0.07, x, y }, radius * (1 + halo / 5))
    ellipse(plane, { color: mix(gold, front, 0.35), x, y }, radius, facing)
    ellipse(plane, { color: gold, x, y }, radius * 0.92, facing)
    ellipse(plane, { color: mix(gold, front, 0.2), x, y }, radius * 0.74, facing)
    ellipse(plane, { color: mix(gold, white, 0.25), x, y }, radius * 0.68, facing)

    for (let layer = 0; layer < layers; layer++) {
      const depth = layer / (layers - 1)
      // Whole waves per loop and direction by turns: each layer is back where it began at the end.
      const phase = turn * (layer % 2 ? 1 : -1) + layer * 2 + variant
      const length = unit * (0.42 + 0.3 * depth)
      const rise = unit * (0.012 + 0.026 * depth)
      const base = shoreline + (height - shoreline) * 0.9 * depth ** 1.3
      const crest = (at: number) => base + rise * Math.sin((2 * Math.PI * at) / length + phase)
      wave(plane, mix(back, front, depth), crest, base - rise)
    }
  }
  return planes[0].data
}

export declare namespace renderFrame {
  type Options = {
    /** Frames in the loop. */
    count: number
    height: number
    /** Which frame of the loop, from 0. */
    index: number
    /** Which picture, from 0 to {@link variants} − 1. */
    variant: number
    width: number
  }
}

type Rgb = readonly [red: number, green: number, blue: number]

/** A view of one component; `step` is 1 for luma and 2 for the two chroma planes. */
type Plane = {
  channel: (color: Rgb) => number
  data: Uint8Array
  height: number
  offset: number
  step: 1 | 2
  width: number
}

const layers = 4
const white: Rgb = [255, 255, 255]

const luma = ([r, g, b]: Rgb) => 16 + 0.257 * r + 0.504 * g + 0.098 * b
const blueness = ([r, g, b]: Rgb) => 128 - 0.148 * r - 0.291 * g + 0.439 * b
const redness = ([r, g, b]: Rgb) => 128 + 0.439 * r - 0.368 * g - 0.071 * b

function planesOf(width: number, height: number) {
  const data = new Uint8Array((width * height * 3) / 2)
  const area = width * height
  const half = { data, height: height / 2, step: 2, width: width / 2 } as const
  return [
    { channel: luma, data, height, offset: 0, step: 1, width },
    { ...half, channel: blueness, offset: area },
    { ...half, channel: redness, offset: area + area / 4 },
  ] as const satisfies readonly Plane[]
}

function mix(from: Rgb, to: Rgb, part: number): Rgb {
  const at = (index: 0 | 1 | 2) => from[index] + (to[index] - from[index]) * part
  return [at(0), at(1), at(2)]
}

function gradient(plane: Plane, top: Rgb, bottom: Rgb, end: number) {
  const { channel, data, height, offset, step, width } = plane
  for (let row = 0; row < height; row++) {
    const value = channel(mix(top, bottom, Math.min((row * step) / end, 1) ** 1.2))
    data.fill(value, offset + row * width, offset + (row + 1) * width)
  }
}

type Spot = { color: Rgb; opacity?: number; x: number; y: number }

/** `facing` narrows the ellipse: a coin seen from the side is 0, from the front 1. */
function ellipse(plane: Plane, spot: Spot, radius: number, facing = 1) {
  const { channel, data, height, offset, step, width } = plane
  const { color, opacity = 1, x, y } = spot
  const value = channel(color)
  const first = Math.max(Math.ceil((y - radius) / step), 0)
  const last = Math.min(Math.floor((y + radius) / step), height - 1)
  for (let row = first; row <= last; row++) {
    const half = Math.sqrt(Math.max(radius ** 2 - (row * step - y) ** 2, 0)) * facing
    const from = offset + row * width + Math.max(Math.round((x - half) / step), 0)
    const to = offset + row * width + Math.min(Math.round((x + half) / step), width)
    if (opacity === 1) data.fill(value, from, to)
    else
      for (let at = from; at < to; at++)
        data[at] = (data[at] ?? 0) * (1 - opacity) + value * opacity
  }
}

/** Fills everything below a line; nothing of the line is above `top`. */
function wave(plane: Plane, color: Rgb, crest: (x: number) => number, top: number) {
  const { channel, data, height, offset, step, width } = plane
  const value = channel(color)
  const line = Int32Array.from({ length: width }, (_, column) => crest(column * step) / step)
  const deepest = line.reduce((a, b) => Math.max(a, b))
  for (let row = Math.max(Math.floor(top / step), 0); row < Math.min(deepest, height); row++)
    for (let column = 0; column < width; column++)
      if (row >= (line[column] ?? 0)) data[offset + row * width + column] = value
  data.fill(value, offset + Math.min(deepest, height) * width, offset + height * width)
}
