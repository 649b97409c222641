/**
 * The tables, as Kysely sees them. Both engines answer with the same types: integers are `bigint`
 * (micro-dollars, or unix milliseconds), JSON and enumerations are text.
 */
export type Schema = {
  approval: {
    account: string
    created_at: bigint
    expires_at: bigint
    hash: string
    id: string
    job_id: string
    status: string
    top_up: bigint
  }
  attempt: {
    account: string
    at: bigint
    envelope: string
    number: bigint
    payment_id: string
    refused: string | null
  }
  budget: {
    account: string
    cap: bigint
    overrun: bigint
    scope: string
    slot: string
    used: bigint
  }
  event: {
    account: string
    at: bigint
    data: string
    hash: string
    previous: string
    seq: bigint
    subject: string
    type: string
  }
  job: {
    account: string
    /** JSON: which bad news is heard, and since when. */
    bad_news: string | null
    budget_day: string | null
    /** When price and policy were last held against it. */
    checked_at: bigint | null
    consent: string | null
    created_at: bigint
    detail: string | null
    estimate: bigint | null
    file: string | null
    hash: string
    id: string
    lease_owner: string | null
    lease_until: bigint | null
    /** JSON: how often the link to the file was used, and when last. */
    link_uses: string | null
    model: string
    price: bigint
    /** By the provider's clock. */
    provider_sent_at: bigint | null
    queue_id: string | null
    queued_at: bigint | null
    quote_id: string
    refund: bigint | null
    reserved: bigint
    sealed_sign_in: string | null
    sealed_url: string | null
    sent_at: bigint | null
    status: string
    updated_at: bigint
  }
  payment: {
    account: string
    /** What a person agreed to, if somebody had to. */
    agreed: bigint | null
    amount: bigint
    budget_day: string
    created_at: bigint
    detail: string | null
    id: string
    job_id: string | null
    nonce: string
    pay_to: string
    payment_id: string | null
    /** What was signed, sealed; before the third version the header that it is presented with. */
    sealed_header: string | null
    sent_at: bigint | null
    seq: bigint
    settlement: string | null
    status: string
    updated_at: bigint
    valid_before: bigint
  }
  policy: { account: string; at: bigint; author: string; body: string; version: bigint }
  provider_link: { account: string; row_id: string; subject: string }
  provider_row: {
    account: string
    amount: bigint
    body: string
    created_at: bigint
    id: string
    type: string
  }
  quote: {
    account: string
    body: string
    created_at: bigint
    estimate: bigint
    expires_at: bigint
    hash: string
    id: string
    model: string
    price: bigint
  }
  schema_version: { ledger: string | null; one: bigint; version: bigint }
  wallet: {
    account: string
    events: bigint
    frozen_at: bigint | null
    frozen_reason: string | null
    head: string
    last_seen: bigint
    payee: string | null
  }
}
