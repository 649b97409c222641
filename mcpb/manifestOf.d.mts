type Input = {
  default: string
  required: boolean
  sensitive?: boolean
  title: string
  type: string
}

/** Makes the manifest of a bundle. */
export function manifestOf(options: {
  answers: { tools: { tools: readonly { description: string; name: string }[] } }
  pack: Record<string, unknown>
  /** Such as `linux-x64-gnu`. */
  target: string
}): { user_config: Record<'home' | 'output_dir' | 'private_key' | 'profile', Input> }
