import type { Database } from './database.js';
import { StorageError } from './errors.js';

/**
 * Checks that the database keeps every commit that it acknowledges, and returns what it found wrong as
 * sentences for the log.
 *
 * @throws StorageError 'not-durable' in production when anything was found.
 */
export async function checkDurability(
  db: Database,
  options: { production: boolean },
): Promise<string[]> {
  const problems = db.engine === 'mysql' ? await checkMysql(db) : await checkSqlite(db);
  if (options.production && problems.length > 0) {
    throw new StorageError('not-durable', `The database is not durable. ${problems.join(' ')}`);
  }
  return problems;
}

async function checkMysql(db: Database): Promise<string[]> {
  const [rows] = (await db.knex.raw('SHOW GLOBAL VARIABLES WHERE Variable_name IN (?, ?, ?, ?)', [
    'innodb_flush_log_at_trx_commit',
    'log_bin',
    'sync_binlog',
    'binlog_format',
  ])) as [{ Variable_name: string; Value: string }[]];
  return findMysqlProblems(new Map(rows.map((row) => [row.Variable_name, row.Value])));
}

/**
 * What in a MySQL server's variables could lose commits, as sentences. Without a binary log only InnoDB's
 * own log counts; a statement-based one does not repeat READ COMMITTED transactions faithfully.
 */
export function findMysqlProblems(variables: ReadonlyMap<string, string>): string[] {
  const required = new Map([['innodb_flush_log_at_trx_commit', '1']]);
  if (variables.get('log_bin') === 'ON') {
    required.set('sync_binlog', '1').set('binlog_format', 'ROW');
  }
  return [...required].flatMap(([name, value]) => {
    const actual = variables.get(name);
    return actual === value || actual === undefined
      ? []
      : [`Set ${name} to ${value} on the database server; it is ${actual}.`];
  });
}

async function checkSqlite(db: Database): Promise<string[]> {
  const [journal] = (await db.knex.raw('PRAGMA journal_mode')) as { journal_mode: string }[];
  const [sync] = (await db.knex.raw('PRAGMA synchronous')) as { synchronous: bigint }[];
  const problems: string[] = [];
  if (journal?.journal_mode !== 'wal') problems.push('The SQLite file does not allow WAL mode.');
  if (sync?.synchronous !== 2n) problems.push('SQLite does not run with synchronous=FULL.');
  return problems;
}
