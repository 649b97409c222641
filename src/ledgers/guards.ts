import type { Dialect } from './migrations.js'

/** Tables that money depends on: no row of them ever goes away. */
const kept = ['approval', 'budget', 'event', 'job', 'payment', 'provider_link', 'wallet'] as const

/** An authorization that was committed: one intent has one nonce and one set of signed bytes. */
const changed = `NEW.nonce <> OLD.nonce OR NEW.amount <> OLD.amount OR NEW.pay_to <> OLD.pay_to
  OR NEW.valid_before <> OLD.valid_before
  OR (OLD.sealed_header IS NOT NULL AND NEW.sealed_header IS DISTINCT FROM OLD.sealed_header)`

/** An attempt that was committed: only a refusal is added to it, once. */
const rewritten = `NEW.account <> OLD.account OR NEW.payment_id <> OLD.payment_id
  OR NEW.envelope <> OLD.envelope OR NEW.number <> OLD.number OR NEW.at <> OLD.at
  OR (OLD.refused IS NOT NULL AND NEW.refused IS DISTINCT FROM OLD.refused)`

/** A tie to a job or a payment; only what names nobody may still turn out to be somebody's. */
const tied = `NEW.account <> OLD.account OR NEW.row_id <> OLD.row_id
  OR OLD.subject NOT IN ('foreign', 'history')`

/** The trigger by which SQLite keeps the rows of a table. */
export function keptBy(table: string): readonly string[] {
  return [
    `CREATE TRIGGER ${table}_kept BEFORE DELETE ON ${table}
      BEGIN SELECT RAISE(ABORT, '${table} is append-only: DELETE refused'); END`,
  ]
}

/** The same for the envelopes in which payments were presented. */
export const attemptGuards: Record<Dialect, readonly string[]> = {
  postgres: [
    `CREATE TRIGGER attempt_kept BEFORE DELETE ON attempt
      FOR EACH ROW EXECUTE FUNCTION ledger_refuse()`,
    `CREATE TRIGGER attempt_kept_whole BEFORE TRUNCATE ON attempt
      FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()`,
    `CREATE TRIGGER attempt_unchanged BEFORE UPDATE ON attempt
      FOR EACH ROW WHEN (${rewritten}) EXECUTE FUNCTION ledger_refuse()`,
  ],
  sqlite: [
    `CREATE TRIGGER attempt_kept BEFORE DELETE ON attempt
      BEGIN SELECT RAISE(ABORT, 'attempt is append-only: DELETE refused'); END`,
    `CREATE TRIGGER attempt_unchanged BEFORE UPDATE ON attempt WHEN ${rewritten}
      BEGIN SELECT RAISE(ABORT, 'attempt is append-only: UPDATE refused'); END`,
  ],
}

/** A row of the owner's rules stays as it was written; a tie is only changed from what names nobody. */
export const ruleGuards: Record<Dialect, readonly string[]> = {
  postgres: [
    `CREATE TRIGGER policy_kept BEFORE DELETE ON policy
      FOR EACH ROW EXECUTE FUNCTION ledger_refuse()`,
    `CREATE TRIGGER policy_kept_whole BEFORE TRUNCATE ON policy
      FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()`,
    `CREATE TRIGGER policy_unchanged BEFORE UPDATE ON policy
      FOR EACH ROW EXECUTE FUNCTION ledger_refuse()`,
    `CREATE TRIGGER provider_link_untied BEFORE UPDATE ON provider_link
      FOR EACH ROW WHEN (${tied}) EXECUTE FUNCTION ledger_refuse()`,
  ],
  sqlite: [
    ...keptBy('policy'),
    `CREATE TRIGGER policy_unchanged BEFORE UPDATE ON policy
      BEGIN SELECT RAISE(ABORT, 'policy is append-only: UPDATE refused'); END`,
    `CREATE TRIGGER provider_link_untied BEFORE UPDATE ON provider_link WHEN ${tied}
      BEGIN SELECT RAISE(ABORT, 'provider_link is append-only: UPDATE refused'); END`,
  ],
}

/**
 * Triggers by which the databases themselves keep the record: nothing is deleted, no event
 * and no signed payment is changed, and an event only ever follows the last one of its chain.
 */
export const guards: Record<Dialect, readonly string[]> = {
  postgres: [
    `CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP; END $$`,
    ...kept.flatMap((table) => [
      `CREATE TRIGGER ${table}_kept BEFORE DELETE ON ${table}
        FOR EACH ROW EXECUTE FUNCTION ledger_refuse()`,
      `CREATE TRIGGER ${table}_kept_whole BEFORE TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()`,
    ]),
    `CREATE TRIGGER event_unchanged BEFORE UPDATE ON event
      FOR EACH ROW EXECUTE FUNCTION ledger_refuse()`,
    `CREATE TRIGGER payment_bytes_kept BEFORE UPDATE ON payment
      FOR EACH ROW WHEN (${changed}) EXECUTE FUNCTION ledger_refuse()`,
    `CREATE FUNCTION event_follow() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
      AS $$ BEGIN
        IF NOT EXISTS (SELECT 1 FROM wallet WHERE wallet.account = NEW.account
          AND wallet.events + 1 = NEW.seq AND wallet.head = NEW.previous)
        THEN RAISE EXCEPTION 'event does not follow the last one'; END IF;
        RETURN NEW;
      END $$`,
    `CREATE TRIGGER event_in_order BEFORE INSERT ON event
      FOR EACH ROW EXECUTE FUNCTION event_follow()`,
  ],
  sqlite: [
    ...kept.flatMap(keptBy),
    `CREATE TRIGGER event_unchanged BEFORE UPDATE ON event
      BEGIN SELECT RAISE(ABORT, 'event is append-only: UPDATE refused'); END`,
    `CREATE TRIGGER payment_bytes_kept BEFORE UPDATE ON payment WHEN ${changed}
      BEGIN SELECT RAISE(ABORT, 'payment is append-only: UPDATE refused'); END`,
    `CREATE TRIGGER event_in_order BEFORE INSERT ON event
      WHEN NOT EXISTS (SELECT 1 FROM wallet WHERE wallet.account = NEW.account
        AND wallet.events + 1 = NEW.seq AND wallet.head = NEW.previous)
      BEGIN SELECT RAISE(ABORT, 'event does not follow the last one'); END`,
  ],
}
