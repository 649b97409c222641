/**
 * Takes out of somebody else's words what may be a credential of ours that they repeat: keys,
 * signatures, header values, the queries of links, and the passwords in them.
 */
export function redact(text: string): string {
  return text
    .replaceAll(/\b(Bearer)\s+\S+/gi, '$1 […]')
    .replaceAll(/(https?:\/\/)[^\s/?#]+@/gi, '$1[…]@')
    .replaceAll(/(https?:\/\/[^\s?#]+)[?#]\S+/gi, '$1?[…]')
    .replaceAll(/[\w+/=-]{48,}/g, '[…]')
}
