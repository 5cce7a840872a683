import BetterSqlite from 'better-sqlite3';
import { createConnection } from 'mysql2/promise';
import { parseDatabaseUrl } from '../../src/storage/database-url.js';

type Value = bigint | number | string | Buffer | null;

/** What SQL gives: a row. */
export type Row = Record<string, unknown>;

/**
 * Runs one statement on a database behind the back of the server that has it open: the state that a test needs and no
 * RPC makes so far, or a look at what is committed.
 */
export async function runSql(
  databaseUrl: string,
  sql: string,
  bindings: Value[] = [],
): Promise<Row[]> {
  const address = parseDatabaseUrl(databaseUrl);
  if (address.engine === 'sqlite') {
    const db = new BetterSqlite(address.file, {
      timeout: 10_000,
      fileMustExist: true,
    }).defaultSafeIntegers();
    try {
      const statement = db.prepare(sql);
      if (statement.reader) return statement.all(bindings) as Row[];
      statement.run(bindings);
      return [];
    } finally {
      db.close();
    }
  }
  const connection = await createConnection({ uri: databaseUrl, supportBigNumbers: true });
  try {
    const [rows] = await connection.query(sql, bindings);
    return Array.isArray(rows) ? (rows as Row[]) : [];
  } finally {
    connection.destroy();
  }
}
