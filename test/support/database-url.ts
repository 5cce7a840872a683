import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { inject } from 'vitest';

/** What removes each database that this test file has made. */
const drops: (() => Promise<void>)[] = [];
let made = 0;

/**
 * A fresh, empty database on the engine that the suite runs on this time, as a value for
 * `EWALLET_DATABASE_URL`. Removed after the last test of the file.
 */
export async function createDatabaseUrl(): Promise<string> {
  return inject('engine') === 'mysql' ? createMysqlDatabase() : createSqliteFile();
}

/** Removes the databases of this test file. The set-up of every engine project calls it. */
export async function dropDatabases(): Promise<void> {
  for (const drop of drops.splice(0).reverse()) await drop();
}

function createSqliteFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-test-'));
  drops.push(async () => rmSync(folder, { recursive: true, force: true }));
  return `sqlite://${join(folder, 'ewallet.sqlite')}`;
}

async function createMysqlDatabase(): Promise<string> {
  const server = inject('mysqlUrl');
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
