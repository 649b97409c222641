export function targetOf(bytes: Buffer): { arch: string; platform: string } | undefined
