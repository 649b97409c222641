/** A bug to be planted, and what has to find it. */
export type Bug = {
  /** Each text occurs exactly once in its file. */
  edits: readonly Edit[]
  /** A test file and the titles that matter, or a prover and its options. */
  finder:
    | { test: string; titles?: string | undefined }
    | { prove: 'budget' | 'powerloss'; args: readonly string[] }
  name: string
}
type Edit = { file: string; from: string; to: string }

/** Names a bug, its finder, and what it replaces in which source file. */
export function bug(
  name: string,
  finder: Bug['finder'],
  ...edits: readonly (readonly [file: string, from: string, to: string])[]
): Bug {
  return {
    edits: edits.map(([file, from, to]) => ({ file: `src/${file}`, from, to })),
    finder,
    name,
  }
}
