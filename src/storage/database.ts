import type { Knex } from 'knex';
import { createClosers, startWithClosers } from '../lib/closers.js';
import { type DatabaseAddress, parseDatabaseUrl } from './database-url.js';
import { StorageError, toStorageError } from './errors.js';
import { openMysqlPool } from './mysql-pool.js';
import type { PoolOptions } from './pool-options.js';
import { lockDatabaseFile } from './sqlite-lock.js';
import { createFolderOf, openSqlitePool } from './sqlite-pool.js';

/** An open database. Every integer column arrives as `bigint`; every failure is a StorageError. */
export type Database = {
  engine: 'sqlite' | 'mysql';
  /** Where it is, for logs: a file, or host, port and database, never a password. */
  name: string;
  knex: Knex;
  /**
   * For the ledger's committer only: takes several statements at once on MySQL. On SQLite, which has one
   * connection, it is `knex`.
   */
  ledgerPool: Knex;
  /**
   * Knex on one connection of its own, for work that holds a lock of the session or takes long; on SQLite it is `knex`.
   * The caller closes it.
   */
  openSingleConnection(): { knex: Knex; close: () => Promise<void> };
  /** Closes every connection and gives the file back. Later calls do nothing. */
  close(): Promise<void>;
};

/** How to open a database. */
export type DatabaseOptions = {
  /** `sqlite:///abs/path`, `sqlite://./rel/path` or `mysql://user:password@host:port/database`. */
  url: string;
  /** Connections on MySQL at most, besides the ledger's; 10 by default. */
  maxConnections?: number;
  /** Connections for the ledger's committer on MySQL at most; 2 by default. */
  maxLedgerConnections?: number;
  /** Longest wait for a free connection; 10 s by default. */
  acquireTimeoutMs?: number;
  /** Longest wait for MySQL's answer to one round trip, but for those of a single connection; 10 s by default. */
  answerTimeoutMs?: number;
  /** Told of lost connections and the like. */
  onWarning?: (message: string) => void;
};

const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Opens a database and proves that it answers. SQLite: makes the folder and takes the file's lock.
 *
 * @throws Error for a URL that cannot be read.
 * @throws StorageError 'in-use' when another server has the SQLite file; 'connection', 'access' and
 *   others when the server cannot be reached or refuses.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const address = parseDatabaseUrl(options.url);
  const pool: PoolOptions = {
    acquireTimeoutMs: options.acquireTimeoutMs ?? 10_000,
    log: createLog(options.onWarning),
  };
  try {
    const { value, close } = await startWithClosers(async (closers) => {
      const database =
        address.engine === 'sqlite'
          ? openSqlite(address.file, pool)
          : openMysql(address, pool, options);
      closers.push(`the database ${database.name}`, database.close);
      await database.knex.raw('SELECT 1');
      return database;
    });
    return { ...value, close };
  } catch (error) {
    throw openingError(address, error);
  }
}

/** The database server's clock in Unix milliseconds; on SQLite, which has none, this machine's. */
export async function databaseTime(db: Database): Promise<number> {
  // SYSDATE is the moment itself; UTC_TIMESTAMP and NOW are the start of the statement.
  const row =
    db.engine === 'mysql'
      ? await db.knex.first(db.knex.raw('FLOOR(UNIX_TIMESTAMP(SYSDATE(6)) * 1000) AS now'))
      : await db.knex.first(
          db.knex.raw("CAST(ROUND(unixepoch('subsec') * 1000) AS INTEGER) AS now"),
        );
  return Number((row as unknown as { now: bigint | string }).now);
}

function openSqlite(file: string, pool: PoolOptions): Database {
  createFolderOf(file);
  const closers = createClosers();
  closers.push('the lock file', lockDatabaseFile(file));
  const knex = openSqlitePool(file, pool);
  closers.push('the connection', () => knex.destroy());
  return {
    engine: 'sqlite',
    name: nameOf({ engine: 'sqlite', file }),
    knex,
    ledgerPool: knex,
    openSingleConnection: () => ({ knex, close: async () => {} }),
    close: closers.close,
  };
}

function openMysql(
  address: DatabaseAddress & { engine: 'mysql' },
  pool: PoolOptions,
  options: DatabaseOptions,
): Database {
  const closers = createClosers();
  const shared = { ...pool, answerTimeoutMs: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS };
  const knex = openMysqlPool(address, { ...shared, max: options.maxConnections ?? 10 });
  closers.push('the pool', () => knex.destroy());
  const max = options.maxLedgerConnections ?? 2;
  const ledgerPool = openMysqlPool(address, { ...shared, max, multipleStatements: true });
  closers.push("the ledger's pool", () => ledgerPool.destroy());
  return {
    engine: 'mysql',
    name: nameOf(address),
    knex,
    ledgerPool,
    openSingleConnection() {
      const single = openMysqlPool(address, { ...pool, min: 1, max: 1 });
      return { knex: single, close: () => single.destroy() };
    },
    close: closers.close,
  };
}

function nameOf(address: DatabaseAddress): string {
  return address.engine === 'sqlite'
    ? address.file
    : `${address.host}:${address.port}/${address.database}`;
}

function openingError(address: DatabaseAddress, cause: unknown): StorageError {
  const error = toStorageError(cause);
  if (error.kind === 'in-use') return error;
  const message = `Opening the database ${nameOf(address)} failed. ${error.message}`;
  return new StorageError(error.kind, message, { cause });
}

function createLog(onWarning: (message: string) => void = () => {}): Knex.Logger {
  return { warn: onWarning, error: onWarning, deprecate: onWarning, debug: () => {} };
}
