import { cheap, linked } from '../support/cheap.js'

/** A short video of a model that gives its file to whoever asks. */
export const request = { ...cheap, aspect_ratio: '1:1', audio: false }

/** One whose file is behind a link that only the queue answer carries. */
export const privateRequest = { ...linked }
