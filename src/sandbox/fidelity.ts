/**
 * How sure it is that Venice answers like this: `observed` on its live wire, `documented` by Venice, or
 * `decided` here because nobody says.
 */
export type Fidelity = 'decided' | 'documented' | 'observed'

/** Where an answer is known from. */
export const sources = {
  catalogue: 'Venice’s live catalogue and prices of 28 September 2026',
  document: 'Venice’s OpenAPI document of August 2026',
  guides: 'Venice’s guides of August 2026',
  here: 'nobody says; it is this sandbox’s choice',
  notes: 'Venice’s operator notes of 2 October 2026',
  recorded: 'traffic that others recorded, May and September 2026',
} as const

type Row = readonly [label: Fidelity, source: keyof typeof sources, says: string]

/**
 * Every answer of the API, by route, status and code; `any` is every route that has no row of its own. What an answer of one kind may say in several
 * sentences is as sure as its row; what is decided within it is said there.
 */
export const fidelity: Readonly<Record<string, Row>> = {
  'models 200': ['observed', 'catalogue', 'rows of the video models; other types are empty here'],
  'models 400': ['decided', 'here', 'an unknown type'],
  'other 200': [
    'documented',
    'notes',
    'traits and compatibility of models; no video model has any',
  ],
  'other 204': ['documented', 'notes', 'a link is revoked; the status is decided here'],
  'other 404': [
    'decided',
    'here',
    'a route that is not there, and those of Venice’s for other things than video',
  ],
  'other 410': [
    'documented',
    'notes',
    'a retired route; its sentence and successor are decided here',
  ],

  'any 400 PAYMENT_HEADER_NOT_ACCEPTED': ['documented', 'notes', 'a payment where none is taken'],
  'any 401': ['documented', 'document', 'an API key that is not known'],
  'any 401 X402_SIGN_IN': ['documented', 'notes', 'a sign-in that is not good, by its code'],
  'any 402': ['documented', 'notes', 'credit below the price, or an account without funds'],
  'any 402 discovery': ['documented', 'notes', 'no credentials'],
  'any 402 PAYMENT_REQUIRED': ['documented', 'notes', 'credit below the floor'],
  'any 413 PAYLOAD_TOO_LARGE': ['documented', 'document', 'a body of more than 35 MB'],
  'any 429': [
    'documented',
    'notes',
    'a full minute, a used-up error budget, or a sixth request in flight',
  ],

  'quote 200': [
    'observed',
    'catalogue',
    'the price; where Venice quotes none, the published tiers',
  ],
  'quote 400': ['documented', 'notes', 'a wrong body, field by field'],
  'quote 403': ['documented', 'notes', 'a blocked region, or an upscale without an API key'],
  'quote 404': ['documented', 'notes', 'no such model'],
  'quote 503': ['documented', 'document', 'a model that is offline'],

  'queue 200': ['documented', 'document', 'accepted; the form of the ids is decided here'],
  'queue 400': ['documented', 'notes', 'a wrong body, field by field'],
  'queue 403': ['documented', 'document', 'a blocked region'],
  'queue 404': ['documented', 'notes', 'no such model'],
  'queue 409 needs_consent': [
    'documented',
    'guides',
    'consent; whose face it is, nobody looks at here',
  ],
  'queue 422': ['documented', 'document', 'a prompt against the policy'],
  'queue 503': ['documented', 'document', 'a model that is offline'],

  'retrieve 200 PROCESSING': ['documented', 'document', 'how far it is'],
  'retrieve 200 COMPLETED': ['documented', 'notes', 'the file is behind the link'],
  'retrieve 200 video': ['documented', 'document', 'the file'],
  'retrieve 400': ['documented', 'notes', 'an id that is unknown or a day old, or a wrong body'],
  'retrieve 402 PAYMENT_REQUIRED': ['decided', 'here', 'credit below the floor: not even a look'],
  'retrieve 404': ['documented', 'document', 'the media are gone, or there is no such model'],
  'retrieve 422': ['documented', 'notes', 'the provider refuses it, in the flat shape'],
  'retrieve 422 provider_content_policy': ['documented', 'document', 'the provider refuses it'],
  'retrieve 500': ['documented', 'document', 'the job has failed, and says so again and again'],

  'complete 200': ['documented', 'document', 'the media are deleted; `documented` only'],
  'complete 400': ['documented', 'notes', 'what Venice answers to every id today'],

  'balance 200': ['observed', 'recorded', 'the credit, to eight decimals'],
  'balance 400': ['documented', 'document', 'no wallet in the path'],
  'balance 401': ['documented', 'notes', 'a sign-in that is not good, without a code'],
  'balance 403': ['documented', 'notes', 'another wallet'],
  'balance 429': ['documented', 'notes', 'a full minute; the answer does not say when it ends'],
  'transactions 200': [
    'observed',
    'recorded',
    'rows to eight decimals; when a charge is posted is decided here',
  ],
  'transactions 400': ['documented', 'document', 'a page that cannot be'],
  'transactions 401': ['documented', 'notes', 'a sign-in that is not good, without a code'],
  'transactions 403': ['documented', 'notes', 'another wallet'],
  'transactions 429': [
    'documented',
    'notes',
    'a full minute; the answer does not say when it ends',
  ],

  'top-up-discovery 402': ['observed', 'recorded', 'what can be paid'],
  'top-up-discovery 429': ['documented', 'notes', 'a full minute, by address of the caller'],
  'top-up-payment 200': [
    'observed',
    'recorded',
    'the credit; a re-send gets it again, which is decided here',
  ],
  'top-up-payment 400 INVALID_PAYMENT_FORMAT': [
    'observed',
    'recorded',
    'an envelope that is not taken',
  ],
  'top-up-payment 400': ['documented', 'notes', 'any other refusal of a payment, by its code'],
  'top-up-payment 402 SETTLEMENT_FAILED': ['documented', 'notes', 'nothing moved'],
  'top-up-payment 409 PAYMENT_IN_PROGRESS': ['documented', 'notes', 'this payment is settling'],
  'top-up-payment 504 SETTLEMENT_TIMEOUT': ['documented', 'notes', 'paid, and not credited yet'],

  'download 200': ['documented', 'notes', 'the file'],
  'download 404': ['decided', 'here', 'no such link, or no file yet'],
  'download 410': ['documented', 'notes', 'the link is used up, or a day old'],
  'download 429': ['documented', 'notes', 'too many downloads; ten are decided here'],

  fault: ['decided', 'here', 'what a fault asks for'],
  fixture: [
    'observed',
    'here',
    'what a live service answered to `zecchino probe`, from `--fixtures`',
  ],
}
