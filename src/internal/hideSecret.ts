/** Shorter than this, a text is no secret, and taking it out would only spoil what is read. */
const shortest = 8

/** Creates what takes a secret out of a text, however JSON or a URL may have written it. */
export function hideSecret(secret = ''): (text: string) => string {
  if (secret.length < shortest) return (text) => text
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '')
  const url = encodeURIComponent(secret)
  const forms = [secret, secret.replaceAll('/', '\\/'), url, base64]
  return (text) => forms.reduce((rest, form) => rest.replaceAll(form, '[…]'), text)
}
