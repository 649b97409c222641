export { type Connection, createSandbox, type Sandbox } from './createSandbox.js'
export { ListenError, listenSandbox, type Listening } from './listen.js'
export type { Behavior, Limits } from './world.js'
