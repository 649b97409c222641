import * as z from 'zod'

/** A chain as any of its three forms, and as the bare number that the text has. */
const Chain = z
  .union([z.number().int().positive(), z.string().regex(/^(eip155:)?\d+$/)])
  .transform((chain) => String(chain).replace('eip155:', ''))

/**
 * The fields of x402's own sign-in header, which carries no text. Six are needed, a nonce among them,
 * which has a code of its own; absent means absent: no null.
 */
const Fields = z.object({
  domain: z.string(),
  address: z.string(),
  statement: z.string().optional(),
  uri: z.string(),
  version: z.string().default('1'),
  chainId: Chain,
  nonce: z.string().optional(),
  issuedAt: z.string(),
  expirationTime: z.string().optional(),
  notBefore: z.string().optional(),
  requestId: z.string().optional(),
  resources: z.array(z.string()).optional(),
})

/**
 * Rebuilds the EIP-4361 text from structured fields, each string verbatim: a timestamp that went
 * through a `Date` would no longer be what was signed. `undefined` when they are not such fields.
 */
export function signInText(value: unknown): string | undefined {
  const parsed = Fields.safeParse(value)
  if (!parsed.success) return undefined
  const fields = parsed.data
  const optional = (name: string, text: string | undefined) =>
    text === undefined ? [] : [`${name}: ${text}`]
  return [
    `${fields.domain} wants you to sign in with your Ethereum account:`,
    fields.address,
    '',
    ...(fields.statement === undefined ? [''] : [fields.statement, '']),
    `URI: ${fields.uri}`,
    `Version: ${fields.version}`,
    `Chain ID: ${fields.chainId}`,
    ...optional('Nonce', fields.nonce),
    `Issued At: ${fields.issuedAt}`,
    ...optional('Expiration Time', fields.expirationTime),
    ...optional('Not Before', fields.notBefore),
    ...optional('Request ID', fields.requestId),
    ...(fields.resources ? ['Resources:', ...fields.resources.map((uri) => `- ${uri}`)] : []),
  ].join('\n')
}
