import BetterSqlite from 'better-sqlite3';
import { createConnection } from 'mysql2/promise';
import { parseId } from '../../src/model/public-id.js';
import { parseDatabaseUrl } from '../../src/storage/database-url.js';

/**
 * Locks a wallet's ledger account behind the back of the server, as an operator's tool does that is left alone; on SQLite the whole
 * file. Call what it gives to let go.
 */
export async function lockWallet(
  databaseUrl: string,
  walletId: string,
): Promise<() => Promise<void>> {
  const address = parseDatabaseUrl(databaseUrl);
  if (address.engine === 'sqlite') {
    const db = new BetterSqlite(address.file, { timeout: 10_000, fileMustExist: true });
    db.exec('BEGIN IMMEDIATE');
    return async () => void db.close();
  }
  const connection = await createConnection(databaseUrl);
  await connection.beginTransaction();
  await connection.query('SELECT id FROM ledger_accounts WHERE id = ? FOR UPDATE', [
    parseId('wallet', walletId)?.toString(),
  ]);
  return async () => connection.destroy();
}
