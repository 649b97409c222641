export function timeFileOf(pid: number | undefined): string
