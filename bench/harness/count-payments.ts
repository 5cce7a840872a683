import BetterSqlite from 'better-sqlite3';
import { query } from './databases.js';

const COUNT = "SELECT COUNT(*) AS count FROM operations WHERE kind = 'PAYMENT' AND refusal IS NULL";

/** Payments in a book, asked of the database itself. */
export async function countPayments(databaseUrl: string): Promise<number> {
  if (!databaseUrl.startsWith('sqlite://')) {
    return Number((await query(databaseUrl, COUNT))[0]?.count);
  }
  const database = new BetterSqlite(databaseUrl.slice('sqlite://'.length), { readonly: true });
  try {
    return (database.prepare(COUNT).get() as { count: number }).count;
  } finally {
    database.close();
  }
}
