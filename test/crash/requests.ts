/** A short video of a model that gives its file to whoever asks. */
export const request = {
  aspect_ratio: '1:1',
  audio: false,
  duration: '2s',
  model: 'wan-2-7-text-to-video',
  prompt: 'A gondola at dawn.',
  resolution: '720p',
}

/** One whose file is behind a link that only the queue answer carries. */
export const privateRequest = {
  aspect_ratio: '1:1',
  duration: '5s',
  model: 'longcat-distilled-text-to-video',
  prompt: 'A gondola at dawn.',
  resolution: '480p',
}
