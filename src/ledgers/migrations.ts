import { randomBytes } from 'node:crypto'

import { type Kysely, sql } from 'kysely'

import * as Ledger from '../Ledger.js'
import type { Schema } from './schema.js'
import { attemptGuards, guards, keptBy, ruleGuards } from './guards.js'

/** The two databases, where a statement has to be said differently. */
export type Dialect = 'postgres' | 'sqlite'

/** The schema this version reads and writes. */
export const version = 5

/**
 * Statements that bring the schema from one version to the next.
 *
 * A process of an older version may be in the middle of a paid call, and the answer exists nowhere else:
 * it is the one thing that it may still write. So for that write (`ledgers/answers.ts`) these stay, by
 * name, type and meaning: `schema_version.version`; `wallet` (`account`, `events`, `frozen_at`,
 * `frozen_reason`, `head`, `last_seen`); `job` (`account`, `id`, `status` with `sending`, `ambiguous`,
 * `reserved`, `abandoned` and `queued`, `price`, `reserved`, `sent_at`, `queue_id`, `queued_at`,
 * `sealed_url`, `detail`, `updated_at`);
 * all of `event`, and what its hash is made of. A column that is added to these has a default, and no
 * trigger refuses that write.
 */
const migrations: readonly (readonly (string | Record<Dialect, readonly string[]>)[])[] = [
  [
    `CREATE TABLE schema_version (
      one BIGINT PRIMARY KEY CHECK (one = 1),
      version BIGINT NOT NULL
    )`,
    `CREATE TABLE wallet (
      account TEXT PRIMARY KEY,
      last_seen BIGINT NOT NULL,
      frozen_at BIGINT,
      frozen_reason TEXT,
      payee TEXT,
      events BIGINT NOT NULL CHECK (events >= 0),
      head TEXT NOT NULL,
      CHECK ((frozen_at IS NULL) = (frozen_reason IS NULL))
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
      updated_at BIGINT NOT NULL,
      CONSTRAINT job_set_aside CHECK (reserved = price OR status IN (
        'needs_approval', 'needs_consent', 'intent', 'rejected', 'failed_refunded', 'abandoned'))
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
      scope TEXT NOT NULL CHECK (scope IN ('credit', 'perDay', 'topUpsPerDay', 'total')),
      slot TEXT NOT NULL,
      cap BIGINT NOT NULL,
      used BIGINT NOT NULL,
      overrun BIGINT NOT NULL DEFAULT 0 CHECK (overrun >= 0),
      PRIMARY KEY (account, scope, slot),
      CONSTRAINT budget_within_cap CHECK (used >= 0 AND used <= cap)
    )`,
    `CREATE TABLE payment (
      id TEXT PRIMARY KEY,
      account TEXT NOT NULL,
      seq BIGINT NOT NULL,
      job_id TEXT REFERENCES job (id),
      status TEXT NOT NULL CHECK (status IN (
        'intent', 'signed', 'sent', 'unknown', 'credited', 'failed_unpaid', 'paid_not_credited',
        'abandoned')),
      amount BIGINT NOT NULL CHECK (amount > 0),
      nonce TEXT NOT NULL,
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
      CONSTRAINT payment_signed_is_kept CHECK (
        status IN ('intent', 'failed_unpaid') OR sealed_header IS NOT NULL)
    )`,
    'CREATE UNIQUE INDEX payment_one_per_nonce ON payment (nonce)',
    'CREATE UNIQUE INDEX payment_one_per_seq ON payment (account, seq)',
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
      CONSTRAINT provider_link_once PRIMARY KEY (account, row_id),
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
    guards,
  ],
  ['ALTER TABLE job ADD COLUMN sealed_sign_in TEXT'],
  [
    `CREATE TABLE attempt (
      account TEXT NOT NULL,
      payment_id TEXT NOT NULL REFERENCES payment (id),
      envelope TEXT NOT NULL,
      number BIGINT NOT NULL CHECK (number >= 1),
      at BIGINT NOT NULL,
      refused TEXT,
      CONSTRAINT attempt_once PRIMARY KEY (payment_id, envelope),
      CONSTRAINT attempt_in_order UNIQUE (payment_id, number)
    )`,
    // What was kept until now is one header, and what was sent was that one.
    `INSERT INTO attempt (account, payment_id, envelope, number, at)
      SELECT account, id, 'kept', 1, COALESCE(sent_at, updated_at) FROM payment
      WHERE sealed_header IS NOT NULL AND status NOT IN ('intent', 'signed')
        AND (sent_at IS NOT NULL OR status <> 'failed_unpaid')`,
    attemptGuards,
  ],
  [
    // Which ledger this is: a home that belongs to another one does not spend from it.
    'ALTER TABLE schema_version ADD COLUMN ledger TEXT',
    // By the provider's clock, because it is held against the provider's rows.
    'ALTER TABLE job ADD COLUMN provider_sent_at BIGINT',
    // When price and policy were last held against the job, and since when which bad news is heard.
    'ALTER TABLE job ADD COLUMN checked_at BIGINT',
    'ALTER TABLE job ADD COLUMN bad_news TEXT',
    'CREATE INDEX job_by_hash ON job (account, hash)',
    // What a person agreed to, or nothing where nobody had to.
    'ALTER TABLE payment ADD COLUMN agreed BIGINT',
    `CREATE TABLE policy (
      account TEXT NOT NULL,
      version BIGINT NOT NULL CHECK (version >= 1),
      at BIGINT NOT NULL,
      body TEXT NOT NULL,
      author TEXT NOT NULL CHECK (author IN ('owner', 'process')),
      PRIMARY KEY (account, version)
    )`,
    // One more scope: all that may ever leave the wallet. And a job whose terms changed is asked about anew.
    {
      postgres: [
        'ALTER TABLE budget DROP CONSTRAINT IF EXISTS budget_scope_check',
        `ALTER TABLE budget ADD CONSTRAINT budget_scope_check
          CHECK (scope IN ('credit', 'paid', 'perDay', 'topUpsPerDay', 'total'))`,
        'ALTER TABLE approval DROP CONSTRAINT IF EXISTS approval_job_id_key',
        'ALTER TABLE approval DROP CONSTRAINT IF EXISTS approval_status_check',
        `ALTER TABLE approval ADD CONSTRAINT approval_status_check
          CHECK (status IN ('open', 'approved', 'denied', 'used', 'superseded'))`,
      ],
      sqlite: [
        // Copied twice: after a table is renamed, the driver's checkpoint finds it locked.
        'CREATE TABLE budget_before AS SELECT * FROM budget',
        'DROP TABLE budget',
        `CREATE TABLE budget (
          account TEXT NOT NULL,
          scope TEXT NOT NULL CHECK (scope IN ('credit', 'paid', 'perDay', 'topUpsPerDay', 'total')),
          slot TEXT NOT NULL,
          cap BIGINT NOT NULL,
          used BIGINT NOT NULL,
          overrun BIGINT NOT NULL DEFAULT 0 CHECK (overrun >= 0),
          PRIMARY KEY (account, scope, slot),
          CONSTRAINT budget_within_cap CHECK (used >= 0 AND used <= cap)
        )`,
        'INSERT INTO budget SELECT account, scope, slot, cap, used, overrun FROM budget_before',
        'DROP TABLE budget_before',
        'CREATE TABLE approval_before AS SELECT * FROM approval',
        'DROP TABLE approval',
        `CREATE TABLE approval (
          id TEXT PRIMARY KEY,
          account TEXT NOT NULL,
          job_id TEXT NOT NULL REFERENCES job (id),
          hash TEXT NOT NULL,
          status TEXT NOT NULL CHECK (status IN ('open', 'approved', 'denied', 'used', 'superseded')),
          top_up BIGINT NOT NULL CHECK (top_up >= 0),
          created_at BIGINT NOT NULL,
          expires_at BIGINT NOT NULL
        )`,
        `INSERT INTO approval
          SELECT id, account, job_id, hash, status, top_up, created_at, expires_at FROM approval_before`,
        'DROP TABLE approval_before',
        ...keptBy('budget'),
        ...keptBy('approval'),
      ],
    },
    // A job may be asked about again, but only one answer is waited for.
    `CREATE UNIQUE INDEX approval_one_waiting ON approval (job_id)
      WHERE status IN ('open', 'approved')`,
    'CREATE INDEX approval_by_job ON approval (job_id, created_at)',
    // What was ever paid counts from now on, as what was paid does.
    `INSERT INTO budget (account, scope, slot, cap, used, overrun)
      SELECT account, 'paid', 'all', SUM(amount), SUM(amount), 0 FROM payment
      WHERE status <> 'failed_unpaid' GROUP BY account`,
    ruleGuards,
  ],
  // How often the link to the file was used: it is good for a few uses, whoever makes them.
  ['ALTER TABLE job ADD COLUMN link_uses TEXT'],
]

