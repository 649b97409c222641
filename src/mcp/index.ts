export { createMcpServer } from './createMcpServer.js'
export { serveStdio } from './serveStdio.js'
