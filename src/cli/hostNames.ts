/** Programs that run agents, and that can be told of an MCP server. */
export const hostNames = ['claude-code', 'claude-desktop', 'cursor', 'vscode', 'codex'] as const
export type HostName = (typeof hostNames)[number]
