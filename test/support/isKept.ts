/** Whether a file of the output folder holds bytes of one of these jobs that are no video. */
export function isKept(name: string, ids: readonly unknown[]): boolean {
  const [, id] = /^(\w+)\.unrecognised\.[0-9a-f]{16}\.bin$/.exec(name) ?? []
  return id !== undefined && ids.includes(id)
}
