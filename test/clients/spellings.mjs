/** How hosts and models were seen to spell arguments: what each makes of those that a schema wants. */
export const spellings = {
  /** OpenAI's strict mode wants every field, and has `null` for what is left out. */
  nulls: ({ properties }, args) => ({
    ...Object.fromEntries(Object.keys(properties).map((key) => [key, null])),
    ...args,
  }),
  /** Amounts as numbers. */
  numbers: ({ properties }, args) =>
    changed(args, (value, key) =>
      properties[key].type === 'string' && /^\d+\.\d+$/.test(value) ? Number(value) : value,
    ),
  /** Hosts without calls that take nothing put something in. */
  placeholder: ({ properties }, args) =>
    Object.keys(properties).length === 0 ? { random_string: 'x' } : args,
  /** Lists, numbers, yes and no as JSON text. */
  texts: (_, args) => changed(args, (value) => (value === null ? null : textOf(value))),
}

/** A value as text, JSON where it is none. */
export function textOf(value) {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function changed(args, change) {
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, change(value, key)]))
}
