export { createMcpServer, type McpServer, type Transport } from './createMcpServer.js'
export { serveStdio } from './serveStdio.js'
