import type { Knex } from 'knex';
import type { Reader } from './transaction.js';

/**
 * The moment that leases are compared with and set to, as an expression of SQL: the database's clock is the only one that
 * all instances share. Tests put their own time there.
 */
export type LeaseTime = {
  /** Unix milliseconds, `addMs` later than now. */
  in(reader: Reader, addMs?: number): Knex.Raw;
};

/** The database's clock; on SQLite, which has none, this machine's. */
export function databaseLeaseTime(engine: 'sqlite' | 'mysql'): LeaseTime {
  // SYSDATE is the moment itself; NOW is the start of a statement, which may have waited for a lock since.
  const now =
    engine === 'mysql'
      ? 'CAST(FLOOR(UNIX_TIMESTAMP(SYSDATE(6)) * 1000) AS SIGNED)'
      : "CAST(ROUND(unixepoch('subsec') * 1000) AS INTEGER)";
  return { in: (reader, addMs = 0) => reader.raw(`${now} + ?`, [addMs]) };
}

/** A time of the process, as it is when the statement is made. */
export function processLeaseTime(now: () => number): LeaseTime {
  return { in: (reader, addMs = 0) => reader.raw('?', [now() + addMs]) };
}
