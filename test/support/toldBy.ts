/**
 * All that an error tells: its sentence, its JSON and its stack. Of the frames only the files' names
 * are left, because the folders above them may be called anything, a forbidden word included.
 */
export function toldBy(error: Error): string {
  const stack = (error.stack ?? '').replaceAll(frame, (line) => line.replace(folders, '…/'))
  return `${error.message}\n${JSON.stringify(error)}\n${stack}`
}

const frame = /^\s+at .*:\d+:\d+\)?$/gm
const folders = /(?:file:\/\/)?(?:[a-z]:)?[\\/].*[\\/]/i
