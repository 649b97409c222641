/** What each vendor's API takes of a schema, as its documents said in November 2026. */
const limits = {
  anthropic: { name: /^[a-zA-Z0-9_-]{1,128}$/ },
  gemini: {
    name: /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/,
    stringEnums: true,
    words:
      'additionalProperties anyOf default description enum example format items maxItems maxLength maxProperties maximum minItems minLength minProperties minimum nullable pattern properties propertyOrdering required title type',
  },
  openai: {
    depth: 10,
    name: /^[a-zA-Z0-9_-]{1,64}$/,
    properties: 5_000,
    strict: true,
    words:
      '$schema additionalProperties anyOf const description enum exclusiveMaximum exclusiveMinimum format items maxItems maximum minItems minimum multipleOf pattern properties required type',
  },
}

/** Where a tool, as a vendor's client has converted it, says what that vendor does not take. */
export function breachesOf(vendor, { name, schema, strict }) {
  const limit = limits[vendor]
  const words = limit.words && new Set(limit.words.split(' '))
  const found = []
  let count = 0
  if (!limit.name.test(name)) found.push(`the name ${name}`)
  if (limit.strict && strict !== true) found.push(`${name} is not strict`)
  if (String(schema?.type).toLowerCase() !== 'object') found.push(`${name} takes no object`)
  look(schema ?? {}, name, 1)
  if (count > (limit.properties ?? Infinity)) found.push(`${name} has ${count} properties`)
  return found

  function look(part, path, depth) {
    if (depth > (limit.depth ?? Infinity)) found.push(`${path} is ${depth} deep`)
    for (const word of Object.keys(part))
      if (words && !words.has(word)) found.push(`${path} says ${word}`)
    if (limit.stringEnums && part.enum?.some((one) => typeof one !== 'string'))
      found.push(`${path} lists what is no text`)
    if (limit.stringEnums && Array.isArray(part.type)) found.push(`${path} has several types`)
    const properties = Object.entries(part.properties ?? {})
    count += properties.length
    if (limit.strict && part.properties) {
      if (part.additionalProperties !== false) found.push(`${path} takes anything`)
      const missing = properties.filter(([key]) => !part.required?.includes(key))
      for (const [key] of missing) found.push(`${path}.${key} is not required`)
    }
    for (const [key, one] of properties) look(one, `${path}.${key}`, depth + 1)
    if (part.items) look(part.items, `${path}[]`, depth + 1)
    for (const one of part.anyOf ?? []) look(one, path, depth)
  }
}
