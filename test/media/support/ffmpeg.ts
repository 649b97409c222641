import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What ffprobe says about a file. Duration is seconds. */
export async function ffprobe(path: string) {
  const entries = 'format=format_name,duration:stream=codec_name,codec_type,width,height,duration'
  const { stdout } = await run('ffprobe', [
    '-v',
    'error',
    '-show_entries',
    entries,
    '-of',
    'json',
    path,
  ])
  const { format, streams } = JSON.parse(stdout) as {
    format: { duration: string; format_name: string }
    streams: { codec_name: string; codec_type: string; height: number; width: number }[]
  }
  const video = streams.find((stream) => stream.codec_type === 'video')
  return {
    codec: video?.codec_name,
    duration: Number(format.duration),
    format: format.format_name,
    height: video?.height,
    width: video?.width,
  }
}

/** Decodes every frame; gives how many there were and what the decoder complained about. */
export async function decode(path: string) {
  const args = ['-v', 'error', '-xerror', '-i', path, '-f', 'framemd5', '-']
  const { stderr, stdout } = await run('ffmpeg', args, { maxBuffer: 64 * 1024 * 1024 })
  const frames = stdout.split('\n').filter((line) => /^\d/.test(line))
  return { complaints: stderr, frames: frames.length }
}

/** Jumps to a second and decodes one frame there: its mean light, 0 to 255. */
export async function lightAt(path: string, second: number): Promise<number> {
  const filter = 'scale=16:16,format=gray'
  const place = ['-ss', String(second), '-i', path, '-frames:v', '1', '-vf', filter]
  const { stdout } = await run('ffmpeg', ['-v', 'error', ...place, '-f', 'rawvideo', '-'], {
    encoding: 'buffer',
  })
  if (stdout.length === 0) throw new Error(`there is no frame at ${second} s`)
  return stdout.reduce((sum, value) => sum + value, 0) / stdout.length
}