/** The schema version of a database that has the tables. */
export async function readVersion(db: Kysely<Schema>): Promise<number> {
  const row = await db.selectFrom('schema_version').select('version').executeTakeFirst()
  return Number(row?.version ?? 0n)
}

/** The first version whose ledgers have a name. */
const named = 4

/** The ledger's own name. `undefined`: it is older than that, and cannot be brought up to date. */
export async function readId(db: Kysely<Schema>): Promise<string | undefined> {
  if ((await readVersion(db)) < named) return undefined
  const row = await db.selectFrom('schema_version').select('ledger').executeTakeFirst()
  return row?.ledger ?? undefined
}

/** Of which versions a schema may be: that of this program, or a newer one as well. */
export type Versions = 'known' | 'newer'

/** Refuses to write to a database that another version of this package has changed meanwhile. */
export function checkVersion(found: number, versions: Versions): void {
  if (found > version && versions === 'known')
    throw new Ledger.NewerError({ found, known: version })
  if (found < version) throw new Ledger.CorruptError({ reason: 'its schema version was lost.' })
}

/** Brings a database from a version to {@link version}, inside the caller's transaction. */
export async function migrate(
  db: Kysely<Schema>,
  { dialect, from }: { dialect: Dialect; from: number },
): Promise<void> {
  for (const step of migrations.slice(from).flat())
    for (const statement of typeof step === 'string' ? [step] : step[dialect])
      await sql.raw(statement).execute(db)
  const ledger = randomBytes(16).toString('hex')
  await db
    .insertInto('schema_version')
    .values({ ledger, one: 1n, version: BigInt(version) })
    .onConflict((conflict) =>
      conflict.column('one').doUpdateSet({
        ledger: sql<string>`COALESCE(schema_version.ledger, ${ledger})`,
        version: BigInt(version),
      }),
    )
    .execute()
}
