import { type Kysely, sql } from 'kysely'

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
    budget_day: string | null
    consent: string | null
    created_at: bigint
    detail: string | null
    estimate: bigint | null
    file: string | null
    hash: string
    id: string
    lease_owner: string | null
    lease_until: bigint | null
    model: string
    price: bigint
    queue_id: string | null
    queued_at: bigint | null
    quote_id: string
    refund: bigint | null
    reserved: bigint
    sealed_url: string | null
    sent_at: bigint | null
    status: string
    updated_at: bigint
  }
  payment: {
    account: string
    amount: bigint
    budget_day: string
    created_at: bigint
    detail: string | null
    id: string
    job_id: string | null
    nonce: string
    pay_to: string
    payment_id: string | null
    sealed_header: string | null
    sent_at: bigint | null
    seq: bigint
    settlement: string | null
    status: string
    updated_at: bigint
    valid_before: bigint
  }
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
  schema_version: { one: bigint; version: bigint }
  wallet: {
    account: string
    frozen_at: bigint | null
    frozen_reason: string | null
    last_seen: bigint
    payee: string | null
  }
}

/** The schema this version reads and writes. */
export const version = 1

/** Statements that bring the schema from one version to the next; the same on both engines. */
export const migrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE wallet (
      account TEXT PRIMARY KEY,
      last_seen BIGINT NOT NULL,
      frozen_at BIGINT,
      frozen_reason TEXT,
      payee TEXT
    )`,
    `CREATE TABLE quote (
      id TEXT PRIMARY KEY,
      account TEXT NOT NULL,
      model TEXT NOT NULL,
      body TEXT NOT NULL,
      hash TEXT NOT NULL,
      price BIGINT NOT NULL CHECK (price >= 0),
      estimate BIGINT NOT NULL CHECK (estimate IN (0, 1)),
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    )`,
    `CREATE TABLE job (
      id TEXT PRIMARY KEY,
      account TEXT NOT NULL,
      quote_id TEXT NOT NULL REFERENCES quote (id),
      status TEXT NOT NULL CHECK (status IN (
        'needs_approval', 'needs_consent', 'intent', 'reserved', 'sending', 'queued', 'ready',
        'saved', 'cleaned', 'rejected', 'failed_refunded', 'failed_unrefunded', 'ambiguous',
        'lost_media', 'abandoned')),
      model TEXT NOT NULL,
      hash TEXT NOT NULL,
      price BIGINT NOT NULL CHECK (price >= 0),
      reserved BIGINT NOT NULL CHECK (reserved >= 0),
      budget_day TEXT,
      queue_id TEXT,
      sealed_url TEXT,
      sent_at BIGINT,
      queued_at BIGINT,
      estimate BIGINT,
      file TEXT,
      refund BIGINT,
      detail TEXT,
      consent TEXT,
      lease_owner TEXT,
      lease_until BIGINT,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL
    )`,
    'CREATE UNIQUE INDEX job_one_per_quote ON job (quote_id)',
    `CREATE UNIQUE INDEX job_one_sending ON job (account) WHERE status = 'sending'`,
    'CREATE UNIQUE INDEX job_one_per_queue_id ON job (account, queue_id) WHERE queue_id IS NOT NULL',
    'CREATE INDEX job_by_status ON job (account, status, created_at)',
    `CREATE TABLE approval (
      id TEXT PRIMARY KEY,
      account TEXT NOT NULL,
      job_id TEXT NOT NULL UNIQUE REFERENCES job (id),
      hash TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('open', 'approved', 'denied', 'used')),
      top_up BIGINT NOT NULL CHECK (top_up >= 0),
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    )`,
    `CREATE TABLE budget (
      account TEXT NOT NULL,
      scope TEXT NOT NULL,
      slot TEXT NOT NULL,
      cap BIGINT NOT NULL,
      used BIGINT NOT NULL,
      overrun BIGINT NOT NULL DEFAULT 0 CHECK (overrun >= 0),
      PRIMARY KEY (account, scope, slot),
      CHECK (used >= 0 AND used <= cap)
    )`,
    `CREATE TABLE payment (
      id TEXT PRIMARY KEY,
      account TEXT NOT NULL,
      seq BIGINT NOT NULL,
      job_id TEXT,
      status TEXT NOT NULL CHECK (status IN (
        'intent', 'signed', 'sent', 'unknown', 'credited', 'failed_unpaid', 'paid_not_credited',
        'abandoned')),
      amount BIGINT NOT NULL CHECK (amount > 0),
      nonce TEXT NOT NULL UNIQUE,
      pay_to TEXT NOT NULL,
      valid_before BIGINT NOT NULL,
      budget_day TEXT NOT NULL,
      sealed_header TEXT,
      sent_at BIGINT,
      payment_id TEXT,
      settlement TEXT,
      detail TEXT,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL,
      UNIQUE (account, seq),
      CHECK (status = 'intent' OR status = 'failed_unpaid' OR sealed_header IS NOT NULL)
    )`,
    `CREATE UNIQUE INDEX payment_one_open ON payment (account)
      WHERE status IN ('intent', 'signed', 'sent', 'unknown', 'paid_not_credited')`,
    `CREATE UNIQUE INDEX payment_one_per_job ON payment (job_id)
      WHERE job_id IS NOT NULL AND status <> 'failed_unpaid'`,
    `CREATE TABLE provider_row (
      account TEXT NOT NULL,
      id TEXT NOT NULL,
      type TEXT NOT NULL,
      amount BIGINT NOT NULL,
      created_at BIGINT NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (account, id)
    )`,
    `CREATE TABLE provider_link (
      account TEXT NOT NULL,
      row_id TEXT NOT NULL,
      subject TEXT NOT NULL,
      PRIMARY KEY (account, row_id),
      FOREIGN KEY (account, row_id) REFERENCES provider_row (account, id)
    )`,
    `CREATE TABLE event (
      account TEXT NOT NULL,
      seq BIGINT NOT NULL,
      at BIGINT NOT NULL,
      type TEXT NOT NULL,
      subject TEXT NOT NULL,
      data TEXT NOT NULL,
      previous TEXT NOT NULL,
      hash TEXT NOT NULL,
      PRIMARY KEY (account, seq)
    )`,
  ],
]

/** The schema version in a database: 0 for an empty one. */
export async function readVersion(db: Kysely<Schema>): Promise<number> {
  await sql`CREATE TABLE IF NOT EXISTS schema_version (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    version BIGINT NOT NULL
  )`.execute(db)
  const row = await db.selectFrom('schema_version').select('version').executeTakeFirst()
  return Number(row?.version ?? 0n)
}

/** Brings a database to {@link version}, inside the caller's transaction. Returns what it found. */
export async function migrate(db: Kysely<Schema>): Promise<number> {
  const found = await readVersion(db)
  for (const statement of migrations.slice(found).flat()) await sql.raw(statement).execute(db)
  if (found < version)
    await db
      .insertInto('schema_version')
      .values({ one: 1n, version: BigInt(version) })
      .onConflict((conflict) => conflict.column('one').doUpdateSet({ version: BigInt(version) }))
      .execute()
  return found
}
