import type { Knex } from 'knex';
import { retry } from '../lib/retry.js';
import { tellCommitted } from './commit-notices.js';
import type { Database } from './database.js';
import { isRetryable, toStorageError } from './errors.js';

/** An open transaction: the first argument of every storage function that writes or locks. */
export type Tx = Knex.Transaction;

/** A transaction, or the pool outside of one: the first argument of storage functions that only read. */
export type Reader = Knex | Tx;

/**
 * Fewer than anyone would wait for. MySQL: five lock waits of 2 s, and pauses of 0.2 s in all at most. SQLite, where a wait blocks the
 * process: thirty of 0.1 s, and pauses of 1.5 s on average.
 */
const ATTEMPTS = { mysql: 5, sqlite: 30 };
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 100;

/**
 * Runs `fn` in a transaction (READ COMMITTED on MySQL, BEGIN IMMEDIATE on SQLite), commits when it returns
 * and rolls back when it throws. After a deadlock, a lock wait or a busy file, at COMMIT too, it rolls back
 * and runs `fn` again, a bounded number of times: `fn` awaits nothing but its `tx`, and has no effect outside
 * the database. Never call it from inside `fn`: SQLite has one connection.
 *
 * @throws StorageError 'commit-unknown' when COMMIT was sent and its outcome is unknown: not run again.
 * @throws StorageError of another kind: nothing was committed.
 * @throws whatever `fn` throws: nothing was committed.
 */
export function withTransaction<T>(db: Database, fn: (tx: Tx) => Promise<T>): Promise<T> {
  return retry(() => runOnce(db.knex, fn), {
    attempts: ATTEMPTS[db.engine],
    baseMs: FIRST_PAUSE_MS,
    maxMs: LONGEST_PAUSE_MS,
    isRetryable,
  });
}

/**
 * Runs reads outside a transaction: each statement sees what is committed at its own start, and on MySQL
 * they may use different connections. Nothing is retried.
 *
 * @throws StorageError, or whatever `fn` throws.
 */
export function read<T>(db: Database, fn: (reader: Reader) => Promise<T>): Promise<T> {
  return fn(db.knex);
}

async function runOnce<T>(knex: Knex, fn: (tx: Tx) => Promise<T>): Promise<T> {
  let failure: { error: unknown } | undefined;
  let used: Tx | undefined;
  let result: T;
  try {
    result = await knex.transaction(async (tx) => {
      // Knex calls the closure even when BEGIN failed; the error of BEGIN is already on its way.
      if (tx.isCompleted()) throw new Error('The transaction has not begun.');
      used = tx;
      try {
        return await fn(tx);
      } catch (error) {
        failure = { error };
        throw error;
      }
    });
  } catch (error) {
    // A ROLLBACK that fails must not hide why it was needed: the server rolls back without it.
    throw failure ? failure.error : toStorageError(error);
  }
  if (used) tellCommitted(knex, used);
  return result;
}
