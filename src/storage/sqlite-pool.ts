import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type BetterSqlite from 'better-sqlite3';
import createKnex, { type Knex } from 'knex';
import { SqliteClient } from './knex-clients.js';
import type { PoolOptions } from './pool-options.js';

/** How long opening waits, blocking the process, for a tool that holds the file. */
const OPENING_TIMEOUT_MS = 1_000;

/** The same for every statement later: short, because deadlines pass meanwhile. Whoever runs it tries again. */
const BUSY_TIMEOUT_MS = 100;

/**
 * A checkpoint copies every page that changed from the log into the file. A batch of payments changes many pages, of which the next ones
 * change most again: at SQLite's own 1,000 nearly every batch would wait for a checkpoint. The log grows to some 40 MB by it.
 */
const CHECKPOINT_PAGES = 10_000;

/** Holds the upper pages of all indexes of a large book; SQLite's own 2 MB do not. */
const CACHE_KIB = 32_768;

/** Creates the folder of a SQLite file, readable by its owner only, unless it exists. */
export function createFolderOf(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
}

/**
 * Opens knex on a SQLite file with a single connection: writers queue in the process, and a query on the
 * pool from inside a transaction would wait for itself.
 */
export function openSqlitePool(file: string, options: PoolOptions): Knex {
  return createKnex({
    client: SqliteClient,
    connection: { filename: file, options: { safeIntegers: true } },
    pool: { min: 1, max: 1, afterCreate: prepareConnection },
    acquireConnectionTimeout: options.acquireTimeoutMs,
    useNullAsDefault: true,
    compileSqlOnError: false,
    log: options.log,
  });
}

function prepareConnection(
  connection: BetterSqlite.Database,
  done: (error: Error | null, connection: BetterSqlite.Database) => void,
): void {
  try {
    connection.pragma(`busy_timeout = ${OPENING_TIMEOUT_MS}`);
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = FULL');
    connection.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    connection.pragma(`cache_size = ${-CACHE_KIB}`);
    connection.pragma('foreign_keys = OFF');
    connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    done(null, connection);
  } catch (error) {
    done(error as Error, connection);
  }
}
