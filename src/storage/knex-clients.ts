import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type BetterSqlite from 'better-sqlite3';
import type { Knex } from 'knex';
import { endsWithCommit, isRetryable, type StorageError, toStorageError } from './errors.js';
import { integersToBigint } from './integer-columns.js';

/**
 * Knex's clients with what it offers no setting for. Knex takes only classes here, and loads its dialects
 * from these files.
 */
const load = createRequire(import.meta.url);
const SqliteDialect = load('knex/lib/dialects/better-sqlite3/index.js') as typeof Knex.Client;
const MysqlDialect = load('knex/lib/dialects/mysql2/index.js') as typeof Knex.Client;
const SqliteTransaction = load('knex/lib/dialects/sqlite3/execution/sqlite-transaction.js') as new (
  ...parameters: unknown[]
) => KnexTransaction;

/** The part of knex's own transaction class that is used here. */
type KnexTransaction = Knex.Transaction & {
  query(connection: unknown, sql: string): Promise<unknown>;
};

/** What knex hands to a client to be run. */
type Query = string | { sql?: string };

/** A transaction that takes SQLite's write lock at its start instead of failing at its first write. */
class ImmediateTransaction extends SqliteTransaction {
  begin(connection: unknown): Promise<unknown> {
    return this.query(connection, 'BEGIN IMMEDIATE;');
  }
}

/**
 * SQLite: transactions begin IMMEDIATE, whole numbers are bound as integers (the driver binds those above
 * 2^31 as REAL), and every failure is a StorageError.
 */
export class SqliteClient extends SqliteDialect {
  override transaction(...parameters: unknown[]): Knex.Transaction {
    return new ImmediateTransaction(this, ...parameters);
  }

  override async query(connection: BetterSqlite.Database, query: Query): Promise<unknown> {
    try {
      return await super.query(connection, query);
    } catch (error) {
      // Knex leaves a transaction open whose COMMIT failed; the next one would become part of it.
      if (endsWithCommit(sqlOf(query)) && connection.inTransaction) connection.exec('ROLLBACK');
      throw toStorageError(error, sqlOf(query));
    }
  }

  override acquireConnection(): Promise<unknown> {
    return acquire(super.acquireConnection());
  }

  /** Called by knex's dialect. */
  protected _formatBindings(bindings: readonly unknown[] | undefined): unknown[] {
    return (bindings ?? []).map((value) => {
      if (Number.isSafeInteger(value)) return BigInt(value as number);
      if (typeof value === 'boolean') return value ? 1n : 0n;
      return value instanceof Date ? BigInt(value.valueOf()) : value;
    });
  }
}

/** Connections whose open transaction a deadlock or lock wait has ended, and that error. */
const doomed = new WeakMap<object, StorageError>();

/**
 * MySQL: every integer column is a bigint, every failure is a StorageError, and a connection whose COMMIT failed is thrown away. After a
 * deadlock the server has rolled back and would run the rest of the closure outside any transaction:
 * everything but ROLLBACK is refused with the same error, also to a closure that caught it.
 *
 * An answer that does not come within the `answerTimeoutMs` of knex's configuration counts as a lost connection: a path that
 * swallows packets says nothing for many minutes, and whoever shares the look-up would wait as long.
 */
export class MysqlClient extends MysqlDialect {
  /** Set by knex on the client of a transaction. */
  declare readonly transacting?: boolean;

  declare readonly config: Knex.Config & { readonly answerTimeoutMs?: number };

  override async query(connection: { stream: Socket }, query: Query): Promise<unknown> {
    const sql = sqlOf(query);
    const { answerTimeoutMs } = this.config;
    const timer = answerTimeoutMs && setTimeout(() => connection.stream.destroy(), answerTimeoutMs);
    try {
      const reason = doomed.get(connection);
      doomed.delete(connection);
      if (reason && sql !== 'ROLLBACK') throw reason;
      const answer = await super.query(connection, query);
      integersToBigint(answer);
      return answer;
    } catch (error) {
      const failure = toStorageError(error, sql);
      if (this.transacting && isRetryable(failure)) doomed.set(connection, failure);
      // A transaction that is still open here would be committed by the next BEGIN.
      if (endsWithCommit(sql)) Object.assign(connection, { __knex__disposed: failure });
      throw failure;
    } finally {
      if (timer) clearTimeout(timer);
    }
  }

  override acquireConnection(): Promise<unknown> {
    return acquire(super.acquireConnection());
  }
}

async function acquire(connection: Promise<unknown>): Promise<unknown> {
  try {
    return await connection;
  } catch (error) {
    throw toStorageError(error);
  }
}

function sqlOf(query: Query): string {
  return (typeof query === 'string' ? query : query.sql) ?? '';
}
