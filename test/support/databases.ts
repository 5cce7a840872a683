import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';

/** What removes each database that was made here. */
const drops: (() => Promise<void>)[] = [];
let made = 0;

/** Removes the databases that were made here. The set-up of every engine project calls it. */
export async function dropDatabases(): Promise<void> {
  for (const drop of drops.splice(0).reverse()) await drop();
}

/** A new SQLite file in a folder of its own, as a value for `EWALLET_DATABASE_URL`. */
export function createSqliteFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-test-'));
  drops.push(async () => rmSync(folder, { recursive: true, force: true }));
  return `sqlite://${join(folder, 'ewallet.sqlite')}`;
}

/** A new database on the MySQL server at `server`, a URL without a database, as a value for `EWALLET_DATABASE_URL`. */
export async function createMysqlDatabase(server: string): Promise<string> {
  made += 1;
  // Unique among the files of this run and the runs that share a server.
  const name = `ewallet_test_${process.pid}_${Date.now()}_${made}`;
  await execute(server, `CREATE DATABASE ${name}`);
  drops.push(() => execute(server, `DROP DATABASE IF EXISTS ${name}`));
  return `${server}/${name}`;
}

async function execute(server: string, statement: string): Promise<void> {
  const connection = await createConnection(server);
  try {
    // A transaction that a test left open must not hold up the run.
    await connection.query('SET SESSION lock_wait_timeout = 10');
    await connection.query(statement);
  } finally {
    connection.destroy();
  }
}
